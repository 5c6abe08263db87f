"""`dg lsp` as an editor starts it: a process with a model, and nothing on stdout but the protocol."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import dgcli
from dgcli import api
from dgcli.errors import ExitCode
from dgcli.tasks.restyle.manner import Manner
from dgcli.tasks.restyle.registers import find_register, read_registers
from dgcli.tasks.restyle.restyled import Part, Restyled
from tests.checkpoints import TINY
from tests.cli.conftest import Dg, dg
from tests.lsp.client import Editor
from tests.reliability.process import ENDLESS, variables

__all__ = ["dg"]
DRAFT = "# A walk\r\n\r\nThe dog 😀 [[?~3]] e\u0301 the hill [[?]].\r\n\r\nSo it is good.\r\n"
NOISY = """
import os
from dgcli.tasks.infill import hole
settle = hole.Hole.settle
def noisy(*given):
    print("a word", flush=True)
    os.write(1, b"another")
    return settle(*given)
hole.Hole.settle = noisy
"""
MAIN = "from dgcli.__main__ import main; main()"


@contextmanager
def serving(home: Path, *arguments: str, before: str = "") -> Iterator[tuple[Editor, subprocess.Popen[bytes]]]:
    """An editor, and the `dg lsp` that it started."""
    command = [sys.executable, "-c", before + MAIN, "lsp", "--stdio", *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=home, env=variables(home), **pipes) as process:  # type: ignore[call-overload]
        try:
            yield Editor(process.stdin, process.stdout), process
        finally:
            process.kill()


def test_the_result_is_that_of_the_library_and_stdout_is_the_protocol(tmp_path: Path) -> None:
    pytest.importorskip("pygls")
    with serving(tmp_path, "--seed", "7", before=NOISY) as (editor, process):
        editor.start(encodings=["utf-8"])
        uri = editor.open(DRAFT)
        editor.run(editor.actions(uri, "A walk")["Fill all 2 holes"])
        filled = editor.texts[uri]
        editor.run(editor.actions(uri, "good")["Restyle the selection as formal"])
        editor.leave()
        assert process.wait(600) == ExitCode.DONE
        assert process.stdout.read() == b""
        assert process.stderr.read() == 2 * b"a word\nanother"
    model = dgcli.load(TINY)
    assert filled == api.infill(model, DRAFT, seed=7, alternatives=3, name="draft.md").text
    formal = find_register("formal", read_registers())
    parts: list[Part] = []
    api.restyle_lines(
        model,
        [filled],
        Manner(register=formal.description, unlike=formal.unlike),
        parts.append,
        seed=7,
        format="markdown",
        at_once=True,
        only=(filled.index("good"), filled.index("good") + 4),
    )
    assert editor.texts[uri] == Restyled.of(parts).text


def test_a_run_ends_where_it_is_cancelled_and_where_the_editor_is_gone(tmp_path: Path) -> None:
    pytest.importorskip("pygls")
    with serving(tmp_path, "--steps", "1000000", before=ENDLESS) as (editor, process):
        editor.start()
        uri = editor.open(DRAFT)
        for _ in range(2):
            number = editor.command("dg.fillAll", uri)
            editor.until(lambda message: "step 2 of" in str(message.get("params", {})))
            editor.notify("$/cancelRequest", id=number)
            assert editor.answer(number)["error"]["code"] == -32800
        editor.command("dg.fillAll", uri)
        editor.until(lambda message: "step 2 of" in str(message.get("params", {})))
        editor.to.close()
        assert process.wait(600) == ExitCode.FAILED
        assert process.stderr.read() == b""
    assert editor.texts[uri] == DRAFT


def test_without_its_package_a_sentence_says_how_to_install_it(dg: Dg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "dgcli.lsp.server", raising=False)
    monkeypatch.setitem(sys.modules, "pygls.lsp.server", None)
    monkeypatch.setitem(sys.modules, "lsprotocol", None)
    done = dg("lsp")
    assert (done.code, done.stdout) == (ExitCode.FAILED, b"")
    assert done.stderr == "dg: `dg lsp` needs pygls, which this Python lacks. Run `pip install 'dgcli[lsp]'`.\n"


def test_a_model_that_is_not_there_is_said_to_the_editor(tmp_path: Path) -> None:
    pytest.importorskip("pygls")
    with serving(tmp_path, "-m", "no-such-model") as (editor, process):
        editor.start()
        uri = editor.open(DRAFT)
        answer = editor.answer(editor.command("dg.fillAll", uri))
        assert answer["error"]["message"].startswith("no-such-model is not a model on this machine")
        editor.leave()
        assert process.wait(600) == ExitCode.DONE
