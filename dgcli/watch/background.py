"""The background of a terminal, which it tells when it is asked (OSC 11). It answers where keys come in.

Nothing that is typed is lost: where keys wait already, nothing is asked, and what is typed before the answer is there
is put back. Where a system does not let a program do that, as Linux may, nothing is asked either.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import termios
import time
import tty
from collections.abc import Iterator
from pathlib import Path

from dgcli.watch.view import ThemeName

Rgb = tuple[float, float, float]  # each 0 … 1

_QUESTION = b"\x1b]11;?\x1b\\\x1b[c"  # the second is what it is: terminals that do not know the first answer that one
_COLOR = re.compile(rb"\x1b\]11;rgba?:([0-9a-f]{1,4})/([0-9a-f]{1,4})/([0-9a-f]{1,4})[^\x07\x1b]*(?:\x07|\x1b\\)", re.I)
_LAST = re.compile(rb"\x1b\[\?[\d;]*c")  # the answer to the second
_CUT = re.compile(rb"\x1b(?:\][^\x07\x1b]*\x1b?|\[\?[\d;]*)\Z")  # an answer of which there was no time for the end
_MUTE = ("dumb", "linux")  # terminals that would show what they are asked
_DARK_TEXT = 0.179  # luminance: on what is lighter, black has more contrast than white (WCAG 2)
_FORBIDDEN = Path("/proc/sys/dev/tty/legacy_tiocsti")  # holds a 0 where Linux lets nobody put keys back


def background(path: str, term: str, seconds: float) -> Rgb | None:
    """The background of the terminal at `path`; None where it does not tell within so many seconds.

    `term` is its kind, as TERM has it. That it cannot be asked is not an error.
    """
    if term in _MUTE or not _puts_back():
        return None
    with contextlib.suppress(OSError, termios.error), _raw(path) as terminal:
        if _ready(terminal, 0):
            return None
        os.write(terminal, _QUESTION)
        answer = _answer(terminal, time.monotonic() + seconds)
        _put_back(terminal, _CUT.sub(b"", _LAST.sub(b"", _COLOR.sub(b"", answer))))
        if found := _COLOR.search(answer):
            red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in found.groups())
            return red, green, blue
    return None


def theme_on(ground: Rgb) -> ThemeName:
    """The theme whose text is read best on a background."""
    linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in ground)
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return ThemeName.light if luminance > _DARK_TEXT else ThemeName.dark


@contextlib.contextmanager
def _raw(path: str) -> Iterator[int]:
    """The terminal, whose keys come one by one and are not shown; after that it is as it was."""
    terminal = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        if os.tcgetpgrp(terminal) != os.getpgrp():
            raise OSError("a job in the background leaves the terminal alone")
        modes = termios.tcgetattr(terminal)
        try:
            tty.setcbreak(terminal, termios.TCSANOW)
            yield terminal
        finally:
            termios.tcsetattr(terminal, termios.TCSANOW, modes)
    finally:
        os.close(terminal)


def _answer(terminal: int, until: float) -> bytes:
    """What comes in up to the last answer."""
    data = b""
    while not _LAST.search(data) and _ready(terminal, until - time.monotonic()):
        data += os.read(terminal, 256)
    return data


def _ready(terminal: int, seconds: float) -> bool:
    return bool(select.select([terminal], [], [], max(0.0, seconds))[0])


def _puts_back() -> bool:
    with contextlib.suppress(OSError):
        return _FORBIDDEN.read_text().strip() != "0"
    return hasattr(termios, "TIOCSTI")


def _put_back(terminal: int, keys: bytes) -> None:
    for key in keys:
        fcntl.ioctl(terminal, termios.TIOCSTI, bytes([key]))
