"""`--cache`: a later run writes the same, what is kept lies in one folder, and without the option nothing is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Dg

DRAFT = b"It was late, and the sun was low. The old man went down to the river, and there he saw [[?]] in the water.\n"
COMMANDS = (
    ("infill", "-", "--seed", "1", "--steps", "2"),
    ("restyle", "--register", "formal", "--seed", "1", "--steps", "1"),
    ("generate", "--seed", "1", "--max-tokens", "4"),
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_later_run_writes_the_same(dg: Dg, home: Path, command: tuple[str, ...]) -> None:
    plain = dg(*command, stdin=DRAFT)
    assert not home.exists()
    first = dg(*command, "--cache", stdin=DRAFT)
    folder = home / ".cache" / "dg" / "prompts"
    kept = {path: path.read_bytes() for path in folder.iterdir()}
    assert kept
    assert dg(*command, "--cache", stdin=DRAFT) == first == plain
    assert {path: path.read_bytes() for path in folder.iterdir()} == kept
    assert [path for path in home.rglob("*") if path.is_file() and path not in kept] == []


def test_a_run_goes_on_without_a_folder(dg: Dg, home: Path) -> None:
    home.write_bytes(b"")
    plain = dg(*COMMANDS[0], stdin=DRAFT)
    kept = dg(*COMMANDS[0], "--cache", stdin=DRAFT)
    assert (kept.code, kept.stdout) == (0, plain.stdout)
    assert kept.stderr.count("\n") == plain.stderr.count("\n") + 1
    assert "prompts cannot be kept" in kept.stderr
    assert dg(*COMMANDS[0], "--cache", "-q", stdin=DRAFT).stderr == ""
