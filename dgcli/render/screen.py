"""The canvas on stderr: live on a terminal, or as plain lines into a pipe."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.style import Style
from rich.text import Text

from dgcli.canvas import CanvasStart, Event, Step
from dgcli.env import visible
from dgcli.frames import Frame, Pieces, State, frame

FRAMES_PER_SECOND = 30.0
STYLES = {
    State.HELD: Style(),
    State.NOISE: Style(dim=True),
    State.CHANGED: Style(bold=True, color="bright_yellow"),
    State.ACCEPTED: Style(color="green"),
    State.SETTLED: Style(bold=True),
}


class Screen(Protocol):
    """Shows a run as it happens."""

    def __enter__(self) -> Screen: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def show(self, event: Event) -> None: ...


class Watch:
    """Turns events into frames. Of a batch, the canvas that was announced last is shown."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._start: CanvasStart | None = None
        self._before: Step | None = None

    def see(self, event: Event) -> tuple[CanvasStart, Frame] | None:
        """The frame of `event`, if it is a step of the canvas that is shown."""
        if isinstance(event, CanvasStart):
            self._start, self._before = event, None
            return None
        if not isinstance(event, Step) or self._start is None or event.canvas != self._start.canvas:
            return None
        seen = self._start, frame(event, self._pieces, self._before)
        self._before = event
        return seen


class LiveScreen:
    """Draws on a terminal with Rich, at most 30 times a second, and clears up behind itself."""

    def __init__(self, stream: TextIO, pieces: Pieces, clock: Callable[[], float]) -> None:
        self._watch = Watch(pieces)
        self._clock = clock
        self._drawn = float("-inf")
        self._live = Live(console=Console(file=stream, stderr=True), auto_refresh=False, transient=True)

    def __enter__(self) -> LiveScreen:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def show(self, event: Event) -> None:
        seen = self._watch.see(event)
        now = self._clock()
        if seen is None or now - self._drawn < 1 / FRAMES_PER_SECOND:
            return
        self._drawn = now
        start, picture = seen
        self._live.update(Group(canvas_text(picture), Text(status(start, picture), style="dim")), refresh=True)


class PlainScreen:
    """Writes each step as a line of text, for `--animate always` into a pipe."""

    def __init__(self, stream: TextIO, pieces: Pieces) -> None:
        self._watch = Watch(pieces)
        self._stream = stream

    def __enter__(self) -> PlainScreen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.flush()

    def show(self, event: Event) -> None:
        seen = self._watch.see(event)
        if seen is not None:
            start, picture = seen
            print(f"{canvas_text(picture).plain}\n{status(start, picture)}", file=self._stream, flush=True)


def canvas_text(picture: Frame) -> Text:
    """The canvas as styled text; nothing in it can steer a terminal."""
    text = Text()
    for cell in picture.cells:
        text.append(visible(cell.text), STYLES[cell.state])
    return text


def status(start: CanvasStart, picture: Frame) -> str:
    """The line below the canvas."""
    hole = f"hole {start.hole}/{start.holes} · " if start.role != "answer" else ""
    return (
        f"{hole}step {picture.step}/{picture.of} · entropy {picture.mean_entropy:.3f}"
        f" · {picture.open} of {picture.free} tokens open"
    )
