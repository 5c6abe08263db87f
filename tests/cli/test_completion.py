"""Completion in real shells: what the script that dg prints offers behind Tab."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkpoints import copy
from tests.cli.test_app import SLOW

MAIN = "from dgcli.cli.app import main; main()"
REGISTERS = ["academic", "casual", "concise", "formal", "friendly", "plain"]
FEW = ["dg help mod", "dg infill --profile ", "dg restyle --register ", "dg models "]  # a start of dg takes time
OFFERED = {
    "dg inf": ["infill"],
    "dg models ": ["rm", "set-default"],
    "dg help mod": ["models"],
    "dg help models ": ["rm", "set-default"],
    "dg infill --str": ["--strength"],
    "dg infill --profile ": ["balanced", "best", "fast", "reference"],
    "dg infill -m own": ["owner/name"],
    "dg restyle --format m": ["markdown", "mdx", "mediawiki"],
    "dg restyle --register ": sorted([*REGISTERS, "pirate"]),
    "dg pull 26b-mx": ["26b-mxfp4", "26b-mxfp8"],
}
BASH = """
source "$HOME/script"
COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_dg_completion dg
printf '%%s\\n' "${COMPREPLY[@]}"
"""
ZSH = """
compdef() { : }
_arguments() { print -r -- "$@" }
_files() { : }
source "$HOME/script"
words=(%s); CURRENT=${#words}
_dg_completion
"""
FISH = """
source "$HOME/script"
complete --do-complete %s
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with `dg` on its path, a register of its own and a model in the Hub's cache."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "dg").write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -c '{MAIN}' \"$@\"\n")
    (tmp_path / "bin" / "dg").chmod(0o755)
    (tmp_path / "config" / "dg").mkdir(parents=True)
    (tmp_path / "config" / "dg" / "registers.toml").write_text('pirate = "Talk like a pirate."\n')
    snapshot = tmp_path / "hub" / "models--owner--name" / "snapshots" / ("1" * 40)
    copy(snapshot)
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs" / "main").write_text("1" * 40)
    return tmp_path


def variables(home: Path) -> dict[str, str]:
    return {
        "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "HF_HUB_CACHE": str(home / "hub"),
        "LANG": "C.UTF-8",
    }


def script(home: Path, shell: str) -> str:
    done = subprocess.run(
        ["dg"], env=variables(home) | {"_DG_COMPLETE": f"source_{shell}"}, capture_output=True, text=True, check=True
    )
    (home / "script").write_text(done.stdout)
    return done.stdout


def driven(home: Path, shell: str, program: str) -> str:
    path = shutil.which(shell)
    assert path is not None
    command = [path, *(("--norc", "--noprofile") if shell == "bash" else ("--no-rcs",) if shell == "zsh" else ())]
    done = subprocess.run(
        [*command, "-c", program], env=variables(home), capture_output=True, text=True, check=True, cwd=home
    )
    return done.stdout


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


@needs("bash")
def test_bash(home: Path) -> None:
    script(home, "bash")
    for line, offered in OFFERED.items():
        words = " ".join(map(shlex.quote, re.split(" +", line)))
        assert sorted(driven(home, "bash", BASH % words).split()) == offered, line


@needs("zsh")
def test_zsh(home: Path) -> None:
    script(home, "zsh")
    for line, offered in ((line, OFFERED[line]) for line in FEW):
        words = " ".join(map(shlex.quote, re.split(" +", line)))
        shown = driven(home, "zsh", ZSH % words)
        assert sorted(re.findall(r'"([^"]*)"(?::"[^"]*")?', shown)) == offered, shown


@needs("fish")
def test_fish(home: Path) -> None:
    script(home, "fish")
    for line, offered in ((line, OFFERED[line]) for line in FEW):
        shown = driven(home, "fish", FISH % shlex.quote(line))
        assert sorted(row.partition("\t")[0] for row in shown.splitlines()) == offered, shown


@needs("bash")
def test_files_are_left_to_the_shell(home: Path) -> None:
    assert "-o default" in script(home, "bash")
    assert driven(home, "bash", BASH % "dg infill dr").split() == []


@needs("bash")
def test_completion_is_installed_by_one_command(home: Path) -> None:
    driven(home, "bash", "dg --install-completion >/dev/null 2>&1; true")
    assert "_dg_completion" in "".join(path.read_text() for path in (home / ".bash_completions").glob("*"))
    assert ".bash_completions" in (home / ".bashrc").read_text()


@pytest.mark.parametrize("words", ["dg\n", "dg\ninfill\n-m\n", "dg\nrestyle\n--register\n", "dg\nmodels\nrm\n"])
def test_completing_imports_nothing_heavy(home: Path, words: str) -> None:
    names = ("mlx", *SLOW, "tokenizers", "jinja2", "rich", "dgcli.api")
    light = tuple(name for name in names if name != "huggingface_hub")  # its names of folders are light
    code = (
        f"import sys, dgcli.cli.app as a\nsys.argv = ['dg']\ntry: a.main()\nexcept SystemExit: pass\n"
        f"print('LOADED', *[name for name in {light!r} if name in sys.modules])"
    )
    completing = {"COMP_WORDS": words, "COMP_CWORD": str(words.count("\n")), "_DG_COMPLETE": "complete_bash"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=variables(home) | completing, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "LOADED"
    assert len(done.stdout.splitlines()) > 1
