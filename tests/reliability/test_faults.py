"""Kills, full disks, signals, want of memory: a file is the old one or the new one, and what was half done goes on."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import dgcli
from dgcli.checkpoint import adapter_file, adapters, header
from dgcli.errors import ModelError
from tests import checkpoints
from tests.checkpoints import TINY, WEIGHTS
from tests.hub import COMMIT, REPOSITORY, Hub
from tests.reliability.process import (
    DRAFT,
    FILLED,
    POWERLESS,
    TAKE_SIGNALS,
    run,
    sentence,
    start,
    variables,
    writing_for_ever,
)

TEMPORARY = re.compile(r"\..+\.[^.]{8}\.dg")
LIMIT = 2**12  # bytes that a file may have on a disk that is nearly full

# Every command that writes, again and again in one process, so that a kill may come at any moment of it.
AGAIN = """
import io, sys, time
from pathlib import Path
from dgcli.cli.app import app
from dgcli.platform.environment import Environment

print("ready", flush=True)
while True:
    for arguments in {commands}:
        stdin, stdout, stderr = io.BytesIO(), io.BytesIO(), io.StringIO()
        env = Environment(stdin, stdout, stderr, {{"DG_MODEL": {model!r}}}, time.perf_counter, Path("none"))
        try:
            app(arguments, prog_name="dg", obj=env)
        except SystemExit as ended:
            if ended.code:
                print(arguments, env.stderr.getvalue(), file=sys.stderr)
                raise
"""
QUICK = ("--steps", "1", "--seed", "1", "-q")


def _killed(home: Path, commands: list[list[str]], seed: int, longest: float) -> None:
    code = AGAIN.format(commands=commands, model=str(TINY))
    environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")}
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        time.sleep(random.Random(seed).uniform(0.05, longest))
        assert process.poll() is None, process.stderr.read().decode()
        process.kill()


def _whole(path: Path, *contents: re.Pattern[bytes]) -> None:
    """It is not there, or has one of the contents from its first byte to its last."""
    if path.exists():
        data = path.read_bytes()
        assert any(content.fullmatch(data) for content in contents), data[:200]


def _left(folder: Path) -> list[str]:
    """Names that are neither a user's nor temporary ones of `dg`."""
    return sorted(path.name for path in folder.iterdir() if not TEMPORARY.fullmatch(path.name))


TEXT = re.compile(FILLED, re.DOTALL)
LETTER = b"We go there now.\n\nAnd it is good.\n"


def test_killed_at_any_moment_while_documents_are_written(tmp_path: Path) -> None:
    for name, content in (("a.md", DRAFT), ("b.md", LETTER), ("c.md", DRAFT), ("d.md", LETTER)):
        (tmp_path / name).write_bytes(content)
    commands = [
        ["infill", "-i", "a.md", "--lines", "1", "--backup", ".bak", *QUICK],  # a text of the same shape again
        ["restyle", "-i", "b.md", "--register", "formal", "--strength", "0.5", *QUICK],
        ["infill", "c.md", "-o", "out-c.md", "--force", *QUICK],
        ["restyle", "d.md", "--register", "formal", "-o", "out-d.md", "--force", "--record", "run.jsonl", *QUICK],
        ["generate", "x", "--max-tokens", "4", "-o", "out-e.md", "--force", *QUICK],
    ]
    _killed(tmp_path, commands, 1, 2.5)
    shaped = re.compile(rb"[^\n]*\n\nFour \[\[\?\]\] six\.\n")
    letter = re.compile(rb"[^\n]+\n\n[^\n]+\n")
    _whole(tmp_path / "a.md", shaped)
    _whole(tmp_path / "a.md.bak", shaped)
    _whole(tmp_path / "b.md", letter)
    _whole(tmp_path / "out-c.md", TEXT)
    _whole(tmp_path / "out-d.md", letter)
    _whole(tmp_path / "out-e.md", re.compile(rb".*\n", re.DOTALL))
    assert (tmp_path / "c.md").read_bytes() == DRAFT
    written = {"a.md", "b.md", "c.md", "d.md", "a.md.bak", "out-c.md", "out-d.md", "out-e.md", "run.jsonl"}
    assert {*_left(tmp_path)} <= written
    if (tmp_path / "run.jsonl").exists() and (tmp_path / "run.jsonl").stat().st_size:
        assert run("explain", "run.jsonl", home=tmp_path).returncode in (0, 4)


