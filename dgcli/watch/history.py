"""What happened to the positions of a canvas over its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dgcli.events import Step
from dgcli.watch.recording import Recording
from dgcli.watch.timeline import kept_canvases


@dataclass(frozen=True, kw_only=True)
class Position:
    """One free position of a canvas."""

    index: int
    settled: int  # the step from which on its best token stayed the same
    returns: int  # how often it went back to noise after it had been accepted
    entropy: float  # nats, at the last step
    token: int  # what it ended as


@dataclass(frozen=True, kw_only=True)
class History:
    """One canvas from its first step to its last."""

    canvas: int
    hole: int
    role: str
    steps: tuple[Step, ...]
    positions: tuple[Position, ...]
    kept: bool  # a hole was filled from it, or it is part of the answer

    @property
    def last(self) -> Step:
        return self.steps[-1]

    @property
    def accepted(self) -> tuple[int, ...]:
        """Positions accepted at each step."""
        return tuple(sum(step.accepted) for step in self.steps)

    @property
    def entropies(self) -> tuple[float, ...]:
        """Mean entropy of the free positions at each step, in nats."""
        return tuple(step.mean_entropy for step in self.steps)


def histories(recording: Recording) -> tuple[History, ...]:
    """Every canvas that took a step, in the order they were announced."""
    steps: dict[int, list[Step]] = {}
    for step in recording.steps:
        steps.setdefault(step.canvas, []).append(step)
    filled = kept_canvases(recording)
    return tuple(
        History(
            canvas=start.canvas,
            hole=start.hole,
            role=start.role,
            steps=tuple(steps[start.canvas]),
            positions=_positions(steps[start.canvas]),
            kept=start.role == "answer" or start.canvas in filled,
        )
        for start in recording.starts
        if start.canvas in steps
    )


def _positions(steps: Sequence[Step]) -> tuple[Position, ...]:
    last = steps[-1]
    return tuple(_position(steps, index) for index, free in enumerate(last.free) if free)


def _position(steps: Sequence[Step], index: int) -> Position:
    last = steps[-1]
    settled = len(steps)
    while settled > 1 and steps[settled - 2].argmax[index] == last.argmax[index]:
        settled -= 1
    return Position(
        index=index,
        settled=settled,
        returns=sum(before.accepted[index] and not after.accepted[index] for before, after in pairwise(steps)),
        entropy=last.entropy[index],
        token=last.argmax[index],
    )
