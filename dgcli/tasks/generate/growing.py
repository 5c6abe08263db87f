"""A text that grows from left to right, as canvases that a watcher can follow.

Each canvas begins as pad. At every step more of it is settled; behind that stands the draft that is judged next.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from math import log
from typing import TypeVar

from dgcli.events import CanvasStart, Step
from dgcli.tasks.engine import Session
from dgcli.tasks.generate.speculation import Proposal, Round

_T = TypeVar("_T")


def canvases(
    session: Session, rounds: Iterable[Round], prompt: Sequence[int], most: int, first_canvas: int = 0
) -> Generator[CanvasStart | Step, None, list[Round]]:
    """Yield the rounds of a text of up to `most` tokens as steps of canvases of the model's length; return them.

    The canvases are numbered from `first_canvas`.
    """
    length = session.engine.canvas_length
    unknown = log(session.engine.vocab_size)  # nats, of a place that nothing was thought of
    text: list[int] = []
    entropy: list[float] = []
    draft = Proposal()
    number = 0
    seen: list[Round] = []
    for found in rounds:
        seen.append(found)
        start = len(text) // length * length
        width = min(length, most - start)
        if len(text) == start:
            yield CanvasStart(
                canvas=first_canvas + start // length, role="answer", prompt=(*prompt, *text), width=width
            )
            number = 0
        number += 1
        read = _padded((*text[start:], *draft.tokens), width, session.pad_id)
        text += found.tokens
        entropy += found.entropy
        settled = len(text) - start
        draft = found.draft
        shown = draft if settled < width else Proposal()  # a draft behind a full canvas is of the next one
        now = _padded((*text[start:], *shown.tokens), width, session.pad_id)
        yield Step(
            canvas=first_canvas + start // length,
            step=number,
            of=width,
            temperature=session.writing.temperature if session.writing is not None else 1.0,
            input=read,
            sampled=now,
            argmax=now,
            accepted=_padded((True,) * settled, width, False),
            entropy=_padded((*entropy[start:], *shown.doubt), width, 0.0 if found.ended else unknown),
            free=_padded((True,) * settled, width, not found.ended),
            next_input=now,
            settled=found.ended or settled == width,
            seconds=found.seconds,
            sampling=found.sampling,
        )
    return seen


def _padded(row: tuple[_T, ...], width: int, pad: _T) -> tuple[_T, ...]:
    return (*row, *(pad,) * (width - len(row)))
