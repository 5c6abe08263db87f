from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dgcli.cli.config import with_default
from dgcli.cli.removal import remove
from dgcli.errors import UsageError
from tests import checkpoints
from tests.checkpoints import TINY
from tests.cli.conftest import Dg
from tests.hub import COMMIT

NAME = "someone/diffusion"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with one model in a folder, one in the Hub's cache, and a bundled one."""
    monkeypatch.setattr("dgcli.cli.names.BASE", TINY)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "config.toml"
    checkpoints.quantised(tmp_path / "models" / "packed", "mxfp4", 32, 4)
    home = tmp_path / "cache" / "models--someone--diffusion"
    (home / "refs").mkdir(parents=True)
    (home / "refs" / "main").write_text(COMMIT)
    (home / "blobs").mkdir()
    checkpoints.copy(home / "snapshots" / COMMIT)
    other = tmp_path / "cache" / "models--someone--llama" / "snapshots" / COMMIT[::-1]
    checkpoints.copy(other)
    checkpoints.edit_json(other / "config.json", lambda value: value.update(model_type="llama"))
    path.write_text(f'theme = "dark"\nfolders = ["{tmp_path / "models"}"]\n')
    return path


def listed(dg: Dg, **options: str) -> list[dict[str, object]]:
    done = dg("models", "--json", **options)
    assert done.code == 0, done.stderr
    found = json.loads(done.stdout)["models"]
    assert isinstance(found, list)
    return found


def test_what_is_on_this_machine(dg: Dg, config: Path, tmp_path: Path) -> None:
    found = listed(dg, model="")
    packed = str(tmp_path / "models" / "packed")
    assert [(each["name"], each["place"], each["format"], each["default"]) for each in found] == [
        ("dg-small", "bundled", "f16", True),
        (packed, "folder", "mxfp4", False),
        (NAME, "hub", "f16", False),
    ]
    assert all(each["fits"] and each["usable"] for each in found)
    assert len({each["parameters"] for each in found}) == 1
    table = dg("models", model="")
    assert table.code == 0
    lines = table.text.splitlines()
    assert len(lines) == 4
    assert lines[1].startswith("*  dg-small")
    assert "26b-4bit" in table.stderr
    for each in found[1:]:
        assert dg("generate", "rain", "-m", str(each["name"]), "--steps", "1", "-q").code == 0


def test_what_is_too_large_says_so(dg: Dg, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dgcli.cli.library.usable_memory", lambda: 1000)
    assert not any(each["fits"] for each in listed(dg))
    assert "too large" in dg("models").text


def test_a_damaged_model_is_named_and_nothing_more(dg: Dg, config: Path, tmp_path: Path) -> None:
    (tmp_path / "models" / "packed" / "model.safetensors").write_bytes(b"")
    done = dg("models")
    assert done.code == 0
    assert "packed is unusable" in done.stderr
    assert [each["usable"] for each in listed(dg)] == [True, False, True]


def test_no_models_at_all(dg: Dg, config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config.unlink()
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "nowhere"))
    monkeypatch.setattr("dgcli.cli.names.BASE", tmp_path / "nowhere")
    done = dg("models")
    assert (done.code, done.stdout) == (0, b"")
    assert "dg pull" in done.stderr


def test_the_default_is_written_and_the_rest_of_the_file_stays(dg: Dg, config: Path, tmp_path: Path) -> None:
    before = config.read_text()
    assert dg("models", "set-default", NAME, model="").code == 0
    assert config.read_text() == f'model = "{NAME}"\n{before}'
    assert [each["default"] for each in listed(dg, model="")] == [False, False, True]
    assert dg("generate", "rain", "--steps", "1", "-v", model="").stderr.count(NAME) == 1
    assert dg("models", "set-default", "models/packed", model="").code == 0
    assert config.read_text() == f'model = "{tmp_path / "models" / "packed"}"\n{before}'
    assert dg("models", "set-default", "dg-small", model="").code == 0
    assert config.read_text() == before


