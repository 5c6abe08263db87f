"""`dg infill --check`, and the hook of pre-commit that runs it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Dg

HOOKS = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
DONE = b"All is said, and `[[?]]` is code.\n"


def test_marks_that_are_left_are_listed_and_no_model_is_looked_for(dg: Dg, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"One [[?]]\nand [[? a\nhint]].\n")
    (tmp_path / "b.md").write_bytes(DONE)
    outcome = dg("infill", "--check", "b.md", "a.md", model="no such model")
    assert outcome.code == 1
    assert outcome.text == "a.md:1:5: [[?]]\na.md:2:5: [[? a hint]]\n"
    clean = dg("infill", "--check", "b.md", model="no such model")
    assert (clean.code, clean.stdout, clean.stderr) == (0, b"", "")
    assert (tmp_path / "a.md").read_bytes().startswith(b"One [[?]]")


def test_what_cannot_be_checked_is_an_error(dg: Dg, tmp_path: Path) -> None:
    (tmp_path / "open.md").write_bytes(b"One [[? and so on.\n")
    assert dg("infill", "--check", "open.md").code == 4
    assert dg("infill", "--check", "none.md").code == 4
    assert dg("infill", "--check", "-i", "open.md").code == 2
    assert dg("infill", "--check", "-", stdin=b"[[?]]").text == "stdin:1:1: [[?]]\n"


@pytest.mark.skipif(not (shutil.which("pre-commit") and shutil.which("git")), reason="pre-commit is not installed")
def test_the_hook_stops_a_commit_with_a_mark_in_it(tmp_path: Path) -> None:
    """With the entry and the types of the hook that other repositories name."""
    ((hook),) = yaml.safe_load(HOOKS.read_text())
    main = "import sys; from dgcli.cli.app import main; main()"
    entry = f"{shlex.quote(sys.executable)} -c {shlex.quote(main)} {hook['entry'].removeprefix('dg ')}"
    local = {**hook, "language": "system", "entry": entry}
    config = tmp_path / ".pre-commit-config.yaml"
    config.write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": [local]}]}))
    env = os.environ | {"PRE_COMMIT_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    env |= {"PYTHONPATH": os.pathsep.join(sys.path), "GIT_CONFIG_GLOBAL": os.devnull}

    def call(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    assert call("git", "init", "-q").returncode == 0
    (tmp_path / "draft.md").write_bytes(DONE)
    (tmp_path / "picture.bin").write_bytes(b"\xff\x00[[?]]")
    call("git", "add", "draft.md", "picture.bin")
    passed = call("pre-commit", "run")
    assert passed.returncode == 0, passed.stdout
    (tmp_path / "draft.md").write_bytes(b"To [[? whom]]\n")
    call("git", "add", "draft.md")
    stopped = call("pre-commit", "run")
    assert stopped.returncode == 1
    assert "draft.md:1:4: [[? whom]]" in stopped.stdout
