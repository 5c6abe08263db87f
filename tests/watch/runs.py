"""A small recorded run to look at: a document with two holes, denoised by a model that knows its text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dgcli.diffusion import PhiloxDraws, denoise_rows
from dgcli.events import Canvas, CanvasStart, Doing, Draft, Event, Filled, Focus, Step, Trial
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
    """Two holes, each tried with two lengths, and then with texts of the encoder."""
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
        yield Trial(text=f" {fill[:4]}", doing=Doing.WRITING, which=1, count=3)
        yield Trial(text=f" {fill}", doing=Doing.JUDGING, which=2, count=3)
        yield Filled(hole=hole, text=fill, canvas=canvas - 1)


def rewriting() -> Iterator[Event]:
    """A block of two sentences that is rewritten one by one, without a canvas."""
    old, new = ("We r late.", "See u!"), ("We are late.", "See you soon.")
    yield Draft(parts=("Hi,\n\n", "\n\nTom\n"), marks=(" ".join(old),), rewrites=True)
    for number, before in enumerate(("", f"{new[0]} ")):
        yield Focus(hole=1, holes=1, before=before, old=old[number], behind="" if number else f" {old[1]}")
        for length in (6, len(new[number])):
            yield Trial(text=new[number][:length], doing=Doing.WRITING, which=1, count=2)
        yield Trial(text=new[number], doing=Doing.JUDGING, which=1, count=2)
        yield Filled(hole=1, text=" ".join((*new[: number + 1], *old[number + 1 :])))


def steps_of(canvas: int) -> list[Step]:
    return [event for event in events() if isinstance(event, Step) and event.canvas == canvas]
