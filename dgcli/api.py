"""Where tasks, model and loop meet: the same as the command line, without a terminal."""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast, get_args

from dgcli.diffusion import Draws, PhiloxDraws
from dgcli.diffusion.own_token import AcceptedKept
from dgcli.engine.loading import LoadedModel
from dgcli.engine.prompt_cache import PromptCache
from dgcli.errors import ArgumentError, InputError
from dgcli.events import Event, Filled, Show
from dgcli.platform.arguments import check_kind, check_share, check_text, check_whole
from dgcli.platform.memory import clear_cache, release_memory
from dgcli.profiles import USUAL, ProfileName
from dgcli.settings import DenoiseSettings, first_canvas, holes_profiled, profiled
from dgcli.tasks.choosing import Choose, Decision, Offer, Verdict, take_the_best
from dgcli.tasks.engine import Session
from dgcli.tasks.generate import generate as _generate
from dgcli.tasks.generate.generated import Generated
from dgcli.tasks.infill import infill as _infill
from dgcli.tasks.infill.filled import Infilled
from dgcli.text.document import Document
from dgcli.text.marks import MARK, check_sizes, find_marks

if TYPE_CHECKING:  # what only a rewrite needs is imported by it: most commands are not one
    from dgcli.tasks.restyle.manner import Manner
    from dgcli.tasks.restyle.restyled import Restyled, Totals, Write
    from dgcli.text.blocks import Format

DRAFT_STEPS = 1  # more are agreed to a little more often, and take twice as long (docs/speed.md)
_Result = TypeVar("_Result")


def generate(
    model: LoadedModel,
    prompt: str,
    *,
    seed: int,
    max_tokens: int = 256,
    profile: ProfileName = USUAL["generate"],
    steps: int | None = None,
    draws: Draws | None = None,
    show: Show | None = None,
) -> Generated:
    """Answer a prompt. `show` gets every event as it happens (`dgcli.events`) and cannot change the result.

    `profile` trades quality for speed (docs/samplers.md); `steps` overrides its number of steps. Where the encoder
    writes and the denoiser drafts for it, as the checkpoint says, `steps` are those of a draft, and the text is the
    same with any.

    Raises:
        InputError: the prompt is empty, or longer than the model can read.
        UsageError: an argument is out of range or of another kind.
    """
    check_text("The prompt", prompt)
    check_whole("max_tokens", max_tokens, 1)
    if not prompt.strip():
        raise InputError("The prompt is empty.", "Say what to write.")
    if model.writing is not None:
        steps = DRAFT_STEPS if steps is None else steps
    session = open_session(model, seed, steps, draws, profile)
    return _run(_generate.generate(session, prompt, max_tokens), show)


def infill(
    model: LoadedModel,
    document: Document | str,
    *,
    seed: int,
    profile: ProfileName = USUAL["infill"],
    steps: int | None = None,
    marker: re.Pattern[str] = MARK,
    alternatives: int = 1,
    choose: Choose = take_the_best,
    strength: float = 1.0,
    name: str = "",
    only: Collection[int] | None = None,
    draws: Draws | None = None,
    show: Show | None = None,
) -> Infilled:
    """Fill the holes of a document, or of a text with marks; the text outside them stays byte for byte.

    Up to `alternatives` different fills are found for each hole; the text has the one that `choose` takes. Of text that
    stands in a hole already, `strength` may change: from 0, nothing, to 1, all. `name` is that of the file: its kind
    tells what a fill may hold. A hole that no fill can be found for which breaks nothing is left, and has a `fault`.
    `only` are the holes to fill, counted from 0; the others are left, and known to be open.

    Raises:
        InputError: the text has no mark, or a mark asks for more words than fit, or the old text is longer than that.
        UsageError: an argument is out of range or of another kind.
    """
    check_kind("The document", document, Document, str)
    check_text("The text", document if isinstance(document, str) else document.text)
    check_kind("marker", marker, re.Pattern)
    check_kind("The pattern of marker", marker.pattern, str)
    check_whole("alternatives", alternatives, 1)
    check_share("strength", strength)
    if isinstance(document, str):
        document = find_marks(document, "The text", marker)
        check_sizes(document, "the text")
    session = open_session(model, seed, steps, draws, profile)
    task = _infill.infill(
        session, document, marker, alternatives, _checked(choose), strength=strength, name=name, only=only
    )
    return _run(task, show)