def test_killed_at_any_moment_while_other_files_are_written(tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    assert run("infill", "draft.md", "--record", "r.jsonl", *QUICK, home=tmp_path).returncode == 0
    config = tmp_path / "config" / "dg" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('theme = "dark"\n')
    checkpoints.copy(tmp_path / "model")
    commands = [
        [
            "replay",
            "r.jsonl",
            "-f",
            "--export",
            "r.html",
            "--export",
            "r.svg",
            "--export",
            "r.cast",
            "--export",
            "r.txt",
        ],
        ["models", "set-default", "model", "-q"],
        ["models", "set-default", "dg-small", "-q"],
    ]
    _killed(tmp_path, commands, 3, 1.0)
    ends = {"html": rb"<!doctype html>.*</html>\n?", "svg": rb"<svg.*</svg>\n?", "cast": rb"\{.*\]\n", "txt": rb".*\n"}
    for ending, content in ends.items():
        _whole(tmp_path / f"r.{ending}", re.compile(content, re.DOTALL | re.IGNORECASE))
    _whole(config, re.compile(rb'(model = "[^"\n]+/model"\n)?theme = "dark"\n'))


def test_a_conversion_that_is_killed_goes_on(tmp_path: Path) -> None:
    shards = checkpoints.shards(tmp_path / "source")
    for seed in range(2):
        with start("convert", str(shards), "made", "--recipe", "4bit", "-q", home=tmp_path) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(random.Random(seed).uniform(0.3, 1.5))
            process.kill()
        if (tmp_path / "made").exists():
            break  # it was quicker
        assert {*_left(tmp_path)} <= {"source", ".made.partial"}
    else:
        done = run("convert", str(shards), "made", "--recipe", "4bit", "-q", home=tmp_path)
        assert (done.returncode, done.stderr) == (0, b"")
    assert {*_left(tmp_path)} == {"source", "made"}
    for line in (tmp_path / "made" / "SHA256SUMS").read_text().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((tmp_path / "made" / name).read_bytes()).hexdigest() == digest


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Hub]:
    with Hub(checkpoints.copy(tmp_path / "remote")).serving() as found:
        yield found


def test_a_download_that_is_killed_goes_on(tmp_path: Path, remote: Hub) -> None:
    home = tmp_path / "home"
    home.mkdir()
    more = {"HF_ENDPOINT": remote.address, "HF_HUB_CACHE": str(home / "cache"), "HF_HUB_OFFLINE": ""}
    for seed in range(2):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with start("pull", REPOSITORY, "-q", home=home, more=more, **quiet) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(random.Random(seed).uniform(0.5, 2.0))
            process.kill()
        configs = list((home / "cache").rglob("config.json"))
        if configs:  # it was done: then all was
            assert (configs[0].parent / WEIGHTS).exists()
    done = run("pull", REPOSITORY, "-q", home=home, more=more)
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.decode().strip())
    assert (folder / WEIGHTS).read_bytes() == (TINY / WEIGHTS).read_bytes()
    assert not list((home / "cache").rglob("*.incomplete"))


def test_a_model_that_is_half_removed_says_so(tmp_path: Path) -> None:
    folder = checkpoints.copy(tmp_path / "model")
    (folder / WEIGHTS).unlink()
    done = run("generate", "x", "-m", "model", home=tmp_path)
    assert done.returncode == 3
    assert "model holds no model.safetensors" in sentence(done.stderr)


@pytest.mark.skipif(not POWERLESS and os.getuid() == 0, reason="root may write anywhere")
def test_a_cache_that_is_read_only(tmp_path: Path, remote: Hub) -> None:
    cache = tmp_path / "cache"
    cache.mkdir(0o555)
    more = {"HF_ENDPOINT": remote.address, "HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": ""}
    done = run("pull", REPOSITORY, "-q", home=tmp_path, more=more, before=POWERLESS)
    assert done.returncode == 1
    assert "Permission denied" in sentence(done.stderr)
    assert list(cache.iterdir()) == []


