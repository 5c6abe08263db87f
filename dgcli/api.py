"""Where tasks, model and loop meet: the same as the command line, without a terminal."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from dgcli.backend import clear_cache, mx, release_memory
from dgcli.canvas import Event, Filled
from dgcli.chat import Chat, rendered_template
from dgcli.diffusion import Draws, PhiloxDraws, Predict
from dgcli.document import Document
from dgcli.errors import ModelError
from dgcli.marks import MARK, find_marks
from dgcli.model import CONTEXT, Cache, Model, Recall, check_fit, load_model, open_adapter
from dgcli.settings import DenoiseSettings, ProfileName
from dgcli.soon import Soon
from dgcli.tasks import generate as _generate
from dgcli.tasks import infill as _infill
from dgcli.tasks.engine import Session
from dgcli.tokens import FileTokenizer

if TYPE_CHECKING:  # what only a rewrite needs is imported by it: most commands are not one
    from dgcli.blocks import Format
    from dgcli.model.adapters import Adapter
    from dgcli.model.prompt_store import PromptStore
    from dgcli.tasks import restyle as _restyle
    from dgcli.tasks.rewrite_block import Manner

Show = Callable[[Event], None]
_Result = TypeVar("_Result", _generate.Generated, _infill.Infilled)
_LONGEST_CONTEXT = 4096  # tokens of a document in a prompt; more costs time and helps little


@dataclass(frozen=True)
class LoadedModel:
    """A checkpoint ready to run: weights, tokenizer, chat template and the defaults of its `generation_config.json`."""

    model: Model
    tokenizer: FileTokenizer
    chat: Chat
    settings: DenoiseSettings
    stop_ids: frozenset[int]
    pad_id: int
    hole_padding: bool
    hole_draws: int
    prompts: PromptStore | None = None
    """Where prompts are kept for later runs, if they are."""

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def vocab_size(self) -> int:
        return self.model.vocab_size

    @property
    def canvas_length(self) -> int:
        return self.model.canvas_length

    @property
    def context_length(self) -> int:
        return min(_LONGEST_CONTEXT, self.model.config.max_positions // 4)

    def encode(self, ids: Sequence[int] | mx.array, cache: Cache | None = None, chunk: int = 512) -> Cache:
        """Read `ids` [L] with the causal encoder: a new cache, of which `hidden` [L, H] are the normed last states.

        `cache` is what was read before; it stays valid.
        """
        return self.model.encode(ids, cache, chunk=chunk)

    def denoise(
        self,
        canvas_ids: Sequence[int] | Sequence[Sequence[int]] | mx.array,
        cache: Cache,
        self_conditioning_logits: mx.array | None = None,
        positions: Sequence[int] | None = None,
    ) -> mx.array:
        """Float32 softcapped logits [..., L or P, V] of a canvas [L] or canvases [B, L] right after `cache`.

        `self_conditioning_logits` are the step's before, already divided by its temperature.
        """
        return self.model.denoise(canvas_ids, cache, self_conditioning_logits, positions)

    def score(self, rows: Sequence[int] | Sequence[Sequence[int]] | mx.array, cache: Cache) -> mx.array:
        """Log-probability [L] (or [B, L]) of each id, read after `cache` by the causal encoder."""
        return self.model.score(rows, cache)

    def head_seconds(self, rows: int = 32) -> float:
        """Seconds that the head takes for one position, as measured now for `rows` of them.

        A step is evaluated at once, so within a run the head cannot be told from the layers before it.
        """
        network = self.model.network
        hidden = mx.zeros((rows, network.config.hidden_size), dtype=network.dtype)
        mx.eval(network.logits(hidden))
        started = time.perf_counter()
        mx.eval(network.logits(hidden))
        return (time.perf_counter() - started) / rows

    def predictor(self, cache: Cache) -> Predict:
        """The denoiser after `cache`, as the denoise loop calls it."""

        def predict(
            tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
        ) -> mx.array:
            return self.model.denoise_free(mx.array([list(row) for row in tokens]), free, previous, cache)

        return predict


@dataclass(frozen=True)
class _Engine:
    """`LoadedModel` as tasks see it: ids and numbers in plain lists."""

    loaded: LoadedModel
    recall: Recall

    @property
    def vocab_size(self) -> int:
        return self.loaded.vocab_size

    @property
    def canvas_length(self) -> int:
        return self.loaded.canvas_length

    @property
    def context_length(self) -> int:
        return self.loaded.context_length

    def encode(self, ids: Sequence[int], cache: Cache | None = None) -> Cache:
        return self.loaded.encode(ids, cache) if cache is not None else self.recall.encode(ids)

    def predictor(self, cache: Cache) -> Predict:
        return self.loaded.predictor(cache)

    def score(self, rows: Sequence[Sequence[int]], cache: Cache) -> list[list[float]]:
        longest = max(map(len, rows))
        padded = [[*row, *(row[-1],) * (longest - len(row))] for row in rows]  # causal: what follows changes nothing
        scores = cast("list[list[float]]", self.loaded.score(padded, cache).tolist())
        return [scores[index][: len(row)] for index, row in enumerate(rows)]


def load(
    path: str | Path,
    *,
    adapters: Sequence[str | Path] = (),
    context: int = CONTEXT,
    force: bool = False,
    cache: str | Path | None = None,
    warn: Callable[[str], None] = lambda message: None,
) -> LoadedModel:
    """Read a checkpoint folder, and LoRA adapters for it, each PATH or PATH=WEIGHT.

    It is refused where there is not enough memory for its weights, `context` tokens and a step; `force` loads it all
    the same. In the folder `cache` the encoder's caches of prompts are kept for later runs; text can be recovered from
    them. `warn` is told once if that fails.

    Raises:
        ModelError: it is missing, damaged, of another kind, or does not fit. `DgError.exit_code` is the command's exit
            code.
        UsageError: the weight of an adapter is no number.
    """
    folder = Path(path)
    try:
        if not force:
            check_fit(folder, context)
        template = Soon(lambda: rendered_template(folder))  # by a process that takes as long as the weights
        opened = [open_adapter(adapter) for adapter in adapters]
        model = load_model(folder).adapted(opened)
        prompts = None if cache is None else _prompts(Path(cache), model, opened, warn)
    except OSError as error:
        place = error.filename or folder
        raise ModelError(f"{place} cannot be read: {error.strerror or error}.", "Check its permissions.") from error
    defaults = model.generation
    config = model.config
    tokenizer = FileTokenizer.load(
        folder,
        control=(*defaults.eos_ids, *config.eos_ids, defaults.pad_id, config.pad_id, config.bos_id),
        size=config.vocab_size,
    )
    return LoadedModel(
        model=model,
        tokenizer=tokenizer,
        chat=Chat.of(template.result(), tokenizer),
        settings=DenoiseSettings(
            max_steps=defaults.max_steps,
            t_min=defaults.t_min,
            t_max=defaults.t_max,
            entropy_bound=defaults.entropy_bound,
            stability_threshold=defaults.stability_threshold,
            confidence_threshold=defaults.confidence_threshold,
        ),
        stop_ids=frozenset(defaults.eos_ids),
        pad_id=defaults.pad_id,
        hole_padding=defaults.hole_padding,
        hole_draws=defaults.hole_draws,
        prompts=prompts,
    )


def _prompts(folder: Path, model: Model, adapters: Sequence[Adapter], warn: Callable[[str], None]) -> PromptStore:
    from dgcli import __version__
    from dgcli.model.fingerprint import fingerprint
    from dgcli.model.prompt_store import PromptStore

    return PromptStore(folder, fingerprint(model, adapters, __version__), warn)


def fresh_seed() -> int:
    """A seed for a run that was not given one; short enough to type again."""
    return int.from_bytes(os.urandom(4), "big")


def generate(
    model: LoadedModel,
    prompt: str,
    *,
    seed: int,
    max_tokens: int = 256,
    profile: ProfileName = "reference",
    steps: int | None = None,
    draws: Draws | None = None,
    show: Show | None = None,
) -> _generate.Generated:
    """Answer a prompt. `show` gets every event as it happens (`canvas.Event`) and cannot change the result.

    `profile` trades quality for speed (docs/samplers.md); `steps` goes before its number of steps.
    """
    session = open_session(model, seed, steps, draws, profile)
    return _run(_generate.generate(session, prompt, max_tokens), _generate.Generated, show)


def infill(
    model: LoadedModel,
    document: Document | str,
    *,
    seed: int,
    profile: ProfileName = "balanced",
    steps: int | None = None,
    marker: re.Pattern[str] = MARK,
    alternatives: int = 1,
    choose: _infill.Choose = _infill.take_the_best,
    strength: float = 1.0,
    draws: Draws | None = None,
    show: Show | None = None,
) -> _infill.Infilled:
    """Fill the holes of a document, or of a text with marks; the text outside them stays byte for byte.

    Up to `alternatives` different fills are found for each hole; the text has the one that `choose` takes. Of text that
    stands in a hole already, `strength` may change: from 0, nothing, to 1, all.

    Raises:
        InputError: the text has no mark, or a mark asks for more words than fit, or the old text is longer than that.
    """
    if isinstance(document, str):
        document = find_marks(document, "The text", marker)
    session = open_session(model, seed, steps, draws, profile)
    task = _infill.infill(session, document, marker, alternatives, choose, strength=strength)
    return _run(task, _infill.Infilled, show)


def restyle(
    model: LoadedModel,
    text: str,
    register: str,
    *,
    seed: int,
    strength: float = 0.5,
    examples: Sequence[tuple[str, str]] = (),
    keep: Sequence[str] = (),
    headings: bool = False,
    candidates: int = 1,
    format: Format = "auto",
    profile: ProfileName = "reference",
    steps: int | None = None,
    draws: Draws | None = None,
    show: Show | None = None,
) -> _restyle.Restyled:
    """Rewrite the prose of a text in another register: one that `dg restyle --list-registers` names, or any words.

    Code, tables, links, numbers and what the regular expressions of `keep` match stay as they are. `strength` is how
    much may change: 0 nothing, 1 all. Blocks of which nothing sound came stay as they were, and have `faults`.
    """
    from dgcli.kept import compile_named
    from dgcli.registers import find_register, read_registers
    from dgcli.tasks.restyle import Restyled
    from dgcli.tasks.rewrite_block import Manner

    wanted = find_register(register, read_registers())
    manner = Manner(
        register=wanted.description,
        unlike=wanted.unlike,
        strength=strength,
        examples=tuple(examples),
        keep=compile_named(keep),
        headings=headings,
        candidates=candidates,
    )
    parts = restyled(
        model,
        [text],
        manner,
        seed=seed,
        format=format,
        at_once=True,
        profile=profile,
        steps=steps,
        draws=draws,
        show=show,
    )
    return Restyled.of(parts)


def restyled(
    model: LoadedModel,
    lines: Iterable[str],
    manner: Manner,
    *,
    seed: int,
    format: Format = "auto",
    name: str = "",
    at_once: bool = False,
    profile: ProfileName = "reference",
    steps: int | None = None,
    draws: Draws | None = None,
    show: Show | None = None,
) -> Iterator[str | _restyle.Block]:
    """The parts of a text in order, rewritten as it comes: each as soon as it is done, and then forgotten.

    `name` is that of the file, whose suffix tells its format. With `at_once` it is read to its end before, and
    `show` is told all of it.
    """
    from dgcli.blocks import chunks
    from dgcli.tasks.restyle import Block
    from dgcli.tasks.restyle import restyle as rewrite

    session = open_session(model, seed, steps, draws, profile)
    for event in rewrite(session, chunks(lines, format, name), manner, at_once=at_once):
        if isinstance(event, str | Block):
            yield event
        elif show is not None:
            show(event)
        if isinstance(event, Filled):
            clear_cache()


def with_steps(settings: DenoiseSettings, steps: int) -> DenoiseSettings:
    """The same settings with another number of steps."""
    return replace(settings, max_steps=steps)


def settings_for(model: LoadedModel, profile: ProfileName = "reference", steps: int | None = None) -> DenoiseSettings:
    """The checkpoint's settings as a profile changes them, with `steps` in place of its number of steps."""
    settings = model.settings.profiled(profile)
    return settings if steps is None else with_steps(settings, steps)


def open_session(
    model: LoadedModel,
    seed: int,
    steps: int | None = None,
    draws: Draws | None = None,
    profile: ProfileName = "reference",
) -> Session:
    """What a task runs with; for those that call `dgcli.tasks` themselves."""
    return Session(
        engine=_Engine(model, Recall(model.model, model.prompts)),
        chat=model.chat,
        settings=settings_for(model, profile, steps),
        draws=draws or PhiloxDraws(seed=seed, vocab_size=model.vocab_size),
        stop_ids=model.stop_ids,
        pad_id=model.pad_id,
        hole_padding=model.hole_padding,
        hole_draws=model.hole_draws,
    )


def _run(events: Iterable[Event | _Result], kind: type[_Result], show: Show | None) -> _Result:
    """Show every event of a task and return its result, which comes last."""
    for event in events:
        if isinstance(event, kind):
            release_memory()
            return event
        if show is not None:
            show(event)  # type: ignore[arg-type]
        if isinstance(event, Filled):
            clear_cache()  # memory does not grow with the number of holes
    raise AssertionError("a task ends with its result")
