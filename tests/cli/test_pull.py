"""Fetching from a Hub that stands on loopback, with everything that may go wrong."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from dgcli.checkpoint.hub.library import hub_library
from dgcli.checkpoint.hub.snapshot import look_up
from dgcli.cli.progress import Meter
from tests import checkpoints
from tests.cli.conftest import Dg
from tests.hub import COMMIT, REPOSITORY, Hub
from tests.limits import files_of_at_most

WEIGHTS = "model-00001-of-00002.safetensors"
fetch = import_module("dgcli.checkpoint.hub.fetch")  # the module: the package has a function of this name


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoints.shards(tmp_path_factory.mktemp("remote") / "checkpoint", count=2)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def remote(checkpoint: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub(checkpoint).serving() as found:
        monkeypatch.setenv("HF_ENDPOINT", found.address)
        monkeypatch.setenv("HF_HUB_CACHE", str(cache))
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
        monkeypatch.setattr(fetch, "_pause", lambda seconds: None)
        monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 50_000)
        yield found


def left_over(cache: Path) -> list[str]:
    """Files that are no whole blobs, and everything that could be taken for a model."""
    found = [path for path in cache.rglob("*") if path.is_file() and ".locks" not in path.parts]
    return [path.name for path in found if path.suffix == ".incomplete" or path.name == "config.json"]


def test_a_model_is_fetched_and_used(dg: Dg, remote: Hub, cache: Path) -> None:
    done = dg("pull", REPOSITORY)
    assert done.code == 0, done.stderr
    folder = Path(done.text.strip())
    assert folder.parent.name == "snapshots"
    assert {path.name for path in folder.iterdir()} == {path.name for path in remote.folder.iterdir()}
    for path in folder.iterdir():
        assert path.read_bytes() == (remote.folder / path.name).read_bytes()
    assert not set(remote.fetched()) & {"README.md", "pytorch_model.bin"}
    assert f"-m {REPOSITORY}" in done.stderr
    assert "fetching" in done.stderr
    for name in (REPOSITORY, f"{REPOSITORY}@main"):
        assert dg("generate", "rain", "-m", name, "--steps", "1", "-q").code == 0


def test_a_second_time_fetches_nothing(dg: Dg, remote: Hub) -> None:
    assert dg("pull", REPOSITORY, "-q").code == 0
    remote.requests.clear()
    again = dg("pull", REPOSITORY, "-q")
    assert (again.code, again.stderr) == (0, "")
    assert set(remote.fetched()) == {"config.json"}  # to see what kind of model it is


def test_a_revision_is_pinned(dg: Dg, remote: Hub) -> None:
    assert dg("pull", REPOSITORY, "--revision", COMMIT).code == 0
    assert dg("generate", "rain", "-m", f"{REPOSITORY}@{COMMIT}", "--steps", "1", "-q").code == 0
    assert dg("generate", "rain", "-m", REPOSITORY, "--steps", "1", "-q").code == 3  # main was not asked for
    missing = dg("pull", REPOSITORY, "--revision", "v9")
    assert missing.code == 3
    assert "has no revision v9" in missing.stderr


def test_short_names_stand_for_the_published_conversions(dg: Dg, remote: Hub) -> None:
    refused = dg("pull", "26b-4bit")
    assert refused.code == 3
    assert "mlx-community/diffusiongemma-26B-A4B-it-4bit" in refused.stderr
    assert remote.requests[0][1] == "/api/models/mlx-community/diffusiongemma-26B-A4B-it-4bit/revision/main"
    absent = dg("generate", "rain", "-m", "26b-4bit")
    assert absent.code == 3
    assert "dg pull 26b-4bit" in absent.stderr


def test_an_interrupted_download_goes_on(dg: Dg, remote: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = (remote.folder / WEIGHTS).stat().st_size

    def interrupt(meter: Meter, done: int, total: int, resumed: int) -> None:
        if any(path.stat().st_size > size // 3 for path in cache.rglob("*.incomplete")):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Meter, "show", interrupt)
        stopped = dg("pull", REPOSITORY)
    assert stopped.code == 130
    assert "run it again to go on" in stopped.stderr
    assert left_over(cache)[0].endswith(".incomplete")
    assert dg("generate", "rain", "-m", REPOSITORY).code == 3
    [half] = cache.rglob("*.incomplete")
    begun = half.stat().st_size
    assert 0 < begun < size
    remote.requests.clear()
    assert dg("pull", REPOSITORY).code == 0
    assert f"bytes={begun}-" in [asked for _, path, asked in remote.requests if path.endswith(WEIGHTS)]
    [folder] = (cache / "models--someone--diffusion" / "snapshots").iterdir()
    assert (folder / WEIGHTS).read_bytes() == (remote.folder / WEIGHTS).read_bytes()
    assert left_over(cache) == ["config.json"]


def test_a_broken_connection_is_taken_up_again(dg: Dg, remote: Hub, cache: Path) -> None:
    remote.breaks = 2
    assert dg("pull", REPOSITORY).code == 0
    assert len([asked for _, _, asked in remote.requests if asked]) >= 2
    assert left_over(cache) == ["config.json"]


def once_lost(monkeypatch: pytest.MonkeyPatch, times: int) -> list[float]:
    """A connection that breaks in a way that huggingface_hub gives up at, so many times; the waits behind each."""
    waits: list[float] = []
    found, left = fetch.open_url, [times]

    def open_url(repository: str, file: str, commit: str, out: BinaryIO, **options: Any) -> None:
        if left[0] and file == WEIGHTS:
            left[0] -= 1
            raise hub_library().errors.HTTPError("peer closed the connection")
        found(repository, file, commit, out, **options)

    monkeypatch.setattr(fetch, "open_url", open_url)
    monkeypatch.setattr(fetch, "_pause", waits.append)
    return waits


def test_a_broken_connection_is_opened_again_by_itself(
    dg: Dg, remote: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After longer and longer waits, which stderr tells of; `-q` does it silently."""
    waits = once_lost(monkeypatch, 3)
    done = dg("pull", REPOSITORY)
    assert done.code == 0
    assert waits == sorted(set(waits))
    assert len(waits) == 3
    assert done.stderr.count("the connection broke; going on in") == 3
    assert left_over(cache) == ["config.json"]
    shutil.rmtree(cache)
    once_lost(monkeypatch, 1)
    assert (again := dg("pull", REPOSITORY, "-q")).code == 0
    assert again.stderr == ""


