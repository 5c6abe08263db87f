"""The Hub's cache as people have it: made by huggingface_hub, or by hand."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from dgcli.checkpoint import hub
from dgcli.checkpoint.config import read_config
from dgcli.checkpoint.hub.revisions import is_replaced, published
from tests.checkpoints import TINY, copy, edit_json
from tests.hub import COMMIT

OTHER = COMMIT[::-1]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with one snapshot that was copied there, and nothing that names it."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    home = tmp_path / "models--acme--tiny"
    copy(home / "snapshots" / COMMIT)
    (home / "refs").mkdir()
    return home


def linked(home: Path, commit: str) -> Path:
    """A snapshot as huggingface_hub makes it: links to blobs, which snapshots share."""
    (home / "blobs").mkdir(exist_ok=True)
    folder = home / "snapshots" / commit
    folder.mkdir(parents=True)
    for path in TINY.iterdir():
        (home / "blobs" / f"sum-of-{path.name}").write_bytes(path.read_bytes())
        (folder / path.name).symlink_to(f"../../blobs/sum-of-{path.name}")
    return folder


@pytest.mark.parametrize(
    "text", ["{}", "{}\n", "{0}\n{0}\n", "{}\r\n", " {}\t\n\n", "\ufeff{}\n", "{}\0", "dev", "refs/pr/1\n"]
)
def test_a_reference_names_a_commit_whatever_stands_around_it(home: Path, text: str) -> None:
    """Or another reference, which is followed."""
    for name in ("dev", "refs/pr/1"):
        (home / "refs" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "refs" / name).write_text(f"{COMMIT}\n")
    (home / "refs" / "main").write_text(text.format(COMMIT))
    for revision in ("main", "dev", "refs/pr/1", COMMIT):
        assert hub.cached("acme/tiny", revision) == home / "snapshots" / COMMIT
    assert [name for name, _ in hub.all_cached()] == ["acme/tiny@dev", "acme/tiny", "acme/tiny@refs/pr/1"]


@pytest.mark.parametrize(
    "text", ["", "\n", "main", "dev", "..", f"../snapshots/{COMMIT}", OTHER, "x" * 5000, "a\0b", "/"]
)
def test_a_reference_to_nothing_is_no_model(home: Path, text: str) -> None:
    (home / "refs" / "dev").write_text("main\n")
    (home / "refs" / "main").write_text(text)
    assert hub.cached("acme/tiny") is None
    assert hub.cached("acme/tiny", "../refs") is None
    assert [name for name, _ in hub.all_cached()] == [f"acme/tiny@{COMMIT}"]  # it is there, and has this name


def test_a_home_folder_in_the_name_of_the_cache(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home.parent.parent))
    for name in (f"~/{home.parent.name}", f"$HOME/{home.parent.name}"):
        monkeypatch.setenv("HF_HUB_CACHE", name)
        assert hub.cached("acme/tiny", COMMIT)


def test_what_is_not_the_models_is_not_removed(home: Path) -> None:
    folder = home / "snapshots" / COMMIT
    (home / "refs" / "main").write_text(f"{COMMIT}\n")
    (folder / "notes.txt").write_text("mine")
    freed, left = hub.remove(folder)
    assert freed > 0
    assert left == ["notes.txt"]
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert list(hub.all_cached()) == []


def test_a_removed_snapshot_leaves_what_others_have(home: Path) -> None:
    one, other = linked(home, "1" * 40), linked(home, "2" * 40)
    (home / "refs" / "main").write_text("2" * 40)
    (home / "refs" / "dev").write_text(f"{'1' * 40}\n")
    (one / "own.txt").symlink_to("../../blobs/own")
    (home / "blobs" / "own").write_text("1234")
    assert hub.remove(one)[0] >= 4
    assert not one.exists()
    assert not (home / "blobs" / "own").exists()
    assert not (home / "refs" / "dev").exists()
    assert hub.cached("acme/tiny") == other
    assert all(path.is_file() for path in other.iterdir())


def test_with_the_last_snapshot_all_of_a_repository_goes(home: Path) -> None:
    linked(home, "1" * 40)
    (home / "blobs" / "sum.incomplete").write_text("half")
    for commit in (COMMIT, "1" * 40):
        (home / "refs").mkdir(exist_ok=True)
        (home / "refs" / "main").write_text(f"{commit}\n")
        hub.remove(home / "snapshots" / commit)
    assert not home.exists()


def fetched(folder: Path, day: str, named: str | None = None) -> None:
    """A snapshot that came on a day, and that main was last said to be on another."""
    refs = folder.parent.parent / "refs"
    refs.mkdir(exist_ok=True)
    (refs / "main").write_text(folder.name)
    for path, date in ((folder / "config.json", day), (refs / "main", named or day)):
        seconds = datetime.fromisoformat(date).timestamp()
        os.utime(path, (seconds, seconds), follow_symlinks=False)


def old(folder: Path) -> bool:
    return is_replaced(folder, read_config(folder))


def test_a_revision_from_before_the_weights_were_replaced_is_told_by_its_date(home: Path) -> None:
    """A later pull that found nothing newer counts: it writes the reference anew."""
    folder = linked(home, OTHER)
    fetched(folder, "2026-06-12")
    assert old(folder)
    fetched(folder, "2026-06-12", named="2026-08-01")
    assert not old(folder)
    fetched(folder, "2026-08-01")
    assert not old(folder)


def test_it_is_told_by_its_commit_whenever_it_was_copied(home: Path) -> None:
    folder = linked(home, "252183330817f96e9cba0b20cc400b2947a575cf")
    fetched(folder, "2026-10-01")
    assert old(folder)


@pytest.mark.parametrize(
    ("attention", "found"),
    [({"bits": 8}, False), ({"bits": 4}, True), (None, True), ({"bits": 8, "mode": "mxfp8"}, True)],
)
def test_it_is_told_by_the_bits_of_its_attention(home: Path, attention: dict[str, object] | None, found: bool) -> None:
    """Which are eight now; None: they are those of all else."""
    folder = home / "snapshots" / COMMIT
    own = {} if attention is None else {"model.decoder.layers.0.self_attn.q_proj": {"group_size": 32, **attention}}
    edit_json(folder / "config.json", lambda config: config.update(quantization={"group_size": 32, "bits": 4, **own}))
    fetched(folder, "2026-10-01")
    assert old(folder) == found


def test_only_published_conversions_are_looked_at() -> None:
    repository = "mlx-community/diffusiongemma-26B-A4B-it-5bit"
    for name in (repository, f"{repository}@{COMMIT}"):
        assert (conversion := published(name)) is not None
        assert conversion.name == "26b-5bit"
    assert published("someone/diffusiongemma-26B-A4B-it-5bit") is None