# A process for each deletion, killed right before it.
KILLED_REMOVING = """
import io, os, signal, sys, tempfile, time
from pathlib import Path
from dgcli.cli.app import app
from dgcli.platform.environment import Environment

deletions = 0
temporary = tempfile.gettempdir()

def hook(event, arguments):
    global deletions
    # Python itself looks for libraries with files right in that folder.
    if event in ("os.remove", "os.rmdir") and os.path.dirname(arguments[0]) != temporary:
        deletions += 1
        if deletions == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
app(["models", "rm", sys.argv[1], "--yes", "-q"], prog_name="dg", obj=Environment.of_process(Path("none")))
"""


@pytest.mark.parametrize("place", ["folder", "hub"])
def test_a_removal_that_is_killed_leaves_a_whole_model_or_none(tmp_path: Path, place: str) -> None:
    ended = []
    for number in (1, 2, 3, 5, 9, 99):
        home = tmp_path / str(number)
        folder, name = _one_model(home, place)
        done = subprocess.run(
            [sys.executable, "-c", KILLED_REMOVING, name, str(number)],
            cwd=home,
            env=variables(home, HF_HUB_CACHE=str(home / "hub")),
            capture_output=True,
            check=False,
        )
        ended.append(done.returncode)
        if number == 1:
            assert {path.name for path in folder.iterdir()} == {path.name for path in TINY.iterdir()}
        else:
            with pytest.raises(ModelError):
                dgcli.load(folder)
        if number == 2:
            assert run("generate", "x", "-m", name, home=home, more={"HF_HUB_CACHE": str(home / "hub")}).returncode == 3
    assert ended[:3] == [-signal.SIGKILL] * 3
    assert ended[-1] == 0
    assert not folder.exists()


def _one_model(home: Path, place: str) -> tuple[Path, str]:
    """A model as `dg` names it: in a folder, or in the Hub's cache, where files are links."""
    if place == "folder":
        return checkpoints.copy(home / "model"), "model"
    cached = home / "hub" / "models--someone--diffusion"
    folder = cached / "snapshots" / COMMIT
    for each in (cached / "refs", cached / "blobs", folder):
        each.mkdir(parents=True)
    (cached / "refs" / "main").write_text(COMMIT)
    for number, path in enumerate(TINY.iterdir()):
        (cached / "blobs" / str(number)).write_bytes(path.read_bytes())
        (folder / path.name).symlink_to(f"../../blobs/{number}")
    return folder, "someone/diffusion"


# Disks


