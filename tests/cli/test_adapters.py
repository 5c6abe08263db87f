"""Adapters by name: where they are found, what is said of them, and the registers that they have learned."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from dgcli.tasks.restyle.registers import Register
from dgcli.tune.origin import Origin, alone_in, read_origin, write_registers
from tests.checkpoints import GOLDEN, TINY
from tests.cli.conftest import Dg

ORIGIN = Origin(
    model="dg-small",
    data="log.jsonl",
    source="300 pairs",
    examples={"restyle": 270},
    held_out={"restyle": 30},
    registers=("ship's log",),
    digest="00",
    made="2026-11-28",
    dg="0.1.0",
    before=2.5,
    after=1.75,
    step=120,
    seconds=600.0,
)
LOG = Register("ship's log", "Write it as in a ship's log.")


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The folder of an adapter that has a name."""
    folder = tmp_path / "data" / "dg" / "adapters" / "ship"
    shutil.copytree(GOLDEN / "adapter", folder)
    ORIGIN.keep(folder)
    write_registers(folder, {LOG.name: LOG})
    return folder


def test_what_an_adapter_was_made_from_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read_origin(tmp_path) is None
    ORIGIN.keep(tmp_path)
    assert read_origin(tmp_path) == ORIGIN
    assert ORIGIN.finished
    assert not replace(ORIGIN, after=None).finished


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values.update(version=2),
        lambda values: values.pop("made"),
        lambda values: values.update(model=3),
        lambda values: values.update(examples=[1]),
        lambda values: values.update(examples={"a": "b"}),
        lambda values: values.update(after="low"),
    ],
)
def test_what_is_damaged_says_nothing(change: object, tmp_path: Path) -> None:
    assert callable(change)
    ORIGIN.keep(tmp_path)
    values = json.loads((tmp_path / "tune.json").read_text())
    change(values)
    (tmp_path / "tune.json").write_text(json.dumps(values))
    assert read_origin(tmp_path) is None


def test_models_lists_adapters_with_what_they_were_made_from(dg: Dg, kept: Path, tmp_path: Path) -> None:
    """Those with a name, and those in folders that config.toml names; of others' nothing is known."""
    shutil.copytree(GOLDEN / "adapter", tmp_path / "models" / "other")
    shutil.copytree(TINY, tmp_path / "models" / "tiny")
    (tmp_path / "config.toml").write_text(f'folders = ["{tmp_path / "models"}"]\n')
    done = dg("models", "--json", XDG_DATA_HOME=str(tmp_path / "data"))
    other, ship = sorted(json.loads(done.stdout)["adapters"], key=lambda each: len(each["name"]), reverse=True)
    assert (ship["name"], ship["folder"]) == ("ship", str(kept))
    assert ship["made_from"]["source"] == "300 pairs"
    assert (other["folder"], other["made_from"]) == (str(tmp_path / "models" / "other"), None)
    table = dg("models", XDG_DATA_HOME=str(tmp_path / "data")).text
    assert "300 pairs (log.jsonl)" in table
    assert "2.50 -> 1.75" in table
    assert "not by dg tune" in table


def test_an_adapter_is_found_by_its_name_from_any_folder(dg: Dg, kept: Path, tmp_path: Path) -> None:
    """What is added is what its path adds, with a weight or without."""
    (tmp_path / "draft.md").write_text("It is [[?]] here.\n")

    def filled(*adapter: str) -> bytes:
        done = dg("infill", "draft.md", "--seed", "1", *adapter, XDG_DATA_HOME=str(tmp_path / "data"))
        assert done.code == 0, done.stderr
        return done.stdout

    assert filled("--adapter", "ship") == filled("--adapter", str(kept))
    assert filled("--adapter", "ship=0.5") == filled("--adapter", f"{kept}=0.5")
    assert filled("--adapter", "ship=0") == filled()


