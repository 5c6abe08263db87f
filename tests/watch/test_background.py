"""A terminal is asked for its background, and says this or that: a child on a pseudo-terminal of its own."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from dgcli.watch import background
from dgcli.watch.background import theme_on
from dgcli.watch.view import ThemeName

CHILD = """
import os, select, sys, termios, tty
terminal = os.open(sys.argv[1], os.O_RDWR)  # of this session from now on
from dgcli.watch.background import background
print(background(sys.argv[1], sys.argv[2], float(sys.argv[3])))
tty.setcbreak(terminal, termios.TCSANOW)
print(os.read(terminal, 99) if select.select([terminal], [], [], 0)[0] else b"")
"""
ALL, NOTHING_MORE = b"\x1b]11;rgb:ffff/8080/0000\x1b\\", b"\x1b[?1;2c"
LONG = "60"  # seconds, which are over only where an answer is not understood

asks = pytest.mark.skipif(not background._puts_back(), reason="this system lets no program put keys back")


@contextlib.contextmanager
def child(terminal: int, term: str = "xterm", seconds: str = LONG) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", CHILD, os.ttyname(terminal), term, seconds]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE, text=True) as process:
        yield process


@pytest.fixture
def ends() -> Iterator[tuple[int, int]]:
    """Ours, which is the terminal, and the child's."""
    both = os.openpty()
    yield both
    for end in both:
        os.close(end)


def told(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.read().splitlines()


@asks
@pytest.mark.parametrize(
    ("answer", "color"),
    [
        (ALL + NOTHING_MORE, (1.0, 0x80 / 0xFF, 0.0)),
        (b"\x1b]11;rgb:ff/80/00\x07" + NOTHING_MORE, (1.0, 0x80 / 0xFF, 0.0)),
        (b"\x1b]11;rgba:F/0/0/F\x1b\\" + NOTHING_MORE, (1.0, 0.0, 0.0)),
        (NOTHING_MORE, None),
        (b"\x1b]11;?\x1b\\" + NOTHING_MORE, None),
    ],
)
def test_a_terminal_tells_its_background_or_that_it_does_not(
    ends: tuple[int, int], answer: bytes, color: tuple[float, ...] | None
) -> None:
    ours, theirs = ends
    with child(theirs) as process:
        asked = b""
        while not asked.endswith(b"\x1b[c"):
            asked += os.read(ours, 99)
        assert asked == b"\x1b]11;?\x1b\\\x1b[c"
        os.write(ours, answer)
        assert told(process)[0] == str(color)


@asks
def test_what_is_typed_before_the_answer_is_there_is_put_back(ends: tuple[int, int]) -> None:
    ours, theirs = ends
    with child(theirs) as process:
        os.read(ours, 99)
        os.write(ours, b"l" + ALL + b"s \x1b[A" + NOTHING_MORE)
        color, keys = told(process)
    assert color.startswith("(1.0,")
    assert keys == str(b"ls \x1b[A")


def test_where_keys_wait_nothing_is_asked(ends: tuple[int, int]) -> None:
    ours, theirs = ends
    os.write(ours, b"ls")
    with child(theirs) as process:
        assert told(process) == ["None", str(b"ls")]
    assert b"\x1b" not in os.read(ours, 99)


@pytest.mark.parametrize(("term", "seconds"), [("dumb", LONG), ("linux", LONG), ("xterm", "0.01")])
def test_a_terminal_that_cannot_be_asked_or_is_slow_is_no_error(ends: tuple[int, int], term: str, seconds: str) -> None:
    with child(ends[1], term, seconds) as process:
        assert told(process) == ["None", str(b"")]


def test_what_is_no_terminal_has_no_background() -> None:
    assert background.background(os.devnull, "xterm", 60) is None


@pytest.mark.parametrize(
    ("ground", "theme"),
    [
        ("ffffff", ThemeName.light),
        ("fdf6e3", ThemeName.light),
        ("999999", ThemeName.light),
        ("000000", ThemeName.dark),
        ("002b36", ThemeName.dark),
        ("300a24", ThemeName.dark),
    ],
)
def test_text_is_dark_where_that_is_read_better(ground: str, theme: ThemeName) -> None:
    red, green, blue = (int(part, 16) / 255 for part in re.findall("..", ground))
    assert theme_on((red, green, blue)) is theme
