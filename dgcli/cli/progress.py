"""Bytes done and time left on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from dgcli.platform.environment import Environment

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn, TaskID

_LINES = 10  # that a whole job writes at most where no bar can be drawn


_Self = TypeVar("_Self", bound="Headway")


class Headway(ABC):
    """A job on stderr: a bar where that is a terminal, which goes when the job is over; unless it is quiet."""

    def __init__(self, env: Environment, *, quiet: bool) -> None:
        self._env = env
        self._quiet = quiet
        self._stack = ExitStack()
        self._bar: tuple[Progress, TaskID] | None = None

    def __enter__(self: _Self) -> _Self:
        if not self._quiet and self._env.draws_on_stderr:
            from rich.console import Console
            from rich.progress import Progress

            bar = Progress(*self._columns(), console=Console(file=self._env.stderr), transient=True)
            self._stack.enter_context(bar)
            self._bar = bar, self._task(bar)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def tell(self, message: str) -> None:
        """Say something meanwhile, on a line of its own above the bar."""
        if self._bar is not None:
            self._bar[0].console.print(message, markup=False, highlight=False)
        elif not self._quiet:
            self._env.tell(message)

    @abstractmethod
    def _columns(self) -> tuple[ProgressColumn, ...]:
        """What stands side by side in the bar's line."""

    @abstractmethod
    def _task(self, bar: Progress) -> TaskID:
        """The one line of the bar, as the job begins."""


class Meter(Headway):
    """Shows how far a job over many bytes is."""

    def __init__(self, env: Environment, label: str, *, quiet: bool) -> None:
        super().__init__(env, quiet=quiet)
        self._label = label
        self._started = env.clock()
        self._told = 0

    def show(self, done: int, total: int, resumed: int = 0) -> None:
        """`done` of `total` bytes, of which `resumed` were there at the start and say nothing about the speed."""
        if self._bar is not None:
            progress, task = self._bar
            progress.update(task, completed=done, total=total)
        elif not self._quiet and total and done * _LINES // total > self._told:
            self._told = done * _LINES // total
            self._env.tell(f"dg: {self._label} {size(done)} of {size(total)}{self._left(done - resumed, total - done)}")

    def _left(self, covered: int, missing: int) -> str:
        seconds = self._env.clock() - self._started
        if not covered or not seconds or not missing:
            return "."
        return f", about {duration(max(1, seconds * missing / covered))} left."

    def _columns(self) -> tuple[ProgressColumn, ...]:
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn

        return TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()

    def _task(self, bar: Progress) -> TaskID:
        return bar.add_task(self._label, total=None)


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
