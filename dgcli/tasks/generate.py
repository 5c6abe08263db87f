"""Writing from a prompt: canvas after canvas until the model ends its turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dgcli.canvas import Canvas, CanvasStart, Step
from dgcli.diffusion import denoise
from dgcli.tasks.engine import Session
from dgcli.tokens import printable, without_thoughts


@dataclass(frozen=True, kw_only=True)
class Generated:
    """The end of a `generate` run."""

    text: str
    ids: tuple[int, ...]  # every canvas, whole; after the first stop id all are pad
    tokens: int  # written, without end tokens
    steps_used: int
    converged: bool  # every canvas settled before its steps ran out
    stop_reason: str  # "stop" the model ended its turn, "length" the token limit cut it


def generate(session: Session, request: str, max_tokens: int) -> Iterator[CanvasStart | Step | Generated]:
    """Answer `request` with at most `max_tokens` tokens; the last value is the result.

    Canvases have the model's own length and are committed whole to the encoder, as in the reference's `generate`.
    """
    engine = session.engine
    prompt = session.chat.prompt(request)
    width = engine.canvas_length
    ids: list[int] = []
    steps_used, converged = 0, True
    stopped = False
    cache = engine.encode(prompt)
    for index in range(-(-max_tokens // width)):
        if index:
            cache = engine.encode(ids[-width:], cache)
        yield CanvasStart(canvas=index, role="answer", prompt=(*prompt, *ids), width=width)
        step = None
        for step in denoise(engine.predictor(cache), Canvas.blank(width), session.settings, session.draws, index):
            yield step
        assert step is not None  # a blank canvas takes at least one step
        steps_used += step.step
        converged &= step.settled
        finished, stopped = end_turn(step.argmax, session.stop_ids, session.pad_id)
        ids += finished
        if stopped:
            break
    kept = [token for token in ids[:max_tokens] if token not in session.stop_ids and token != session.pad_id]
    cut = not stopped or any(token in session.stop_ids for token in ids[max_tokens:])
    yield Generated(
        text=printable(session.chat.tokenizer.decode(without_thoughts(kept, session.chat.tokenizer))).strip(),
        ids=tuple(ids),
        tokens=len(kept),
        steps_used=steps_used,
        converged=converged,
        stop_reason="length" if cut else "stop",
    )


def end_turn(canvas: Sequence[int], stop_ids: frozenset[int], pad_id: int) -> tuple[tuple[int, ...], bool]:
    """A finished canvas with pad after its first stop id, and whether it has one."""
    for position, token in enumerate(canvas):
        if token in stop_ids:
            return (*canvas[: position + 1], *(pad_id,) * (len(canvas) - position - 1)), True
    return tuple(canvas), False
