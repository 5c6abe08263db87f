"""Nothing leaves the machine but by `dg pull`, and nothing is written but what was asked for."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests import checkpoints
from tests.hub import REPOSITORY, Hub
from tests.reliability.process import DRAFT, run, variables

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("infill", "draft.md", "--record", "run.jsonl", "--cache"),
    ("infill", "-i", "draft.md", "--lines", "1"),
    ("restyle", "draft.md", "--register", "formal", "-o", "formal.md"),
    ("log", "-p"),
    ("undo", "draft.md"),
    ("registers",),
    ("config",),
    ("generate", "x", "--max-tokens", "4"),
    ("generate", "x", "-m", "owner/name"),
    ("generate", "x", "-m", "26b-4bit"),
    ("replay", "run.jsonl", "--export", "run.html"),
    ("explain", "run.jsonl"),
    ("convert", "model", "made"),
    ("models",),
    ("models", "set-default", "made"),
    ("models", "rm", "made", "--yes"),
    ("doctor",),
    ("bench", "--prompt", "8", "--steps", "2"),
    ("--version",),
    ("--help",),
)
WRITTEN = {"draft.md", "run.jsonl", "formal.md", "run.html", "model", "config", ".cache", ".local"}

# An audit hook sees every call of Python's that could reach a network, whatever library makes it.
WATCHED = """
import io, json, os, sys, time
from pathlib import Path
reached = []

def hook(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind") or event.startswith("socket.get"):
        reached.append((event, repr(arguments)[:200]))

sys.addaudithook(hook)
from dgcli.cli import checks
from dgcli.cli.app import app
from dgcli.platform.environment import Environment

checks.PROBE_SECONDS = 0.0
codes = []
for arguments in json.loads(sys.argv[1]):
    stdin, stdout, stderr = io.BytesIO(), io.BytesIO(), io.StringIO()
    variables = {"DG_MODEL": "model", "HOME": os.getcwd()}
    env = Environment(stdin, stdout, stderr, variables, time.perf_counter, Path("config"))
    try:
        app(arguments, prog_name="dg", obj=env)
    except SystemExit as ended:
        codes.append([ended.code, arguments, env.stderr.getvalue()])
print("\\n" + json.dumps({"reached": reached, "codes": codes}))
"""


def test_no_command_but_pull_reaches_for_a_network_or_writes_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    checkpoints.copy(tmp_path / "model")
    alone = ["unshare", "-n"] if _can_unshare() else []
    scratch = tmp_path.parent / f"{tmp_path.name}-scratch"
    scratch.mkdir()
    variables_here = {name: value for name, value in variables(tmp_path).items() if not name.startswith("HF_")}
    done = subprocess.run(
        [*alone, sys.executable, "-c", WATCHED, json.dumps(COMMANDS)],
        cwd=tmp_path,
        env={**variables_here, "TMPDIR": str(scratch)},
        capture_output=True,
        check=False,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["reached"] == [], found
    expected = [3 if arguments[-1] in ("owner/name", "26b-4bit") else 0 for arguments in COMMANDS]
    assert [code for code, _, _ in found["codes"]] == expected, found["codes"]
    assert {path.name for path in tmp_path.iterdir()} == WRITTEN
    assert [path.name for path in (tmp_path / "config").rglob("*") if path.is_file()] == ["config.toml"]
    kept = [path for path in (tmp_path / ".cache").rglob("*") if path.is_file()]
    assert kept
    assert {path.parent for path in kept} == {tmp_path / ".cache" / "dg" / "prompts"}
    before = list((tmp_path / ".local").rglob("*.undone"))
    assert len(before) == 1
    assert stat.S_IMODE(before[0].parent.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (tmp_path / "run.jsonl", *kept, *before))
    assert list(scratch.iterdir()) == []


def _can_unshare() -> bool:
    unshare = shutil.which("unshare")
    return (
        unshare is not None and not subprocess.run([unshare, "-n", "true"], capture_output=True, check=False).returncode
    )


def test_pull_asks_for_files_and_says_nothing_of_the_user(tmp_path: Path) -> None:
    with Hub(checkpoints.copy(tmp_path / "remote")).serving() as remote:
        more = {"HF_ENDPOINT": remote.address, "HF_HUB_DISABLE_TELEMETRY": "", "DG_SECRET": "x"}
        more |= {"HF_HUB_CACHE": str(tmp_path / "cache"), "HF_HUB_OFFLINE": ""}
        assert run("pull", REPOSITORY, "-q", home=tmp_path, more=more).returncode == 0
        allowed = (f"/api/models/{REPOSITORY}/revision/", f"/{REPOSITORY}/resolve/")
        assert remote.requests
        assert all(method in ("GET", "HEAD") and path.startswith(allowed) for method, path, _ in remote.requests)
        assert all(remote.address.startswith("http://127.0.0.1") for _ in remote.requests)


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_temporary_files_are_never_for_others(tmp_path: Path, umask: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from dgcli.cli import writing

    modes: list[int] = []
    take_over = writing._take_over

    def look(target: Path, descriptor: int) -> None:
        modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        take_over(target, descriptor)

    monkeypatch.setattr(writing, "_take_over", look)
    before = os.umask(umask)
    try:
        writing.write_atomically(tmp_path / "new.md", "text")
    finally:
        os.umask(before)
    assert modes == [0o600]
    assert stat.S_IMODE((tmp_path / "new.md").stat().st_mode) == 0o666 & ~umask