def restyle(
    model: LoadedModel,
    text: str,
    register: str,
    *,
    seed: int,
    strength: float = 0.8,
    examples: Sequence[tuple[str, str]] = (),
    keep: Sequence[str] = (),
    headings: bool = False,
    candidates: int = 1,
    format: Format = "auto",
    profile: ProfileName = USUAL["restyle"],
    steps: int | None = None,
    draws: Draws | None = None,
    show: Show | None = None,
) -> Restyled:
    """Rewrite the prose of a text in another register: one that `dg registers` names, or any words.

    Code, tables, links, numbers and what the regular expressions of `keep` match stay as they are. `strength` is how
    much may change: 0 nothing, 1 all. Blocks of which nothing sound came stay as they were, and have `faults`.

    Raises:
        UsageError: an argument is out of range or of another kind.
    """
    from dgcli.tasks.restyle.manner import Manner
    from dgcli.tasks.restyle.registers import find_register, read_registers
    from dgcli.tasks.restyle.restyled import Part, Restyled
    from dgcli.text.kept import compile_named

    check_text("The text", text)
    check_text("The register", register)
    check_kind("keep", keep, list, tuple)
    check_kind("examples", examples, list, tuple)
    for each in (*keep, *_flat(examples)):
        check_text("What is kept, or an example,", each)
    wanted = find_register(register, read_registers())
    manner = Manner.of(
        wanted,
        strength=strength,
        examples=tuple(examples),
        keep=compile_named(keep),
        headings=headings,
        candidates=candidates,
    )
    parts: list[Part] = []
    restyle_lines(
        model,
        [text],
        manner,
        parts.append,
        seed=seed,
        format=format,
        at_once=True,
        profile=profile,
        steps=steps,
        draws=draws,
        show=show,
    )
    return Restyled.of(parts)


def restyle_lines(
    model: LoadedModel,
    lines: Iterable[str],
    manner: Manner,
    write: Write,
    *,
    seed: int,
    format: Format = "auto",
    name: str = "",
    at_once: bool = False,
    only: tuple[int, int] | None = None,
    choose: Choose | None = None,
    profile: ProfileName = USUAL["restyle"],
    steps: int | None = None,
    draws: Draws | None = None,
    show: Show | None = None,
) -> Totals:
    """Restyle a text as it comes: `write` gets its parts in order, each as soon as it is done, and then forgotten.

    `name` is that of the file, whose suffix tells its format. With `at_once` it is read to its end before, and
    `show` is told all of it. `only` is a stretch of the text, characters from and to: paragraphs that it does not touch
    pass through. `choose` decides about each paragraph that something better was found for; then nothing is written
    before all is decided.

    Raises:
        UsageError: an argument is out of range or of another kind.
        PromiseBrokenError: a part of the text would have been lost.
    """
    from dgcli.tasks.restyle.restyle import restyle as rewrite
    from dgcli.text.blocks import Format, chunks

    check_share("strength", manner.strength)
    check_whole("candidates", manner.candidates, 1)
    if format not in get_args(Format):
        raise ArgumentError(f"There is no format {format!a:.60}.", f"Use one of {', '.join(get_args(Format))}.")
    session = open_session(model, seed, steps, draws, profile)
    read = chunks(lines, format, name, headings=manner.headings)
    asked = None if choose is None else _checked(choose)
    return _run(rewrite(session, read, manner, write, at_once=at_once, only=only, choose=asked), show)


def _checked(choose: Choose) -> Choose:
    """The same choice; ArgumentError where it is none of what was offered."""

    def checked(offer: Offer) -> Decision:
        taken = choose(offer)
        if not isinstance(taken, Verdict | str):
            check_whole("What `choose` takes", taken, 0, len(offer.fills) - 1)
        return taken

    return checked


def _flat(examples: Sequence[tuple[str, str]]) -> Iterator[str]:
    for each in examples:
        check_kind("An example", each, tuple)
        if len(each) != 2:
            raise ArgumentError("An example is not a pair of texts.")
        yield from each


def settings_for(model: LoadedModel, profile: ProfileName = "reference", steps: int | None = None) -> DenoiseSettings:
    """The checkpoint's settings as a profile changes them, with `steps` in place of its number of steps.

    Raises:
        UsageError: there is no such profile, or fewer than one step.
    """
    settings = profiled(model.settings, profile)
    if model.noise_id is not None:
        settings = replace(settings, own_token=AcceptedKept())
    return settings if steps is None else settings.with_steps(steps)


def open_session(
    model: LoadedModel,
    seed: int,
    steps: int | None = None,
    draws: Draws | None = None,
    profile: ProfileName = "reference",
) -> Session:
    """What a task runs with; for those that call `dgcli.tasks` themselves.

    Raises:
        UsageError: an argument is out of range or of another kind.
    """
    return Session(
        engine=replace(model, prompts=PromptCache(model.store)),  # a run remembers its own prompts only
        chat=model.chat,
        settings=settings_for(model, profile, steps),
        draws=draws or PhiloxDraws(seed, model.vocab_size, model.noise_id),
        stop_ids=model.stop_ids,
        pad_id=model.pad_id,
        holes=holes_profiled(model.holes, profile),
        window=model.config.sliding_window if any(layer.sliding for layer in model.config.layers) else None,
        writing=model.writing,
        first_canvas=first_canvas(profile),
    )


def _run(task: Generator[Event, None, _Result], show: Show | None) -> _Result:
    """Show every event of a task, and give what it returns."""
    try:
        while True:
            event = next(task)
            if show is not None:
                show(event)
            if isinstance(event, Filled):
                clear_cache()  # memory does not grow with the number of holes
    except StopIteration as end:
        return cast("_Result", end.value)
    finally:
        release_memory()
