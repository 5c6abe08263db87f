"""How the losses of a run went, kept in its folder as lines of numbers, so that a run that goes on has all of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dgcli.platform.files import write_whole
from dgcli.tune.progress import Event, Measured, Progress

CURVE = "curve.jsonl"
_LONGEST = 2**16  # characters of a line


@dataclass(frozen=True)
class Point:
    """A loss in nats a token after so many steps."""

    step: int
    loss: float
    by_kind: Mapping[str, float] = field(default_factory=dict)
    """Of what is held out; empty where the loss is that of a step's own examples."""


@dataclass
class Curve:
    """The points of a run so far, in the order of its steps."""

    path: Path
    steps: list[Point] = field(default_factory=list)
    held_out: list[Point] = field(default_factory=list)

    @classmethod
    def open(cls, folder: Path, step: int) -> Curve:
        """What a folder has up to a step; what was written behind it comes again.

        That is taken out of the file, and so are damaged lines. Raises OSError.
        """
        curve = cls(folder / CURVE)
        if not curve.path.exists():
            return curve
        written = curve.path.read_text(encoding="utf-8", errors="replace")
        points = [point for point in map(_point, written.splitlines()) if point is not None and point.step <= step]
        curve.steps = [point for point in points if not point.by_kind]
        curve.held_out = [point for point in points if point.by_kind]
        if written != (right := "".join(map(_line, points))):
            write_whole(curve.path, right)
        return curve

    def take(self, event: Event) -> None:
        """Add what an event tells, and write it down. Raises OSError."""
        if isinstance(event, Progress):
            point = Point(event.step, event.loss)
            self.steps.append(point)
        elif isinstance(event, Measured) and all(point.step != event.step for point in self.held_out):
            point = Point(event.step, event.loss, {**event.by_kind})
            self.held_out.append(point)
        else:
            return
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_line(point))


def smoothed(points: Sequence[Point], most: int = 200) -> list[Point]:
    """The same in `most` points or fewer, each the mean of some in a row, at the last of their steps."""
    each = -(-len(points) // most)
    rows = [points[start : start + each] for start in range(0, len(points), max(1, each))]
    return [Point(row[-1].step, sum(point.loss for point in row) / len(row)) for row in rows]


def _line(point: Point) -> str:
    return json.dumps([point.step, round(point.loss, 6), {**point.by_kind}]) + "\n"


def _point(line: str) -> Point | None:
    with suppress(ValueError, TypeError, RecursionError):
        if len(line) < _LONGEST:
            step, loss, by_kind = json.loads(line)
            return Point(int(step), float(loss), {str(kind): float(each) for kind, each in dict(by_kind).items()})
    return None
