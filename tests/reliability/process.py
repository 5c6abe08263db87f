"""Running `dg` in a process of its own, where something is wrong with what it is given."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.checkpoints import TINY

TAKE_SIGNALS = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
"""  # a shell lets jobs in the background ignore some, and their children inherit that
ENDLESS = """
import time
from dgcli.diffusion import stopping
stopping.AllOf.settled = lambda *given: time.sleep(0.02)
"""  # no fill is ever settled, and each step takes a moment: a run of many steps is under way until it is stopped
PATIENCE = 600.0  # seconds that a test waits for what has to come: a busy machine is slow
COMMAND = (sys.executable, "-c", f"{TAKE_SIGNALS}from dgcli.__main__ import main; main()")
POWERLESS = (
    ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all") if os.getuid() == 0 and shutil.which("setpriv") else ()
)
"""What runs a command without root's right to write anywhere; nothing where nobody is root, or it cannot be had."""
DRAFT = b"One [[?]] three.\n\nFour [[?]] six.\n"
FILLED = rb"One .*three\.\n\nFour .*six\.\n"


def variables(home: Path, **more: str) -> dict[str, str]:
    """Those of a person whose home is `home`, and who uses the tiny checkpoint."""
    config = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "HF_HOME": str(home / "hub")}
    config["XDG_STATE_HOME"] = str(home.parent / f"{home.name}-state")
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}  # as a person's is
    return {**inherited, **config, "DG_MODEL": str(TINY), "TERM": "xterm", **more}


def start(
    *arguments: str, home: Path, more: Mapping[str, str] | None = None, **options: Any
) -> subprocess.Popen[bytes]:
    """A running `dg`."""
    environment = variables(home, **(more or {}))
    return subprocess.Popen([*COMMAND, *arguments], env=environment, cwd=home, **options)


def run(
    *arguments: str, home: Path, more: Mapping[str, str] | None = None, before: Sequence[str] = (), **options: Any
) -> subprocess.CompletedProcess[bytes]:
    """A `dg` that ended, run by the command `before`. Unless told otherwise, its output is kept and its stdin empty."""
    given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": PATIENCE}
    if "input" in options:
        del given["stdin"]
    environment = variables(home, **(more or {}))
    return subprocess.run(
        [*before, *COMMAND, *arguments], env=environment, cwd=home, check=False, **{**given, **options}
    )


def shell(line: str, home: Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """A line of bash in which `dg` is the command."""
    prelude = f'dg() {{ {shlex.join(COMMAND)} "$@"; }}; '
    return subprocess.run(
        ["bash", "-c", prelude + line], env=variables(home), cwd=home, capture_output=True, check=False, **options
    )


def sentence(said: bytes) -> str:
    """What went wrong, which is one line from `dg` and no traceback."""
    text = said.decode()
    assert text.startswith("dg: "), text
    assert text.count("\n") == 1, text
    assert "Traceback" not in text
    assert "A fault inside dg" not in text
    return text


def writing_for_ever(module: str) -> str:
    """Of a program: what `dgcli.cli.MODULE` writes is never whole, and that it has come so far is said on stderr."""
    return f"""
import os, sys, time, types
from dgcli.cli import {module}

def wait(descriptor):
    print("writing", file=sys.__stderr__, flush=True)
    time.sleep(60)

{module}.os = types.SimpleNamespace(**{{**vars(os), "fsync": wait}})
"""