def test_a_connection_that_stays_broken(dg: Dg, remote: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remote.breaks = 10**6
    done = dg("pull", REPOSITORY)
    assert done.code == 1
    assert "connection to the Hub failed" in done.stderr
    assert "config.json" not in left_over(cache)
    remote.breaks = 0
    waits = once_lost(monkeypatch, 10**6)
    assert dg("pull", REPOSITORY).code == 1
    assert 3 <= len(waits) <= 6
    assert sum(waits) < 120


@pytest.mark.parametrize(("status", "waited"), [(503, True), (429, True), (403, False), (404, False)])
def test_a_busy_hub_is_asked_again_and_a_refusal_is_not(
    dg: Dg, remote: Hub, monkeypatch: pytest.MonkeyPatch, status: int, waited: bool
) -> None:
    def answer(*_: object, **__: object) -> None:
        remote.refusal = (status, "")
        found(*_, **__)

    found = fetch.open_url
    monkeypatch.setattr(fetch, "open_url", answer)
    done = dg("pull", REPOSITORY)
    assert done.code in (1, 3)
    assert ("going on in" in done.stderr) == waited


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        ((401, "RepoNotFound"), (3, f"There is no model {REPOSITORY} on the Hub, or it is private")),
        ((404, "RepoNotFound"), (3, f"There is no model {REPOSITORY} on the Hub, or it is private")),
        ((401, "GatedRepo"), (3, "is gated")),
        ((403, "GatedRepo"), (3, "is gated")),
        ((403, ""), (3, "hf auth login")),
        ((418, ""), (1, "The Hub answered 418")),
    ],
)
def test_what_the_hub_may_answer(
    dg: Dg, remote: Hub, cache: Path, refusal: tuple[int, str], outcome: tuple[int, str]
) -> None:
    remote.refusal = refusal
    done = dg("pull", REPOSITORY)
    code, says = outcome
    assert done.code == code
    assert says in done.stderr
    assert done.stdout == b""
    assert "Traceback" not in done.stderr
    assert not [path for path in cache.rglob("*") if path.is_file()]


def test_a_sum_that_does_not_match(dg: Dg, remote: Hub, cache: Path) -> None:
    remote.lie = WEIGHTS
    done = dg("pull", REPOSITORY)
    assert done.code == 3
    assert f"{WEIGHTS} of {REPOSITORY} arrived damaged" in done.stderr
    assert left_over(cache) == []
    assert dg("generate", "rain", "-m", REPOSITORY).code == 3
    remote.lie = None
    assert dg("pull", REPOSITORY).code == 0


def test_a_disk_that_is_known_to_be_too_small(
    dg: Dg, remote: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(0, 0, 1000))  # type: ignore[attr-defined]
    done = dg("pull", REPOSITORY)
    assert done.code == 1
    assert "the disk has 0.0 GB free" in done.stderr
    assert not cache.exists()


def test_a_disk_that_fills_up_meanwhile(dg: Dg, remote: Hub, cache: Path) -> None:
    with files_of_at_most(100_000):
        done = dg("pull", REPOSITORY)
    assert done.code == 1
    assert "File too large" in done.stderr
    assert left_over(cache) == []


def test_offline_and_unreachable(dg: Dg, remote: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    offline = dg("pull", REPOSITORY)
    assert offline.code == 3
    assert "HF_HUB_OFFLINE is set" in offline.stderr
    assert remote.requests == []
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    unreachable = dg("pull", REPOSITORY)
    assert unreachable.code == 1
    assert "connection to the Hub failed" in unreachable.stderr
    assert "Check the network" in unreachable.stderr


def test_other_models_are_not_fetched(dg: Dg, remote: Hub, cache: Path, tmp_path: Path) -> None:
    remote.folder = checkpoints.copy(tmp_path / "other")
    checkpoints.edit_json(remote.folder / "config.json", lambda config: config.update(model_type="llama"))
    done = dg("pull", REPOSITORY)
    assert done.code == 3
    assert "model_type is 'llama'" in done.stderr
    assert remote.fetched() == ["config.json"]
    (remote.folder / "model.safetensors").unlink()
    assert "holds no checkpoint" in dg("pull", REPOSITORY).stderr
    assert dg("pull", "not a name").code == 3


def test_telemetry_is_off(remote: Hub) -> None:
    assert hub_library().constants.HF_HUB_DISABLE_TELEMETRY
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    look_up(REPOSITORY)
    assert all("telemetry" not in path for _, path, _ in remote.requests)
