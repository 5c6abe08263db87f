"""Keys as a terminal sends them, through a pseudo-terminal."""

from __future__ import annotations

import os
import termios

import pytest

from dgcli.watch.keys import Keys


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        (b"q", ["q"]),
        (b"\x1b[A\x1b[B", ["up", "down"]),
        (b"\x1bOC\x1bOD", ["right", "left"]),
        (b"\r\n ", ["enter", "enter", "space"]),
        (b"\x1b", ["escape"]),
        (b"\x1b[5~r", ["page up", "r"]),
        ("éx".encode(), ["é", "x"]),
        (b"\x1b[1;5Cq", ["\x1b[1;5C", "q"]),  # without a name, but one key
    ],
)
def test_names(sent: bytes, names: list[str]) -> None:
    ours, theirs = os.openpty()
    try:
        before = termios.tcgetattr(theirs)
        with Keys(os.ttyname(theirs)) as keys:
            os.write(ours, sent)
            assert [keys.read(1) for _ in names] == names
            assert keys.read(0) is None
        assert termios.tcgetattr(theirs) == before
    finally:
        os.close(ours)
        os.close(theirs)


def test_what_is_no_terminal() -> None:
    with pytest.raises(OSError, match="ioctl"), Keys(os.devnull):
        pass
