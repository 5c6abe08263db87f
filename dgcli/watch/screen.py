"""A run on stderr as it happens: live on a terminal, or as plain frames into a pipe."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, TextIO

from dgcli.events import Event, Filled, Step, Trial
from dgcli.watch.frames import Pieces
from dgcli.watch.picture import Look, Picture, picture
from dgcli.watch.terminal import Line, Terminal
from dgcli.watch.theme import Theme
from dgcli.watch.view import Colors, View
from dgcli.watch.watch import Watch

FRAMES_PER_SECOND = 30.0
_SHARE = 0.04  # of the time that drawing may take: a slow terminal gets fewer frames, not a slower run
_LONGEST = 0.5  # seconds between two frames at most, if there is something new


class Screen(Protocol):
    """Shows a run as it happens."""

    @property
    def spent(self) -> float:
        """Seconds that went into drawing."""
        ...

    def __enter__(self) -> Screen: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def show(self, event: Event) -> None: ...
    def make_way(self) -> None:
        """Something else is about to be written to the same terminal."""
        ...


class LiveScreen:
    """Draws in place, at most 30 times a second. Frames are dropped; steps never wait.

    Args:
        keep: leave the finished text on the screen, rather than nothing.
    """

    def __init__(
        self,
        stream: TextIO,
        pieces: Pieces,
        clock: Callable[[], float],
        *,
        theme: Theme,
        view: View = View.text,
        keep: bool = False,
    ) -> None:
        self._watch = Watch(pieces, clock)
        self._clock = clock
        self._theme = theme
        self._view = view
        self._keep = keep
        self._terminal = Terminal(stream, self._draw)
        self._next = float("-inf")  # when the next frame may be drawn
        self._tallest = 0
        self._worked = False  # the event before was a step or a trial
        self.spent = 0.0

    def __enter__(self) -> LiveScreen:
        self._terminal.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._keep and kind is None:
                self._watch.finish()
                self._tallest = 0
                self._draw()
                self._terminal.leave()
        finally:
            self._terminal.__exit__(kind, error, trace)

    def show(self, event: Event) -> None:
        """What is taken is always drawn: no other text may stand in its place until the next hole."""
        taken, self._worked = self._worked and isinstance(event, Filled), isinstance(event, Step | Trial)
        if self._watch.see(event) and (taken or self._clock() >= self._next):
            self._draw()

    def make_way(self) -> None:
        self._terminal.release()

    def _draw(self) -> None:
        started = self._clock()
        columns, rows = self._terminal.size
        # A column is left free: what stands in the last one makes some terminals begin a new line.
        look = Look(width=columns - 1, height=rows, view=self._view, signs=self._theme.colors is Colors.none)
        lines = draw(picture(self._watch.scene(), look), self._theme)
        self._tallest = min(max(self._tallest, len(lines)), rows)
        lines[-2:-2] = [Line("", 0)] * (self._tallest - len(lines) if len(lines) > 1 else 0)
        self._terminal.draw(lines)
        ended = self._clock()
        self.spent += ended - started
        self._next = started + max(1 / FRAMES_PER_SECOND, min((ended - started) / _SHARE, _LONGEST))


class PlainScreen:
    """Writes each step as plain text, for `--animate always` into a pipe: states are told in characters."""

    def __init__(
        self, stream: TextIO, pieces: Pieces, clock: Callable[[], float], *, view: View = View.text, width: int = 80
    ) -> None:
        self._watch = Watch(pieces, clock)
        self._clock = clock
        self._stream = stream
        self._look = Look(width=width, height=24, view=view, signs=True)
        self.spent = 0.0

    def __enter__(self) -> PlainScreen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.flush()

    def show(self, event: Event) -> None:
        if not self._watch.see(event):
            return
        started = self._clock()
        lines = (line.rstrip() for line in picture(self._watch.scene(), self._look).lines)
        print("\n".join((*lines, "")), file=self._stream, flush=True)
        self.spent += self._clock() - started

    def make_way(self) -> None:
        """Lines of text are in nobody's way."""


def draw(frame: Picture, theme: Theme) -> list[Line]:
    """The lines of a picture with their codes. Nothing else in them can steer a terminal: texts came as pictures."""
    return [
        Line("".join(theme.paint(run.text, run.tag) for run in row), sum(run.width for run in row))
        for row in frame.rows
    ]