@pytest.mark.parametrize("name", ["nowhere", "owner/nowhere", "26b-4bit"])
def test_a_default_has_to_be_there(dg: Dg, config: Path, name: str) -> None:
    before = config.read_text()
    done = dg("models", "set-default", name)
    assert done.code == 3
    assert config.read_text() == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 'model = "a/b"\n'),
        ("# mine\n[x]\nmodel = 3\n", 'model = "a/b"\n# mine\n[x]\nmodel = 3\n'),
        ('model="old"  # why\nview = "text"', 'model = "a/b"\nview = "text"'),
    ],
)
def test_other_lines_of_the_file_stay(text: str, expected: str) -> None:
    assert with_default(text, "a/b", Path("config.toml")) == expected


def test_a_file_that_cannot_be_changed_safely() -> None:
    for text in ('"model" = "old"\n', 'x = """\nmodel = 1\n"""\n'):
        with pytest.raises(UsageError, match="on a line of its own"):
            with_default(text, "a/b", Path("config.toml"))


def test_models_are_removed(dg: Dg, config: Path, tmp_path: Path) -> None:
    refused = dg("models", "rm", NAME)
    assert refused.code == 2
    assert "--yes" in refused.stderr
    assert len(listed(dg)) == 3
    assert dg("models", "rm", NAME, "--yes").code == 0
    assert not list((tmp_path / "cache" / "models--someone--diffusion").glob("snapshots/*"))
    assert dg("models", "rm", str(tmp_path / "models" / "packed"), "--yes").code == 0
    assert [each["name"] for each in listed(dg)] == ["dg-small"]
    assert (tmp_path / "models").is_dir()


def test_what_is_not_removed(dg: Dg, config: Path, tmp_path: Path) -> None:
    assert dg("models", "rm", "dg-small", "--yes").code == 2
    assert dg("models", "rm", "nowhere", "--yes").code == 3
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "models" / "packed")
    assert dg("models", "rm", str(link), "--yes").code == 2
    assert (link / "config.json").exists()


def test_what_is_not_the_models_stays_and_is_named(dg: Dg, config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "packed"
    (folder / "notes.txt").write_text("mine")
    (folder / "model-before.safetensors").write_text("mine, too")
    (folder / "tokenizer.model").write_text("the checkpoint's")
    (folder / "drafts").mkdir()
    (folder / "drafts" / "config.json").write_text("{}")
    (tmp_path / "elsewhere.json").write_text("{}")
    (folder / "special_tokens_map.json").symlink_to(tmp_path / "elsewhere.json")
    done = dg("models", "rm", str(folder), "--yes")
    assert done.code == 0
    assert "packed was kept, as it also holds other files: drafts, model-before.safetensors, notes.txt." in done.stderr
    assert sorted(path.name for path in folder.rglob("*")) == [
        "config.json",
        "drafts",
        "model-before.safetensors",
        "notes.txt",
    ]
    assert (folder / "drafts" / "config.json").exists()
    assert (tmp_path / "elsewhere.json").exists()


def test_the_folder_that_one_stands_in_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkpoints.copy(tmp_path / "model"))
    assert remove(Path("."))[1] == []
    assert not (tmp_path / "model").exists()


def test_what_a_conversion_wrote_goes_as_a_whole(dg: Dg, config: Path, tmp_path: Path) -> None:
    shards = checkpoints.shards(tmp_path / "source")
    assert dg("convert", str(shards), str(tmp_path / "made"), "-q").code == 0
    for folder in (shards, tmp_path / "made"):
        assert dg("models", "rm", str(folder), "--yes").code == 0
        assert not folder.exists()


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_a_file_of_any_other_name_stays(name: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        folder = checkpoints.copy(Path(home) / "model")
        own = {path.name for path in folder.iterdir()}
        assume(name not in (".", "..") and name not in own and not name.startswith(("tokenizer", "vocab")))
        (folder / name).write_text("mine")
        assert remove(folder)[1] == [name]
        assert (folder / name).read_text() == "mine"
