"""Bytes done and time left on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING

from dgcli.platform.environment import Environment

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_LINES = 10  # that a whole job writes at most where no bar can be drawn


class Meter:
    """Shows how far a job over many bytes is."""

    def __init__(self, env: Environment, label: str, *, quiet: bool) -> None:
        self._env = env
        self._label = label
        self._quiet = quiet
        self._stack = ExitStack()
        self._bar: tuple[Progress, TaskID] | None = None
        self._started = env.clock()
        self._told = 0

    def __enter__(self) -> Meter:
        if not self._quiet and self._env.draws_on_stderr:
            self._bar = self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def show(self, done: int, total: int, resumed: int = 0) -> None:
        """`done` of `total` bytes, of which `resumed` were there at the start and say nothing about the speed."""
        if self._bar is not None:
            progress, task = self._bar
            progress.update(task, completed=done, total=total)
        elif not self._quiet and total and done * _LINES // total > self._told:
            self._told = done * _LINES // total
            self._env.tell(f"dg: {self._label} {size(done)} of {size(total)}{self._left(done - resumed, total - done)}")

    def tell(self, message: str) -> None:
        """Say something meanwhile, on a line of its own above the bar."""
        if self._bar is not None:
            self._bar[0].console.print(message, markup=False, highlight=False)
        elif not self._quiet:
            self._env.tell(message)

    def _left(self, covered: int, missing: int) -> str:
        seconds = self._env.clock() - self._started
        if not covered or not seconds or not missing:
            return "."
        return f", about {duration(max(1, seconds * missing / covered))} left."

    def _open(self) -> tuple[Progress, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        progress = Progress(*columns, console=Console(file=self._env.stderr), transient=True)
        self._stack.enter_context(progress)
        return progress, progress.add_task(self._label, total=None)


def size(count: int) -> str:
    """A number of bytes for a person: 15.3 GB."""
    for unit, power in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= power:
            return f"{count / power:.1f} {unit}"
    return f"{count} bytes"


def duration(seconds: float) -> str:
    """A time for a person: 3 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
