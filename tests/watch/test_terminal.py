"""Signals that come in the middle of a frame wait for its end."""

from __future__ import annotations

import io
import os
import signal

import pytest

from dgcli.watch.terminal import Line, Terminal

FRAME = (Line("one", 3), Line("two", 3))


class Struck(io.StringIO):
    """A stream that a signal reaches when half of a frame has been written."""

    number: int | None = None

    def write(self, text: str) -> int:
        number = self.number
        if number is None or "one" not in text:
            return super().write(text)
        self.number = None
        half = len(text) // 2
        written = super().write(text[:half])
        signal.raise_signal(number)
        return written + super().write(text[half:])


@pytest.fixture
def stream() -> Struck:
    return Struck()


def test_suspended_in_the_middle_of_a_frame(stream: Struck, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[str] = []
    monkeypatch.setattr(os, "kill", lambda process, number: stopped.append(stream.getvalue()))
    terminal = Terminal(stream, lambda: terminal.draw(FRAME))
    with terminal:
        stream.number = signal.SIGTSTP
        terminal.draw(FRAME)
        after = stream.getvalue()
    (seen,) = stopped
    assert "one\x1b[K\r\ntwo\x1b[K\x1b[J\x1b[?2026l\r\n" in seen  # all of it, and below it the shell's own words
    assert seen.endswith("\x1b[?7h\x1b[?25h")
    assert after[len(seen) :].count("two") == 1  # drawn again
    assert not terminal._drawn


def test_a_window_resized_in_the_middle_of_a_frame(stream: Struck) -> None:
    terminal = Terminal(stream, lambda: terminal.draw((Line("redrawn", 7),)))
    with terminal:
        stream.number = signal.SIGWINCH
        terminal.draw(FRAME)
        seen = stream.getvalue()
    assert seen.index("\x1b[?2026l") < seen.index("redrawn")
    assert seen.count("redrawn") == 1


def test_signals_mean_afterwards_what_they_meant(stream: Struck) -> None:
    numbers = (signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    with Terminal(stream, lambda: None) as terminal:
        terminal.draw(FRAME)
        assert signal.getsignal(signal.SIGTSTP) is not before[0]
    assert [signal.getsignal(number) for number in numbers] == before
