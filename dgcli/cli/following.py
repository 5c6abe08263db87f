"""A run of `dg tune` on stderr: a bar with losses and the time left on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dgcli.cli.progress import Headway, duration
from dgcli.platform.environment import Environment
from dgcli.tune.progress import Event, Measured, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import ProgressColumn, TaskID

_SETTLED = 3  # steps after which the time left means something


class Follower(Headway):
    """Shows how far a run is."""

    def __init__(self, env: Environment, *, quiet: bool) -> None:
        super().__init__(env, quiet=quiet)
        self._last: Progress | None = None
        self._measured: Measured | None = None
        self._told_time = False

    def take(self, event: Event) -> None:
        """Show an event."""
        if isinstance(event, Progress):
            self._last = event
        elif isinstance(event, Measured):
            self._measured = event
        if self._quiet:
            return
        if self._bar is not None:
            self._draw(*self._bar)
        elif isinstance(event, Measured):
            self._env.tell(f"dg: step {event.step}{self._of()}: held-out loss {event.loss:.3f}{self._left()}.")
        elif isinstance(event, Progress) and not self._told_time and event.step >= _SETTLED and event.left is not None:
            self._told_time = True
            self._env.tell(f"dg: about {duration(max(1, event.left))} to go.")

    def _of(self) -> str:
        return f" of {self._last.steps}" if self._last is not None and self._last.steps else ""

    def _left(self) -> str:
        left = None if self._last is None else self._last.left
        return "" if not left else f", about {duration(max(1, left))} left"

    def _draw(self, bar: Bar, task: TaskID) -> None:
        last, measured = self._last, self._measured
        said = f"loss {last.loss:.2f}" if last is not None else "measuring"
        held_out = "" if measured is None else f", held out {measured.loss:.3f} (best {measured.best:.3f})"
        step = "" if last is None else f"step {last.step}{self._of()}, "
        done = 0.0 if last is None or not last.left else last.elapsed / (last.elapsed + last.left)
        finished = last is not None and last.left == 0
        bar.update(task, completed=1.0 if finished else done, said=f"{step}{said}{held_out}{self._left()}")

    def _columns(self) -> tuple[ProgressColumn, ...]:
        from rich.progress import BarColumn, TextColumn

        return TextColumn("learning"), BarColumn(bar_width=20), TextColumn("{task.fields[said]}")

    def _task(self, bar: Bar) -> TaskID:
        return bar.add_task("learning", total=1.0, said="measuring")
