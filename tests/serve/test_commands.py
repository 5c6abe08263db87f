"""The commands use a server that runs with the model that they would load: the same bytes, seed for seed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dgcli.cli import reading
from dgcli.platform.environment import Environment
from dgcli.serve.places import socket_in
from tests import checkpoints
from tests.checkpoints import TINY
from tests.cli.conftest import Dg, Outcome
from tests.serve.answering import EVENTS, answering, whole
from tests.serve.conftest import Running

Both = Callable[..., tuple[Outcome, Outcome]]
MAIL = "Can you send it to me?\n\n```\ncode\n```\n"


@pytest.fixture
def both(running: Running, dg: Dg, monkeypatch: pytest.MonkeyPatch) -> Both:
    """A command by the server, which loads no model, and by itself, which asks no server.

    `kept`: a file to compare in place of stdout.
    """

    def run(*arguments: str, kept: str = "", **options: Any) -> tuple[Outcome, Outcome]:
        with monkeypatch.context() as patch:
            patch.setattr("dgcli.engine.loading.load", lambda *given, **more: pytest.fail("a model was loaded"))
            there = dg(*arguments, XDG_RUNTIME_DIR=str(running.folder.parent), **options)
        if kept:
            there = replace(there, stdout=Path(kept).read_bytes())
        with monkeypatch.context() as patch:
            patch.setattr("dgcli.serve.client.Client._connect", lambda *given: pytest.fail("a server was asked"))
            here = dg(*arguments, "--no-server", XDG_RUNTIME_DIR=str(running.folder.parent), **options)
        if kept:
            here = replace(here, stdout=Path(kept).read_bytes())
        return there, here

    return run


@pytest.mark.parametrize(
    "arguments",
    [
        ("infill", "draft.md", "--seed", "3", "--steps", "2"),
        ("infill", "draft.md", "--seed", "3", "--steps", "2", "-n", "2"),
        (
            "infill",
            "draft.md",
            "--steps",
            "2",
            "--seed",
            "3",
            "--match",
            "One",
            "--strength",
            "0.5",
            "--hint",
            "a word",
        ),
        ("infill", "draft.md", "--seed", "3", "--steps", "2", "--marker", "TWO"),
        ("infill", "draft.md", "--seed", "3", "--steps", "2", "--diff"),
        ("restyle", "mail.txt", "--register", "formal", "--seed", "3", "--steps", "1", "--keep", "me"),
        ("restyle", "-", "--register", "formal", "--seed", "3", "--steps", "1"),
        ("generate", "A haiku", "--seed", "3", "--steps", "2"),
        ("infill", "none.md"),
    ],
)
def test_the_same_bytes_and_words(both: Both, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "draft.md").write_text("One [[?]] TWO.\n")
    (tmp_path / "mail.txt").write_text(MAIL)
    (tmp_path / "none.md").write_text("No hole.\n")
    there, here = both(*arguments, stdin=MAIL.encode())
    assert there == here


def test_json_is_the_same_but_for_the_time(both: Both, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_text("One [[?]] two.\n")
    there, here = (
        json.loads(each.stdout) for each in both("infill", "draft.md", "--seed", "3", "--steps", "2", "--json")
    )
    assert there | {"seconds": 0} == here | {"seconds": 0}


@pytest.mark.parametrize("command", [("infill", "draft.md"), ("generate", "A haiku")])
def test_recordings_are_the_same_but_for_times(both: Both, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "draft.md").write_text("One [[?]] two.\n")
    there, here = both(*command, "--seed", "3", "--steps", "2", "--record", "run.jsonl", kept="run.jsonl")
    assert _timeless(there.stdout) == _timeless(here.stdout)


def _timeless(recorded: bytes) -> list[dict[str, Any]]:
    times = dict.fromkeys(("ms", "sampling_ms", "at", "head_ms_per_token"), 0)
    return [json.loads(line) | times for line in recorded.splitlines()]


def test_what_is_drawn_is_the_same(both: Both, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_text("One [[?]] two.\n")
    there, here = both("infill", "draft.md", "--seed", "3", "--steps", "2", "--animate", "always")
    assert there == here
    assert "step" in there.stderr


def test_another_model_is_loaded(running: Running, dg: Dg, tmp_path: Path) -> None:
    """Even one of the same name and place, if a file of it is another now."""
    runtime = str(running.folder.parent)
    other = checkpoints.copy(tmp_path / "other")
    (tmp_path / "draft.md").write_text("One [[?]] two.\n")
    outcome = dg("infill", "draft.md", "--steps", "1", "-v", model=str(other), XDG_RUNTIME_DIR=runtime)
    assert "loaded" in outcome.stderr
    served = dg("infill", "draft.md", "--steps", "1", "-v", XDG_RUNTIME_DIR=runtime)
    assert f"is run by the server, process {os.getpid()}" in served.stderr
    cached = dg(
        "infill", "draft.md", "--steps", "1", "-v", "--cache", XDG_RUNTIME_DIR=runtime, XDG_CACHE_HOME=str(tmp_path)
    )
    assert "loaded" in cached.stderr


def test_with_a_server_no_library_of_the_model_is_imported(running: Running, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom dgcli.__main__ import main\ntry:\n    main()\nfinally:\n"
        "    heavy = ('mlx', 'numpy', 'tokenizers', 'jinja2', 'starlette', 'uvicorn', 'transformers')\n"
        "    ours = ('dgcli.engine', 'dgcli.model', 'dgcli.platform.backend', 'dgcli.checkpoint.weights')\n"
        "    found = [each for each in sys.modules if each.split('.')[0] in heavy or each.startswith(ours)]\n"
        "    print(found, file=sys.stderr)\n"
    )
    (tmp_path / "draft.md").write_text("One [[?]] two.\n")
    found = subprocess.run(
        [sys.executable, "-c", code, "infill", "draft.md", "--seed", "1", "--steps", "1", "-v"],
        cwd=tmp_path,
        env={**os.environ, "XDG_RUNTIME_DIR": str(running.folder.parent), "DG_MODEL": str(TINY)},
        capture_output=True,
        check=True,
    )
    assert found.stderr.decode().splitlines()[-1] == "[]", found.stderr.decode()


def test_a_server_that_dies_under_a_run_is_told_of(running: Running, dg: Dg, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_text("One [[?]] two.\n")
    (tmp_path / "dg").mkdir(mode=0o700)
    status = running.ask("/dg/status", method="GET")[1]
    with answering(socket_in(tmp_path / "dg"), whole(status), whole({"hardly_known": False}), EVENTS):
        outcome = dg("infill", "-i", "draft.md", XDG_RUNTIME_DIR=str(tmp_path))
    assert outcome.code == 1
    assert "went away" in outcome.stderr
    assert (tmp_path / "draft.md").read_text() == "One [[?]] two.\n"


@pytest.mark.parametrize("option", ["--status", "--stop"])
def test_a_server_that_does_not_answer_is_told_of_with_its_process(dg: Dg, tmp_path: Path, option: str) -> None:
    """It loads, or hangs; what a killed one left is no server."""
    pytest.importorskip("uvicorn", reason="needs the extra `serve`")
    from dgcli.serve.server import _locked

    with _locked(tmp_path / "dg"):
        hanging = dg("serve", option, XDG_RUNTIME_DIR=str(tmp_path))
    assert hanging.code == 1
    assert f"process {os.getpid()}, does not answer" in hanging.stderr
    gone = dg("serve", option, XDG_RUNTIME_DIR=str(tmp_path))
    assert (gone.code, gone.stderr) == (1, "dg: no server is running.\n")


def test_a_pipe_that_goes_on_is_restyled_here_as_it_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise nothing would come out before its end."""
    monkeypatch.setattr(reading, "_AHEAD", 0.05)
    read, write = os.pipe()
    with os.fdopen(read, "rb") as stdin, os.fdopen(write, "wb", buffering=0) as feeding:
        env = Environment(stdin, sys.stdout.buffer, sys.stderr, {}, lambda: 0.0, tmp_path)
        feeding.write(b"One.\nTwo")
        ahead, whole = reading.ahead(env, 1000)
        assert not whole
        lines = reading.lines(ahead, quiet=True)
        assert next(lines) == "One.\n"
        feeding.write(b" words.\nThree.\n")
        assert next(lines) == "Two words.\n"
        feeding.close()
        assert list(lines) == ["Three.\n"]


def test_a_pipe_that_ends_is_there_as_a_whole(tmp_path: Path) -> None:
    read, write = os.pipe()
    with os.fdopen(read, "rb") as stdin:
        with os.fdopen(write, "wb") as feeding:
            feeding.write(b"One.\nTwo.")
        ahead, whole = reading.ahead(Environment(stdin, sys.stdout.buffer, sys.stderr, {}, lambda: 0.0, tmp_path), 1000)
        assert whole
        assert list(reading.lines(ahead, quiet=True)) == ["One.\n", "Two."]
