"""Writing from a prompt until the model ends its turn."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from dgcli.diffusion import denoise
from dgcli.errors import DgError, InputError
from dgcli.events import Canvas, CanvasStart, Event
from dgcli.settings import WritingSettings
from dgcli.tasks.engine import Session, without
from dgcli.tasks.generate.generated import Generated
from dgcli.tasks.generate.growing import canvases
from dgcli.tasks.generate.speculation import write
from dgcli.tasks.generate.thoughts import closed, openings, spoken
from dgcli.text.punctuation import printable


def generate(session: Session, request: str, max_tokens: int) -> Generator[Event, None, Generated]:
    """Answer `request` with at most `max_tokens` tokens.

    The denoiser writes canvas after canvas, or drafts for the encoder, as the session says. Where the model only
    thinks, it is asked again, behind a thought that is over.

    Raises:
        InputError: the prompt is longer than what the model can read.
        DgError: the model only thinks then, too.
    """
    prompt = session.chat.prompt(request)
    first = yield from _answered(session, prompt, max_tokens)
    if first.text or not first.thought:
        return first
    prompt = closed(prompt, first.thought, session.chat.tokenizer)
    narrowest = min(session.first_canvas or session.engine.canvas_length, session.engine.canvas_length)
    second = yield from _answered(session, prompt, max_tokens, -(-len(first.ids) // narrowest))
    if not second.text and second.thought:
        raise DgError(
            "The model thought and gave no answer, even when it was asked not to think.",
            "Try another <seed>, or allow more with <max_tokens>.",
        )
    return replace(
        second,
        again=True,
        steps_used=first.steps_used + second.steps_used,
        drafting_steps=first.drafting_steps + second.drafting_steps,
    )


def _answered(
    session: Session, prompt: tuple[int, ...], most: int, first_canvas: int = 0
) -> Generator[Event, None, Generated]:
    """One answer. Its canvases are numbered from `first_canvas`; where that is not the first, no thought is opened."""
    if session.writing is not None:
        return (yield from _written(session, session.writing, prompt, most, first_canvas))
    return (yield from _denoised(session, prompt, most, first_canvas))


def _denoised(
    session: Session, prompt: tuple[int, ...], most: int, first_canvas: int
) -> Generator[Event, None, Generated]:
    """Canvases, committed whole to the encoder, as in the reference's `generate`; there each has the model's length."""
    engine = session.engine
    never = session.unused | (openings(session.chat.tokenizer) if first_canvas else frozenset())
    ids: list[int] = []
    finished: tuple[int, ...] = ()
    steps_used, converged = 0, True
    cache, forbidden = engine.encode(prompt), tuple(sorted(never))
    for index, width in enumerate(_widths(session, prompt, most), first_canvas):
        if ids:
            cache = engine.encode(finished, cache)
        yield CanvasStart(canvas=index, role="answer", prompt=(*prompt, *ids), width=width, forbidden=forbidden)
        predict, step = without(engine.predictor(cache), never, engine.vocab_size), None
        for step in denoise(predict, Canvas.blank(width), session.settings, session.draws, index):
            yield step
        assert step is not None  # a blank canvas takes at least one step
        steps_used += step.step
        converged &= step.settled
        finished, stopped = end_turn(step.argmax, session.stop_ids, session.pad_id)
        ids += finished
        if stopped:
            break
    return _generated(session, ids, most, steps_used=steps_used, converged=converged)


def _widths(session: Session, prompt: Sequence[int], most: int) -> Iterator[int]:
    """Of canvas after canvas, until they hold `most` tokens or there is no room for another.

    Where the first is narrower than the model's, each further one is twice as wide, but no wider than what is missing.
    Raises InputError where there is no room for the first.
    """
    length = session.engine.canvas_length
    first = width = min(session.first_canvas or length, length)
    room, done = _room(session, prompt, first), 0
    while done < most and width <= room - done:
        yield width
        done += width
        width = length if first == length else min(2 * width, length, max(most - done, first))


def _written(
    session: Session, writing: WritingSettings, prompt: tuple[int, ...], most: int, first_canvas: int
) -> Generator[Event, None, Generated]:
    """What the encoder writes, and the denoiser has drafted for it."""
    most = min(most, _room(session, prompt, 1))
    rounds = yield from canvases(session, write(session, writing, prompt, most), prompt, most, first_canvas)
    ids = [token for each in rounds for token in each.tokens]
    drafting = sum(each.draft.steps for each in rounds)
    return _generated(session, ids, most, steps_used=len(rounds), drafting_steps=drafting)


def _room(session: Session, prompt: Sequence[int], least: int) -> int:
    """Tokens that can follow the prompt. Raises InputError where they are fewer than `least`."""
    positions = session.engine.max_positions
    if positions - len(prompt) < least:
        raise InputError(
            f"The prompt has {len(prompt):,} tokens, and the model can read {positions - least:,}.",
            "Shorten it, or choose a model that reads more.",
        )
    return positions - len(prompt)


def _generated(
    session: Session, ids: Sequence[int], most: int, *, steps_used: int, converged: bool = True, drafting_steps: int = 0
) -> Generated:
    """The result, of which no more than `most` tokens are shown."""
    kept = [token for token in ids[:most] if token not in session.stop_ids and token != session.pad_id]
    said = spoken(kept, session.chat.tokenizer)
    return Generated(
        text=printable(said.text).strip(),
        ids=tuple(ids),
        tokens=len(kept),
        steps_used=steps_used,
        drafting_steps=drafting_steps,
        converged=converged,
        stop_reason="stop" if any(token in session.stop_ids for token in ids[:most]) else "length",
        thought=said.thought,
    )


def end_turn(canvas: Sequence[int], stop_ids: frozenset[int], pad_id: int) -> tuple[tuple[int, ...], bool]:
    """A finished canvas with pad after its first stop id, and whether it has one."""
    for position, token in enumerate(canvas):
        if token in stop_ids:
            return (*canvas[: position + 1], *(pad_id,) * (len(canvas) - position - 1)), True
    return tuple(canvas), False