def _small_files() -> None:
    """As on a disk that is nearly full, but for the errno: files cannot become larger than LIMIT."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))


@pytest.mark.parametrize(
    "arguments",
    [
        ["infill", "-i", "long.md", "--backup", ".bak"],
        ["infill", "draft.md", "--record", "run.jsonl"],
        ["restyle", "long.md", "--register", "formal", "--strength", "0", "-o", "new.md"],
        ["models", "set-default", str(TINY)],
        ["replay", "r.jsonl", "--export", "out.html"],
        ["convert", str(TINY), "made"],
    ],
    ids=lambda arguments: " ".join(arguments[:3]).replace(str(TINY), "tiny"),
)
def test_a_disk_that_is_full(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    long = DRAFT + b"    code\n" * LIMIT
    (tmp_path / "long.md").write_bytes(long)
    if arguments[0] == "replay":
        run("infill", "draft.md", "--record", "r.jsonl", *QUICK, home=tmp_path)
    config = tmp_path / "config" / "dg" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_bytes(b"# long\n" * LIMIT)
    before = {*_left(tmp_path), "run.jsonl"}
    options = {"replay": (), "convert": ("-q",), "models": ("-q",)}.get(arguments[0], QUICK)
    done = run(*arguments, *options, home=tmp_path, preexec_fn=_small_files)
    assert done.returncode in (1, 4), done.stderr
    assert "File too large" in sentence(done.stderr) or "cannot be written" in done.stderr.decode()
    assert (tmp_path / "long.md").read_bytes() == long
    assert config.read_bytes() == b"# long\n" * LIMIT
    assert [path.name for path in config.parent.iterdir()] == ["config.toml"]
    assert {path.name for path in tmp_path.iterdir()} <= before | {".made.partial"}


def test_a_small_disk_that_is_full(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = (
        os.getuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("only root can make a small disk")
    try:
        long = DRAFT + b"    code\n" * LIMIT
        (disk / "long.md").write_bytes(long)
        done = run("infill", "-i", "long.md", *QUICK, home=disk)
        assert done.returncode == 4
        assert "No space left on device" in sentence(done.stderr)
        assert (disk / "long.md").read_bytes() == long
        assert [path.name for path in disk.iterdir()] == ["long.md"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# Files of a model that change while it is read


@pytest.mark.parametrize("change", [lambda path: os.truncate(path, 10_000), lambda path: path.write_bytes(b"")])
def test_weights_that_are_cut_while_they_are_read(tmp_path: Path, change: Callable[[Path], object]) -> None:
    from dgcli.checkpoint.quantisation import TensorPart
    from dgcli.checkpoint.weights import Weights

    folder = checkpoints.copy(tmp_path / "model")
    weights = Weights(folder)
    name = max(weights.names, key=lambda each: weights.info(each).end)
    change(folder / WEIGHTS)
    with pytest.raises(ModelError, match="cannot be read"):
        weights.take(TensorPart(name, weights.info(name).shape, (weights.info(name).dtype,)), None)


def test_an_adapter_that_is_cut_or_deleted_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for change in (lambda path: os.truncate(path, 2000), Path.unlink):
        folder = checkpoints.copy(tmp_path / f"adapter{change.__name__}", checkpoints.GOLDEN / "adapter")

        def read_header(path: Path, change: Callable[[Path], object] = change) -> object:
            found = header.read_header(path)
            change(path)
            return found

        monkeypatch.setattr(adapter_file, "read_header", read_header)
        with pytest.raises(ModelError, match="was changed while it was being read"):
            adapters.read_adapter(folder)


# Signals and memory


def test_a_pause_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    expected = run("infill", "draft.md", "--seed", "1", "-q", home=tmp_path).stdout
    with start("infill", "draft.md", "--seed", "1", "-q", home=tmp_path, stdout=subprocess.PIPE) as process:
        for _ in range(3):
            time.sleep(0.2)
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.1)
            process.send_signal(signal.SIGCONT)
        assert process.communicate()[0] == expected


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
@pytest.mark.parametrize(
    ("module", "temporary"), [("writing", ".draft.md.*.dg"), ("changes", "state/dg/changes/.dg-*")]
)
def test_a_signal_in_the_middle_of_writing_leaves_no_temporary_file(
    tmp_path: Path, module: str, temporary: str, number: signal.Signals, code: int
) -> None:
    """Neither beside the file, nor where its old text is kept."""
    (tmp_path / "draft.md").write_bytes(DRAFT)
    program = f"{TAKE_SIGNALS}{writing_for_ever(module)}from dgcli import __main__\n__main__.main()\n"
    command = [sys.executable, "-c", program, "infill", "-i", "draft.md", *QUICK]
    environment = variables(tmp_path, XDG_STATE_HOME=str(tmp_path / "state"))
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"writing\n"
        assert len([*tmp_path.glob(temporary)]) == 1
        process.send_signal(number)
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == code
    assert [*tmp_path.glob(temporary)] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["draft.md", "state"]
    assert (tmp_path / "draft.md").read_bytes() == DRAFT


def _little_memory(mebibytes: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (mebibytes * 2**20,) * 2)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is kept on Linux only")
@pytest.mark.parametrize("mebibytes", [180, 330])
def test_too_little_memory_is_a_sentence_and_an_end(tmp_path: Path, mebibytes: int) -> None:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    done = run("infill", "-i", "draft.md", "-q", home=tmp_path, preexec_fn=_little_memory(mebibytes))
    assert done.returncode == 1
    assert "not enough memory" in sentence(done.stderr)
    assert (tmp_path / "draft.md").read_bytes() == DRAFT


def test_nothing_is_compiled_at_run_time_on_the_processor(tmp_path: Path) -> None:
    """mlx would compile with g++ in a folder under the one for temporary files, which others can make before it."""
    tools, scratch = tmp_path / "tools", tmp_path / "scratch"
    for folder in (tools, scratch):
        folder.mkdir()
    for name in ("g++", "c++", "cc", "clang++"):
        (tools / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/compiled\nexit 1\n")
        (tools / name).chmod(0o755)
    more = {"PATH": f"{tools}:{os.environ['PATH']}", "TMPDIR": str(scratch)}
    done = run("generate", "x", "--max-tokens", "4", "--json", *QUICK, home=tmp_path, more=more)
    assert json.loads(done.stdout)["model"] == str(TINY)
    assert not (tmp_path / "compiled").exists()
    assert list(scratch.iterdir()) == []
