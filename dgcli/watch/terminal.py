"""A place on a terminal to draw on again and again; whatever happens, the terminal is given back as it was."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any, TextIO

_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"
_CUT, _WRAP = "\x1b[?7l", "\x1b[?7h"  # what a line that is too long does
_HOLD, _SHOW_ALL = "\x1b[?2026h", "\x1b[?2026l"  # a terminal that knows these shows a frame all at once
_ENTER, _LEAVE = "\x1b[?1049h", "\x1b[?1049l"  # the screen beside the shell's
_FALLBACK = (80, 24)
_ENDING = (signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Line:
    """A line with its codes, and how many columns it takes."""

    data: str
    width: int


class Terminal:
    """Draws frames over each other, in place or on the `whole` screen.

    While it is open the cursor is hidden and keys are not echoed. SIGTERM and SIGHUP leave through `SystemExit`, so
    that all is restored; before the process is suspended all is restored too, and when it goes on `redraw` is called,
    as after a change of the window's size. With `keys`, keys can be read as they are pressed.
    """

    def __init__(self, stream: TextIO, redraw: Callable[[], None], *, whole: bool = False, keys: bool = False) -> None:
        self._stream = stream
        self._redraw = redraw
        self._whole = whole
        self._keys = keys
        self._drawn: tuple[Line, ...] = ()
        self._before: dict[int, Any] = {}  # signal handlers
        self._taken = False
        self._cleared = 0  # what was switched off in the terminal's local modes
        self._set = 0  # and what on
        self._busy = False
        self._missed: list[Callable[[], None]] = []  # what signals asked for meanwhile

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of the window."""
        with contextlib.suppress(OSError, ValueError):
            size = os.get_terminal_size(self._stream.fileno())
            if size.columns > 0 and size.lines > 0:
                return size.columns, size.lines
        return _FALLBACK

    def __enter__(self) -> Terminal:
        actions = {signal.SIGTSTP: self._suspend, signal.SIGCONT: self._go_on, signal.SIGWINCH: self._redraw}
        if threading.current_thread() is threading.main_thread():
            for number, action in actions.items():
                self._before[number] = signal.signal(number, self._when_whole(action))
            for number in _ENDING:
                if signal.getsignal(number) is signal.SIG_DFL:
                    self._before[number] = signal.signal(number, _end)
        self._take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _uninterrupted():
            if kind is KeyboardInterrupt:
                self._forget_keys()
            self.release()
            for number, handler in self._before.items():
                signal.signal(number, handler)
            self._before.clear()

    def draw(self, lines: Sequence[Line]) -> None:
        """Replace what was drawn before by `lines`, at most as many as the window has rows."""
        if not self._foreground:
            return
        with self._undisturbed():
            if not self._taken:
                self._take()
            body = "\x1b[K\r\n".join(line.data for line in lines)
            self._write(f"{_HOLD}{self._back()}{body}\x1b[K\x1b[J{_SHOW_ALL}")
            self._drawn = tuple(lines)

    def leave(self) -> None:
        """Let what was drawn stay where it is; what comes next goes below it."""
        with self._undisturbed():
            if self._drawn and not self._whole:
                self._write("\r\n")
            self._drawn = ()

    def erase(self) -> None:
        """Take away what was drawn."""
        with self._undisturbed():
            if self._drawn and not self._whole:
                self._write(self._back() + "\x1b[J")
            self._drawn = ()

    def release(self) -> None:
        """Take away what was drawn, and give the terminal back until the next frame."""
        with self._undisturbed():
            self.erase()
            self._give_back()

    def _back(self) -> str:
        """To the first cell of what was drawn. Lines that a narrower window has broken since then count as often."""
        if self._whole:
            return "\x1b[H"
        columns = self.size[0]
        rows = sum(max(1, -(-line.width // columns)) for line in self._drawn)
        return f"\r\x1b[{rows - 1}A" if rows > 1 else "\r"

    def _take(self) -> None:
        if self._foreground:
            self._taken = True
            self._write((_ENTER if self._whole else "") + _HIDE + _CUT)
            self._modes(ours=True)

    def _give_back(self) -> None:
        if self._taken:
            self._taken = False
            self._modes(ours=False)
            self._write(_WRAP + _SHOW + (_LEAVE if self._whole else ""))

    def _suspend(self) -> None:
        with self._undisturbed():
            self._forget_keys()
            self.leave()
            self._give_back()
            handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTSTP)  # here the process stops, unless nobody could wake it
            signal.signal(signal.SIGTSTP, handler)
            self._missed.append(self._go_on)

    def _go_on(self) -> None:
        with self._undisturbed():
            self._drawn = ()
            self._take()
        self._redraw()

    def _when_whole(self, action: Callable[[], None]) -> Callable[[int, FrameType | None], None]:
        """A handler of signals that does not act in the middle of a frame: what was written of it would be half."""

        def handle(number: int, frame: FrameType | None) -> None:
            if self._busy:
                self._missed.append(action)
            else:
                action()

        return handle

    @contextlib.contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """No signal draws or stops the process in the middle of this, but at its end."""
        if self._busy:
            yield
            return
        self._busy = True
        try:
            yield
        finally:
            self._busy = False
        while self._missed:
            self._missed.pop(0)()

    @property
    def _foreground(self) -> bool:
        """Whether the terminal is ours to draw on: a job in the background leaves it to the shell."""
        try:
            return os.tcgetpgrp(self._stream.fileno()) == os.getpgrp()
        except (OSError, ValueError):
            return True  # it has no jobs

    def _modes(self, *, ours: bool) -> None:
        """Keys that are typed meanwhile would stand in the middle of the picture, and a Ctrl-Z or Ctrl-C would throw
        away the part of a frame that has not reached the screen."""
        import termios

        with contextlib.suppress(OSError, ValueError, termios.error):
            if not self._foreground:
                return
            file = self._stream.fileno()
            modes = termios.tcgetattr(file)
            if ours:
                self._cleared |= modes[3] & (termios.ECHO | (termios.ICANON if self._keys else 0))
                self._set |= ~modes[3] & termios.NOFLSH
                modes[3] = modes[3] & ~self._cleared | self._set
            else:  # nothing but these: another program may have set modes of its own meanwhile
                modes[3] = modes[3] & ~self._set | self._cleared
                self._cleared = self._set = 0
            termios.tcsetattr(file, termios.TCSANOW, modes)

    def _forget_keys(self) -> None:
        """What a key that interrupts does to keys before it where the modes are not ours."""
        import termios

        with contextlib.suppress(OSError, ValueError, termios.error):
            termios.tcflush(self._stream.fileno(), termios.TCIFLUSH)

    def _write(self, data: str) -> None:
        with contextlib.suppress(OSError):  # a terminal that went away: the run goes on without it
            self._stream.write(data)
            self._stream.flush()


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """A second Ctrl-C does not keep the terminal from being restored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
