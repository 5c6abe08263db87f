"""Single keys from a terminal, by name: `up`, `enter`, `q`. Over ssh and in tmux an arrow is a sequence of bytes."""

from __future__ import annotations

import os
import select
import termios
import tty
from types import TracebackType
from typing import Any

_NAMES = {
    b"\r": "enter",
    b"\n": "enter",
    b" ": "space",
    b"\t": "tab",
    b"\x7f": "backspace",
    b"\x03": "ctrl-c",
    b"\x04": "ctrl-d",
    b"\x1b": "escape",
    **{
        b"\x1b" + lead + last: name
        for lead in (b"[", b"O")
        for last, name in (
            (b"A", "up"),
            (b"B", "down"),
            (b"C", "right"),
            (b"D", "left"),
            (b"H", "home"),
            (b"F", "end"),
        )
    },
    b"\x1b[1~": "home",
    b"\x1b[7~": "home",
    b"\x1b[4~": "end",
    b"\x1b[8~": "end",
    b"\x1b[5~": "page up",
    b"\x1b[6~": "page down",
}
_LONGEST = 8  # bytes of a sequence
_REST = 0.05  # seconds in which the rest of a sequence comes, also over a slow line


class Keys:
    """Reads keys as they are pressed, without echo, from a terminal; gives it back as it was.

    Ctrl-C and Ctrl-Z go on to be signals.
    """

    def __init__(self, path: str = "/dev/tty") -> None:
        self._path = path

    def __enter__(self) -> Keys:
        """Raises OSError where there is no terminal."""
        self._descriptor = os.open(self._path, os.O_RDONLY | os.O_NOCTTY)
        try:
            self._modes: list[Any] = termios.tcgetattr(self._descriptor)
            tty.setcbreak(self._descriptor, termios.TCSADRAIN)
        except termios.error as error:
            os.close(self._descriptor)
            raise OSError(*error.args) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._modes)
        os.close(self._descriptor)

    def read(self, seconds: float | None = None) -> str | None:
        """The next key: a name, or the character itself; None if none comes in time.

        Raises:
            EOFError: the terminal is gone.
        """
        data = self._byte(seconds)
        if data is None:
            return None
        while not _complete(data) and len(data) < _LONGEST and (more := self._byte(_REST)) is not None:
            data += more
        return _NAMES.get(data) or data.decode(errors="replace")

    def _byte(self, seconds: float | None) -> bytes | None:
        ready, _, _ = select.select([self._descriptor], [], [], seconds)
        if not ready:
            return None
        data = os.read(self._descriptor, 1)
        if not data:
            raise EOFError("the terminal is gone")
        return data


def _complete(data: bytes) -> bool:
    """Whether the bytes are a whole character or a whole sequence. Escape alone may be the beginning of one."""
    if data.startswith(b"\x1b"):
        return len(data) > 2 and (data[-1:].isalpha() or data[-1:] == b"~")
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
