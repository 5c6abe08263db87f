"""A small recorded run to look at: a document with two holes, denoised by a model that knows its text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dgcli.diffusion import PhiloxDraws, denoise_rows
from dgcli.events import Canvas, CanvasStart, Draft, Event, Filled, Step
from dgcli.settings import DenoiseSettings
from tests.fakes import Letters, Oracle

LETTERS = Letters()
DRAFT = Draft(
    parts=(
        "# The mill\r\n\r\nThe old mill stands ",
        " the river. It has stood there for two hundred years.\r\n\r\n- The wheel ",
        " and the doors\tare shut.\r\n- 日本語, e\u0301 and 👩‍👩‍👧 live here.\r\n",
    ),
    marks=("[[?]]", "[[?~3 how it turns]]"),
)
FILLS = ("by the side of", "turns slowly")


@dataclass
class Clock:
    """Time that passes when a test says so, or a little whenever it is asked."""

    now: float = 0.0
    step: float = 0.0
    asked: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def pieces(ids: object) -> tuple[str, ...]:
    """Noise that can be read: every id a letter or a space."""
    return tuple(chr(token - 10) if token >= 42 and token - 10 < 127 else "~" for token in ids)  # type: ignore[attr-defined]


def piece(token: int) -> str | int:
    return pieces([token])[0]


def events(steps: int = 6) -> Iterator[Event]:
    """Two holes, each tried with two lengths."""
    yield DRAFT
    canvas = 0
    for hole, fill in enumerate(FILLS, 1):
        target = LETTERS.encode(f"x {fill} y")
        rows = {}
        for extra in (0, 3):
            width = len(target) + 3
            tokens = (*target, *LETTERS.encode("   "))
            free = (False,) * 2 + (True,) * (len(fill) + extra) + (False,) * (width - 2 - len(fill) - extra)
            rows[canvas] = Canvas(tokens=tokens, free=free)
            yield CanvasStart(canvas=canvas, role="candidate", prompt=(2, 5), width=width, hole=hole, holes=2)
            canvas += 1
        plan = DenoiseSettings().with_steps(steps)
        longest = (*LETTERS.encode(f"x {fill} y"), *LETTERS.encode("   "))
        oracle = Oracle(longest, 200, lambda step: 1.6 * step)
        for batch in denoise_rows(oracle, rows, plan, PhiloxDraws(7, 100)):
            yield from batch
        yield Filled(hole=hole, text=fill, canvas=canvas - 1)


def steps_of(canvas: int) -> list[Step]:
    return [event for event in events() if isinstance(event, Step) and event.canvas == canvas]
