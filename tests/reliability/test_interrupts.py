"""Ctrl-C at any moment: nothing is left behind, and nothing is said that a person did not ask for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dgcli.platform.interrupts import held, unwinding
from tests.reliability.process import DRAFT, TAKE_SIGNALS, start, variables, writing_for_ever

# The entry point, with a line on stdout as soon as it is reached: what Python does before is Python's own.
READY = f"""{TAKE_SIGNALS}
from dgcli import __main__ as entry
entry.leave_at_once()
print('ready', flush=True)
entry.main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_any_moment_of_starting_ends_it_without_a_word(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    command = [sys.executable, "-c", READY, "infill", "-i", "draft.md", "-q", "--steps", "2000"]
    for delay in (0, 0.01, 0.03, 0.06, 0.1, 0.2):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, cwd=tmp_path, env=variables(tmp_path), **pipes) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(delay)
            process.send_signal(number)
            said = process.communicate()[1]
        assert process.returncode == 128 + number
        assert said in (b"", b"dg: interrupted; no file was left half-written.\n")
        assert [path.name for path in tmp_path.iterdir()] == ["draft.md"]
        assert (tmp_path / "draft.md").read_bytes() == DRAFT


SLOW = f"""
from dgcli import __main__
{writing_for_ever("writing")}
unlink = writing.Path.unlink
writing.Path.unlink = lambda *given, **named: (time.sleep(0.3), unlink(*given, **named))
__main__.main()
"""


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("pause", [0, 0.005, 0.02, 0.05])
def test_a_second_signal_waits_until_the_first_has_cleaned_up(
    tmp_path: Path, second: signal.Signals, pause: float
) -> None:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    command = [sys.executable, "-c", TAKE_SIGNALS + SLOW, "infill", "-i", "draft.md", "-q", "--steps", "1"]
    with subprocess.Popen(command, cwd=tmp_path, env=variables(tmp_path), stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"writing\n"
        process.send_signal(signal.SIGINT)
        time.sleep(pause)
        process.send_signal(second)
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode in (128 + signal.SIGINT, 128 + second, -second)  # the last while Python itself ends
    assert [path.name for path in tmp_path.iterdir()] == ["draft.md"]
    assert (tmp_path / "draft.md").read_bytes() == DRAFT


def test_what_is_ignored_stays_ignored(tmp_path: Path) -> None:
    """A shell lets jobs in the background ignore Ctrl-C, and nohup lets them ignore SIGHUP."""
    (tmp_path / "draft.md").write_bytes(DRAFT)
    command = [sys.executable, "-m", "dgcli", "infill", "-i", "draft.md", "-q", "--steps", "1"]
    with subprocess.Popen(command, cwd=tmp_path, env=variables(tmp_path), preexec_fn=_ignore) as process:  # noqa: PLW1509
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGHUP)
            time.sleep(0.02)
    assert process.returncode == 0
    assert (tmp_path / "draft.md").read_bytes() != DRAFT


def _ignore() -> None:
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT as a person's terminal gives it, also where the tests run in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_what_library_code_makes_of_an_interrupt_is_an_interrupt() -> None:
    def imports() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ImportError("initialisation failed") from None

    with pytest.raises(KeyboardInterrupt), unwinding():
        imports()


@pytest.mark.usefixtures("interruptible")
def test_another_fault_stays_what_it_is_and_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with unwinding():
        assert signal.getsignal(signal.SIGTERM) != before[1]
    with pytest.raises(ValueError, match="mine"), unwinding():
        raise ValueError("mine")
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


@pytest.mark.usefixtures("interruptible")
def test_what_is_held_is_done_to_its_end() -> None:
    done = []

    def work() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        done.append("end")

    with pytest.raises(KeyboardInterrupt), held():
        work()
    assert done == ["end"]


def test_other_threads_have_no_signals_to_mind() -> None:
    done = []

    def work() -> None:
        with unwinding(), held():
            done.append("end")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == ["end"]


def test_a_command_that_waits_for_stdin_is_ended(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with start("infill", "-", home=tmp_path, stdin=reader, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert b"waiting for text on standard input" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b""
    os.close(reader)
    os.close(writer)
    assert process.returncode == 128 + signal.SIGINT
