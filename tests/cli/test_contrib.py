"""The recipes of contrib/, run as their programs run them."""

from __future__ import annotations

import configparser
import hashlib
import os
import plistlib
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkpoints import TINY
from tests.reliability.process import PATIENCE

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


EDITORS = pytest.mark.parametrize(
    "editor", [("vim", "-Nu", "NONE", "-es"), ("nvim", "-u", "NONE", "--headless")], ids=lambda e: e[0]
)


def edited(editor: tuple[str, ...], draft: Path, command: str) -> str:
    """The text of a draft, written back by an editor after a command of ours."""
    if shutil.which(editor[0]) is None:
        pytest.skip(f"{editor[0]} is not installed")
    commands = [f"source {CONTRIB / 'dg.vim'}", command, "write", "quitall!"]
    arguments = [part for each in commands for part in ("-c", each)]
    home = draft.parent
    subprocess.run([*editor, *arguments, str(draft)], env=variables(home), cwd=home, check=True, timeout=PATIENCE)
    return draft.read_text()


@EDITORS
def test_editors_fill_marks_and_leave_only_text(tmp_path: Path, editor: tuple[str, ...]) -> None:
    draft = tmp_path / "draft.md"
    draft.write_text("First [[?]] stays.\nThe mill stands [[?]] the river.\nLast [[?]] stays.\n")
    text = edited(editor, draft, "2Dg")
    first, *filled, last = text.splitlines()
    assert (first, last) == ("First [[?]] stays.", "Last [[?]] stays.")
    assert "\n".join(filled).startswith("The mill stands ")
    assert "\n".join(filled).endswith("the river.")
    assert "[[?" not in "".join(filled)
    assert "dg:" not in text


@EDITORS
def test_editors_leave_the_text_as_it_is_where_dg_fails(tmp_path: Path, editor: tuple[str, ...]) -> None:
    draft = tmp_path / "draft.md"
    draft.write_text("No mark here.\nNor here.\n")
    assert edited(editor, draft, "silent! Dg") == "No mark here.\nNor here.\n"


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


def test_the_units_start_a_server_with_options_that_there_are(tmp_path: Path) -> None:
    launchd = plistlib.loads((CONTRIB / "dg-serve.plist").read_bytes())["ProgramArguments"]
    systemd = configparser.ConfigParser(interpolation=None)
    systemd.optionxform = str  # type: ignore[assignment,method-assign]
    systemd.read_string((CONTRIB / "dg-serve.service").read_text(encoding="utf-8"))
    for command in (launchd, systemd["Service"]["ExecStart"].split()):
        done = subprocess.run(
            ["dg", *command[1:], "--status"],
            env=variables(tmp_path) | {"XDG_RUNTIME_DIR": str(tmp_path)},
            check=False,
            capture_output=True,
        )
        assert (done.returncode, done.stderr) == (1, b"dg: no server is running.\n")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd")
def test_systemd_has_nothing_to_say_against_the_unit(tmp_path: Path) -> None:
    unit = (CONTRIB / "dg-serve.service").read_text(encoding="utf-8")
    (tmp_path / "dg-serve.service").write_text(unit.replace("%h/.local/bin/dg", sys.executable))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", "dg-serve.service"],
        cwd=tmp_path,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        check=False,
        capture_output=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_homebrew_formula_is_that_of_the_wheel(tmp_path: Path) -> None:
    """In the order and with the description that `brew audit` asks for; Ruby reads it."""
    wheel = tmp_path / "dgcli-1.2.3-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    made = [sys.executable, str(CONTRIB / "homebrew.py"), str(wheel), f"https://a.b/{wheel.name}", "https://a.b/"]
    formula = subprocess.run(made, check=True, capture_output=True, text=True).stdout
    assert f'sha256 "{hashlib.sha256(b"a wheel").hexdigest()}"' in formula
    order = [line.split()[0] for line in formula.splitlines() if line.startswith("  ") and line[2].isalpha()]
    expected = [
        "include",
        "desc",
        "homepage",
        "url",
        "sha256",
        "license",
        "depends_on",
        "on_macos",
        "end",
        "def",
        "end",
    ]
    assert order == [*expected, "test", "end"]
    description = formula.split('desc "')[1].split('"')[0]
    assert len(description) <= 80
    assert not description.endswith(".")
    assert max(map(len, formula.splitlines())) <= 118
    if shutil.which("ruby") is not None:
        subprocess.run(["ruby", "-wc"], input=formula, check=True, text=True, capture_output=True)
    made[3] = "https://a.b/other.whl"
    assert subprocess.run(made, check=False, capture_output=True).returncode == 1
