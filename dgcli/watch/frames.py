"""What one step looks like: a row of cells, each a piece of text in a state. Drawing it is the renderers' part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from dgcli.events import Step

Pieces = Callable[[Sequence[int]], Sequence[str]]  # one text for each id


class State(Enum):
    """How firm a token is. Accepted is not final: a position can go back to noise."""

    HELD = "held"  # the user's text
    NOISE = "noise"  # not accepted: what stands there is random
    CHANGED = "changed"  # accepted, and another token than the model preferred at the step before
    ACCEPTED = "accepted"
    SETTLED = "settled"  # accepted at the step before already, as the same token
    TRIED = "tried"  # of a text that the encoder writes, or that is judged


@dataclass(frozen=True)
class Cell:
    """One token of the canvas."""

    text: str
    state: State
    entropy: float  # nats


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A canvas at one step, and the numbers below it."""

    cells: tuple[Cell, ...]
    canvas: int
    step: int
    of: int
    mean_entropy: float  # nats, over the free positions
    free: int
    open: int  # free positions that are not accepted at this step


def frame(step: Step, pieces: Pieces, before: Step | None = None) -> Frame:
    """The frame of `step`; `before` is the same canvas one step earlier."""
    shown = step.argmax if step.last else step.next_input
    states = [_state(step, before, position) for position in range(len(shown))]
    return Frame(
        cells=tuple(map(Cell, pieces(shown), states, step.entropy)),
        canvas=step.canvas,
        step=step.step,
        of=step.of,
        mean_entropy=step.mean_entropy,
        free=sum(step.free),
        open=sum(free and not accepted for free, accepted in zip(step.free, step.accepted, strict=True)),
    )


def _state(step: Step, before: Step | None, position: int) -> State:
    if not step.free[position]:
        return State.HELD
    if not step.accepted[position]:
        return State.SETTLED if step.settled else State.NOISE
    if before is None or before.argmax[position] != step.sampled[position]:
        return State.CHANGED
    if before.accepted[position] and before.sampled[position] == step.sampled[position]:
        return State.SETTLED
    return State.ACCEPTED
