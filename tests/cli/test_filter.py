"""A filter as editors run it: its stdout and stderr are one file, and that takes the text's place."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Dg
from tests.reliability.process import COMMAND, DRAFT, FILLED, PATIENCE, variables

LETTER = b"We go there now.\n\nAnd it is good.\n"
FORMAL = ("restyle", "--register", "formal")
WORKING: dict[str, tuple[tuple[str, ...], bytes, bytes]] = {
    "infill": (("infill",), DRAFT, FILLED),
    "infill by dash": (("infill", "-"), DRAFT, FILLED),
    "restyle": (FORMAL, LETTER, rb"[^\n]+\n\n[^\n]+\n"),
    "restyle with a view": ((*FORMAL, "--animate", "always"), LETTER, rb"[^\n]+\n\n[^\n]+\n"),
    "generate": (("generate", "Go on.", "--max-tokens", "4"), LETTER, rb"[^\n]*\n"),
    "verbose": ((*FORMAL, "-v", "--strength", "0"), LETTER, re.escape(LETTER)),
}
FAILING: dict[str, tuple[tuple[str, ...], bytes, int]] = {
    "no mark": (("infill",), LETTER, 4),
    "not UTF-8": (FORMAL, b"one\n\n\xff\n", 4),
    "not UTF-8 for infill": (("infill", "-"), b"\xff [[?]]\r\n", 4),
    "to stdout by dash": (("infill", "-", "-o", "-"), LETTER, 4),
    "no register": (("restyle",), LETTER, 2),
    "no such model": ((*FORMAL, "-m", "missing"), LETTER, 3),
    "no such option": ((*FORMAL, "--stregnth", "1"), LETTER, 2),
    "no number": (("infill", "--steps", "many"), DRAFT, 2),
    "no such command": (("restlye", "--register", "formal"), LETTER, 2),
    "no command": (("--register", "formal"), LETTER, 2),
    "in place": (("infill", "-i"), DRAFT, 2),
    "an empty prompt": (("generate",), b" \n", 4),
}


def filtered(*arguments: str, home: Path, text: bytes, steps: bool = True) -> tuple[int, bytes]:
    """The exit code, and what stands in the text's place."""
    options = ("--steps", "2", "--seed", "1") if steps else ()
    done = subprocess.run(
        [*COMMAND, *arguments, *options],
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=variables(home),
        cwd=home,
        timeout=PATIENCE,
        check=False,
        start_new_session=True,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("name", WORKING)
def test_a_filter_puts_nothing_into_the_text(tmp_path: Path, name: str) -> None:
    arguments, text, expected = WORKING[name]
    code, result = filtered(*arguments, home=tmp_path, text=text)
    assert code in (0, 5)
    assert re.fullmatch(expected, result, re.DOTALL), result
    assert b"dg:" not in result


@pytest.mark.parametrize("name", FAILING)
def test_a_filter_that_fails_gives_the_text_back(tmp_path: Path, name: str) -> None:
    arguments, text, code = FAILING[name]
    assert filtered(*arguments, home=tmp_path, text=text, steps=False) == (code, text)


def test_a_filter_that_is_interrupted_gives_the_text_back(tmp_path: Path) -> None:
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    command = [*COMMAND, *FORMAL, "--steps", "2000", "--record", "run.jsonl"]
    with subprocess.Popen(command, cwd=tmp_path, env=variables(tmp_path), start_new_session=True, **options) as process:
        assert process.stdin is not None
        process.stdin.write(LETTER * 50)
        process.stdin.close()
        while not (tmp_path / "run.jsonl").exists():  # it is at work then
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        assert process.stdout.read() == LETTER * 50
    assert process.returncode == 130


@pytest.mark.parametrize("arguments", [("infill", "missing.md"), ("restyle",), ("infill", "-i", "draft.md", "--bad")])
def test_a_command_that_is_no_filter_says_what_is_wrong_and_reads_nothing(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """The text of `restyle` never comes: that is no filter either."""
    (tmp_path / "draft.md").write_bytes(DRAFT)
    reader, writer = os.pipe()
    try:
        done = subprocess.run(
            [*COMMAND, *arguments],
            stdin=reader,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=variables(tmp_path),
            cwd=tmp_path,
            timeout=PATIENCE,
            check=False,
        )
    finally:
        os.close(reader)
        os.close(writer)
    assert done.returncode in (2, 4)
    assert b"missing.md cannot be read" in done.stdout or b"register" in done.stdout or b"--bad" in done.stdout


def test_with_a_stderr_of_its_own_a_filter_says_what_it_does(dg: Dg) -> None:
    outcome = dg("infill", stdin=DRAFT)
    assert outcome.code == 0
    assert "seed" in outcome.stderr
    assert re.fullmatch(FILLED, outcome.stdout, re.DOTALL)


def test_a_loop_over_lines_keeps_them_where_stdin_is_left_alone(tmp_path: Path) -> None:
    one = " ".join((*(f"'{part}'" for part in COMMAND), 'generate "$word" -q --steps 1 --max-tokens 2 --no-stdin'))
    line = f"printf 'a\\nb\\nc\\n' | while read word; do {one} > /dev/null; echo $word; done"
    done = subprocess.run(["bash", "-c", line], env=variables(tmp_path), cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout == b"a\nb\nc\n"


def test_what_is_read_beside_a_prompt_is_said(dg: Dg) -> None:
    outcome = dg("generate", "Say hi", "--steps", "1", stdin=b"a\nb\n")
    assert "read 4 bytes of standard input as context; --no-stdin leaves it alone" in outcome.stderr
    assert "context" not in dg("generate", "Say hi", "--steps", "1", "--no-stdin", stdin=b"a\n").stderr
    assert dg("generate", "--no-stdin", stdin=b"a prompt").code == 2


@pytest.mark.parametrize("arguments", [("infill",), FORMAL, ("generate",), ("generate", "Say hi")])
def test_a_stdin_that_says_nothing_is_named(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    with subprocess.Popen(
        [*COMMAND, *arguments], stdin=reader, stderr=subprocess.PIPE, env=variables(tmp_path), cwd=tmp_path
    ) as process:
        os.close(reader)
        assert process.stderr is not None
        said = process.stderr.readline()
        while said.startswith(b"dg: using"):  # restyle loads its model before it reads
            said = process.stderr.readline()
        assert said.startswith(b"dg: waiting for text on standard input")
        os.close(writer)
        process.communicate()
    assert process.returncode in (0, 4)
