"""A run of `dg tune` on stderr: a bar with losses and the time left on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from dgcli.cli.progress import Headway, duration
from dgcli.platform.environment import Environment
from dgcli.tune.progress import Event, Measured, Progress

_SETTLED = 3  # steps after which the time left means something


class Follower(Headway):
    """Shows how far a run is: its steps, then the samples."""

    def __init__(self, env: Environment, *, quiet: bool) -> None:
        super().__init__(env, "learning", quiet=quiet)
        self._last: Progress | None = None
        self._measured: Measured | None = None
        self._told_time = False
        self._writing = 0  # the sample that is written, counted from 1; 0: none is
        self._samples = 0
        self._seconds = 0.0  # that a sample takes, before and after

    def expect(self, samples: int, seconds: float) -> None:
        """Samples are written in the end, in so many seconds each."""
        self._samples, self._seconds = samples, seconds
        self._draw()

    def take(self, event: Event) -> None:
        """Show an event."""
        if isinstance(event, Progress):
            self._last = event
        elif isinstance(event, Measured):
            self._measured = event
        if self._quiet:
            return
        if self._terminal is not None:
            self._now()
        elif isinstance(event, Measured):
            self._env.tell(f"dg: step {event.step}{self._of()}: held-out loss {event.loss:.3f}{self._about()}.")
        elif isinstance(event, Progress) and not self._told_time and event.step >= _SETTLED and self._left():
            self._told_time = True
            self._env.tell(f"dg: {self._left()} to go.")

    def write(self, number: int) -> None:
        """A sample is about to be written, counted from 1."""
        self._writing, self._label = number, "writing"
        if number == 1 and self._terminal is None:
            self.tell(f"dg: writes {self._samples} samples, before and after{self._about()}.")
        self._draw()

    def _share(self) -> float | None:
        if self._writing:
            return (self._writing - 1) / self._samples
        last = self._last
        if last is None or last.left is None:
            return 0.0
        return last.elapsed / (last.elapsed + last.left) if last.left else 1.0

    def _says(self) -> Sequence[str]:
        last, measured = self._last, self._measured
        if self._writing:
            said = f"sample {self._writing} of {self._samples}"
            return [f"{said}, before and after{self._about()}", f"{said}{self._about()}", said]
        if last is None:
            first = "measuring" if self._samples else "a first sample is written"
            return [first if measured is None else f"step 1, held out {measured.loss:.3f}"]
        step = f"step {last.step}{self._of()}"
        held_out = "" if measured is None else f", held out {measured.loss:.3f}"
        best = "" if measured is None else f" (best {measured.best:.3f})"
        return [
            f"{step}, loss {last.loss:.2f}{held_out}{best}{self._about()}",
            f"{step}{held_out}{self._about()}",
            f"{step}{held_out}{self._about()}".replace("step ", "").replace("about ", ""),
            f"{step}{self._about()}",
            self._about().removeprefix(", ") or step,
        ]

    def _of(self) -> str:
        return f" of {self._last.steps}" if self._last is not None and self._last.steps else ""

    def _about(self) -> str:
        return f", {left} left" if (left := self._left()) else ""

    def _left(self) -> str:
        """How long it takes yet, with the samples; empty while nobody knows."""
        samples = self._seconds * (self._samples - max(0, self._writing - 1))
        if self._writing:
            return f"about {duration(max(1, samples))}" if samples else ""
        left = None if self._last is None else self._last.left
        return "" if not left else f"about {duration(max(1, left + samples))}"
