"""The recipes of contrib/, run as their programs run them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkpoints import TINY

CONTRIB = Path(__file__).parents[2] / "contrib"
MAIN = "from dgcli.cli.app import main; main()"


def variables(home: Path) -> dict[str, str]:
    """With a `dg` on the path."""
    (home / "bin").mkdir(exist_ok=True)
    (home / "bin" / "dg").write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -c '{MAIN}' \"$@\"\n")
    (home / "bin" / "dg").chmod(0o755)
    path = f"{home / 'bin'}:{os.environ['PATH']}"
    settings = {"PATH": path, "PYTHONPATH": os.pathsep.join(sys.path), "DG_MODEL": str(TINY), "HOME": str(home)}
    return os.environ | settings | {"XDG_CONFIG_HOME": str(home)}


@pytest.mark.parametrize(
    "editor", [("vim", "-Nu", "NONE", "-es"), ("nvim", "-u", "NONE", "--headless")], ids=lambda e: e[0]
)
def test_editors_fill_marks_and_leave_only_text(tmp_path: Path, editor: tuple[str, ...]) -> None:
    if shutil.which(editor[0]) is None:
        pytest.skip(f"{editor[0]} is not installed")
    draft = tmp_path / "draft.md"
    draft.write_text("First [[?]] stays.\nThe mill stands [[?]] the river.\nLast [[?]] stays.\n")
    commands = [f"source {CONTRIB / 'dg.vim'}", "2Dg", "write", "quitall!"]
    arguments = [part for command in commands for part in ("-c", command)]
    subprocess.run([*editor, *arguments, str(draft)], env=variables(tmp_path), cwd=tmp_path, check=True, timeout=120)
    first, *filled, last = draft.read_text().splitlines()
    assert (first, last) == ("First [[?]] stays.", "Last [[?]] stays.")
    assert "\n".join(filled).startswith("The mill stands ")
    assert "\n".join(filled).endswith("the river.")
    assert "[[?" not in "".join(filled)
    assert "dg:" not in draft.read_text()


@pytest.mark.parametrize(
    "editor", [("vim", "-Nu", "NONE", "-es"), ("nvim", "-u", "NONE", "--headless")], ids=lambda e: e[0]
)
def test_editors_leave_the_text_as_it_is_where_dg_fails(tmp_path: Path, editor: tuple[str, ...]) -> None:
    if shutil.which(editor[0]) is None:
        pytest.skip(f"{editor[0]} is not installed")
    draft = tmp_path / "draft.md"
    draft.write_text("No mark here.\nNor here.\n")
    commands = [f"source {CONTRIB / 'dg.vim'}", "silent! Dg", "write", "quitall!"]
    arguments = [part for command in commands for part in ("-c", command)]
    subprocess.run([*editor, *arguments, str(draft)], env=variables(tmp_path), cwd=tmp_path, check=True, timeout=120)
    assert draft.read_text() == "No mark here.\nNor here.\n"


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_the_script_of_raycast_changes_the_clipboard(tmp_path: Path) -> None:
    """With a clipboard that is a file."""
    env = variables(tmp_path)
    for name, program in (("pbpaste", "cat clip"), ("pbcopy", "cat > clip")):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{program}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "clip").write_text("    code\n")
    done = subprocess.run(["bash", str(CONTRIB / "dg-restyle.sh"), "formal"], env=env, cwd=tmp_path, check=False)
    assert done.returncode in (0, 5)
    assert (tmp_path / "clip").read_text() == "    code"
