"""How far a long job is, on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TypeVar

from dgcli.platform.environment import Environment
from dgcli.watch.plot import share
from dgcli.watch.terminal import Line, Terminal
from dgcli.watch.width import columns, cut

_LINES = 10  # that a whole job writes at most where no bar can be drawn
_EVERY = 0.1  # seconds, between two pictures
_BAR, _SHORT, _ROOMY = 20, 10, 75  # columns of the bar, and of a window for the longer one


_Self = TypeVar("_Self", bound="Headway")


class Headway(ABC):
    """A job on stderr: a bar where that is a terminal, which goes when the job is over; unless it is quiet."""

    def __init__(self, env: Environment, label: str, *, quiet: bool) -> None:
        self._env = env
        self._label = label
        self._quiet = quiet
        self._stack = ExitStack()
        self._terminal: Terminal | None = None
        self._drawn: float | None = None  # when

    def __enter__(self: _Self) -> _Self:
        if not self._quiet and self._env.draws_on_stderr:
            self._terminal = self._stack.enter_context(Terminal(self._env.stderr, self._draw))
            self._env.asides.append(self._terminal.release)
            self._stack.callback(self._env.asides.remove, self._terminal.release)
            self._draw()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        terminal, self._terminal = self._terminal, None
        if terminal is not None:
            terminal.erase()
        self._stack.__exit__(kind, error, trace)

    def tell(self, message: str) -> None:
        """Say something meanwhile, on a line of its own above the bar."""
        if not self._quiet:
            self._env.tell(message)
            self._draw()

    @abstractmethod
    def _share(self) -> float | None:
        """What is done of the whole, 0 to 1; None: nobody knows."""

    @abstractmethod
    def _says(self) -> Sequence[str]:
        """What stands beside the bar: the same, at length and ever shorter."""

    def _now(self) -> None:
        """Draw what is new, unless the last picture was a moment ago."""
        if self._drawn is None or self._env.clock() - self._drawn >= _EVERY or self._share() == 1:
            self._draw()

    def _draw(self) -> None:
        if self._terminal is not None:
            self._drawn = self._env.clock()
            line = self._line(self._terminal.size[0] - 1)
            self._terminal.draw([Line(line, columns(line))])

    def _line(self, width: int) -> str:
        """The bar, and as much beside it as there is room for; in a very narrow window without the bar."""
        room, part = _BAR if width >= _ROOMY else _SHORT, self._share()
        bar = f"{share(part or 0.0, 1.0, room):░<{room}}"
        heads = (f"{self._label} {bar} ", f"{self._label} ", "")
        lines = [head + said for head in heads for said in self._says()]
        return next((line for line in lines if columns(line) <= width), cut(lines[-1], width))


class Meter(Headway):
    """Shows how far a job over many bytes is."""

    def __init__(self, env: Environment, label: str, *, quiet: bool) -> None:
        super().__init__(env, label, quiet=quiet)
        self._started = env.clock()
        self._told = 0
        self._done = self._total = self._resumed = 0

    def show(self, done: int, total: int, resumed: int = 0) -> None:
        """`done` of `total` bytes, of which `resumed` were there at the start and say nothing about the speed."""
        self._done, self._total, self._resumed = done, total, resumed
        if self._terminal is not None:
            self._now()
        elif not self._quiet and total and done * _LINES // total > self._told:
            self._told = done * _LINES // total
            self._env.tell(f"dg: {self._label} {self._says()[0]}.")

    def _share(self) -> float | None:
        return self._done / self._total if self._total else None

    def _says(self) -> Sequence[str]:
        if not self._total:
            return [""]
        done, left = f"{size(self._done)} of {size(self._total)}", self._left()
        return [f"{done}, about {left} left", f"{done}, {left}", left] if left else [done]

    def _left(self) -> str:
        covered, missing = self._done - self._resumed, self._total - self._done
        seconds = self._env.clock() - self._started
        return duration(max(1, seconds * missing / covered)) if covered and seconds and missing else ""


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
