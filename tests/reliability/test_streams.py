"""Streams that are closed, full, endless or gone. The result goes where it should, or one sentence says why not."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import pytest

from dgcli.cli import reading
from tests.cli.conftest import Dg
from tests.reliability.process import DRAFT, FILLED, sentence, shell, start


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    return tmp_path


def test_without_stdin(home: Path) -> None:
    done = shell("dg infill draft.md -q <&-", home)
    assert (done.returncode, done.stderr) == (0, b"")
    assert re.fullmatch(FILLED, done.stdout)


@pytest.mark.parametrize("closed", [">&-", "> /dev/full"])
def test_without_a_place_for_the_result(home: Path, closed: str) -> None:
    done = shell(f"dg infill draft.md -q {closed}", home)
    assert done.returncode == 1
    assert "cannot be written to stdout" in sentence(done.stderr)


@pytest.mark.parametrize("command", ["dg --help", "dg --version", "dg infill --help", "dg models --help"])
def test_without_a_place_for_the_help(home: Path, command: str) -> None:
    done = shell(f"{command} > /dev/full", home)
    assert done.returncode == 1
    assert "No space left" in sentence(done.stderr)


@pytest.mark.parametrize("stream", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("opened", [">", ">>"])
def test_a_stream_that_o_names_is_written_on(home: Path, stream: str, opened: str) -> None:
    """What others write to it before and behind stays."""
    done = shell(f"(echo one; dg infill draft.md -q -o {stream} && echo two) {opened} all.txt", home)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert re.fullmatch(rb"one\n(?s:.+)two\n", (home / "all.txt").read_bytes())
    assert re.fullmatch(FILLED, (home / "all.txt").read_bytes()[4:-4])


@pytest.mark.parametrize("closed", ["2> /dev/full"])
def test_without_anybody_to_tell(home: Path, closed: str) -> None:
    done = shell(f"dg infill draft.md -v {closed}", home)
    assert (done.returncode, done.stderr) == (0, b"")
    assert re.fullmatch(FILLED, done.stdout)


def test_nothing_said_ends_up_in_a_file_where_all_streams_are_closed(home: Path) -> None:
    done = shell("dg infill -i draft.md -v <&- >&- 2>&-", home)
    assert done.returncode == 0
    assert re.fullmatch(FILLED, (home / "draft.md").read_bytes())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_stdin_that_never_ends_can_be_interrupted(home: Path, number: signal.Signals, code: int) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with start("infill", "-", "-v", home=home, **pipes) as process:
        assert process.stdin is not None
        process.stdin.write(DRAFT * 20_000)  # more than a pipe holds: once it is taken, the command is reading
        process.stdin.flush()
        process.send_signal(number)
        said = process.communicate()[1]
    assert process.returncode == code
    assert b"Traceback" not in said


@pytest.mark.parametrize("command", [["infill", "-"], ["restyle", "--register", "formal"], ["infill", "endless"]])
def test_what_never_ends_is_refused(
    dg: Dg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setattr(reading, "LARGEST", 1000)
    (tmp_path / "endless").symlink_to("/dev/zero")
    outcome = dg(*command, stdin=b"x" * 10_000)
    assert (outcome.code, outcome.stdout) == (4, b"")
    assert "is larger than" in outcome.stderr