def test_what_is_here_comes_before_what_has_a_name(dg: Dg, kept: Path, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_text("It is [[?]] here.\n")
    (tmp_path / "ship").mkdir()
    done = dg("infill", "draft.md", "--adapter", "ship", XDG_DATA_HOME=str(tmp_path / "data"))
    assert done.code == 3
    assert "ship holds neither" in done.stderr


def test_a_name_that_is_not_known(dg: Dg, kept: Path, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_text("It is [[?]] here.\n")
    done = dg("infill", "draft.md", "--adapter", "shp", XDG_DATA_HOME=str(tmp_path / "data"))
    assert done.code == 3
    assert done.stderr.count("\n") == 1
    assert "no adapter shp" in done.stderr
    assert "Did you mean ship?" in done.stderr


def test_a_register_that_an_adapter_has_learned_is_known(dg: Dg, kept: Path, tmp_path: Path) -> None:
    """By its name; and without one where it is the only one. What it is asked with is what was learned."""
    (tmp_path / "mail.txt").write_text("We cannot leave today.\n")
    run = ("restyle", "mail.txt", "--seed", "1", "--steps", "1", "--record", "run.jsonl")
    data = {"XDG_DATA_HOME": str(tmp_path / "data")}

    def asked(*more: str) -> tuple[str, list[int]]:
        done = dg(*run, *more, "--adapter", "ship", **data)
        assert done.code in (0, 5), done.stderr
        prompts = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
        return done.stderr, next(line["prompt"] for line in prompts if "prompt" in line)

    said, prompt = asked()
    assert "using the register “ship's log”" in said
    assert asked("--register", "Ship's log", "-q")[1] == prompt
    assert asked("--register", LOG.description, "-q")[1] == prompt
    assert asked("--register", "formal", "-q")[1] != prompt


def test_a_register_that_dg_knows_keeps_what_it_is_told_from(dg: Dg, tmp_path: Path) -> None:
    """An adapter that has learned it as it is described changes nothing of it."""
    from dgcli.cli.adapters import registers_with
    from dgcli.platform.environment import Environment
    from dgcli.tasks.restyle.registers import read_registers

    known = read_registers()["formal"]
    write_registers(tmp_path, {"formal": known, 'od"d\n': Register('od"d\n', "Say \\ “it”.")})
    env = Environment.of_process(tmp_path / "settings")
    found = registers_with([str(tmp_path)], env)
    assert found["formal"] == known
    assert found['od"d\n'].description == "Say \\ “it”."


def test_an_adapter_is_removed_and_nothing_else_in_its_folder(dg: Dg, kept: Path, tmp_path: Path) -> None:
    """By its name or its folder; an unfinished run, too, but none that is at work."""
    data = {"XDG_DATA_HOME": str(tmp_path / "data")}
    asked = dg("models", "rm", "ship", **data)
    assert asked.code == 2
    assert "--yes" in asked.stderr
    (kept / "notes.txt").write_text("mine")
    with alone_in(kept):
        assert "Another `dg tune` is at work" in dg("models", "rm", "ship", "-y", **data).stderr
    done = dg("models", "rm", "ship", "-y", **data)
    assert done.code == 0, done.stderr
    assert "dg: deleted ship, " in done.stderr
    assert {path.name for path in kept.iterdir()} == {"forward.safetensors", "notes.txt"}  # no file of an adapter
    begun = tmp_path / "begun"
    begun.mkdir()
    for name in ("tune.json", "plan.json", "curve.jsonl", "state.safetensors", "new.safetensors"):
        (begun / name).write_text("{}")
    assert dg("models", "rm", str(begun), "-y").code == 0
    assert not begun.exists()


def test_an_adapter_that_is_a_link_or_a_part_of_dg_is_not_removed(
    dg: Dg, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(kept)
    assert "is a link" in dg("models", "rm", "./link", "-y").stderr
    monkeypatch.setattr("dgcli.cli.commands.models.BASE", kept.with_name("base"))
    bundled = dg("models", "rm", str(kept), "-y")
    assert bundled.code == 2
    assert "part of dg" in bundled.stderr
    assert (kept / "adapter_config.json").exists()
