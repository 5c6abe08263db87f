from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from dgcli.checkpoint.recipes import RECIPES
from dgcli.checkpoint.shards import Conversion
from tests.checkpoints import TINY
from tests.cli.conftest import Dg


def test_a_conversion_can_be_used_at_once(dg: Dg, tmp_path: Path) -> None:
    done = dg("convert", str(TINY), "small", "--recipe", "4bit", "--json")
    assert done.code == 0
    summary = json.loads(done.stdout)
    assert summary["folder"] == "small"
    assert summary["recipe"] == "4bit"
    weights = (tmp_path / "small" / "model.safetensors").read_bytes()
    assert summary["sha256"]["model.safetensors"] == hashlib.sha256(weights).hexdigest()
    assert "converting" in done.stderr
    assert "small is ready" in done.stderr
    assert dg("generate", "rain", "-m", "small", "--steps", "2", "-q").code == 0


def test_it_says_nothing_where_that_is_asked_for(dg: Dg) -> None:
    done = dg("convert", str(TINY), "small", "-q")
    assert (done.code, done.stdout, done.stderr) == (0, b"", "")


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_command_knows_every_recipe(dg: Dg, recipe: str) -> None:
    assert dg("convert", "nowhere", "small", "--recipe", recipe).code == 3


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nowhere", "small"], 3, "nowhere is not a model on this machine, and there is no folder"),
        (["./nowhere", "small"], 3, "config.json does not exist"),
        (["owner/nowhere", "small"], 3, "dg pull owner/nowhere"),
        ([str(TINY), "."], 2, "already exists"),
        ([str(TINY), "small", "--recipe", "7bit"], 2, ""),
        ([str(TINY), "small", "--keep", "experts"], 2, "--keep 'experts' is not REGEX=BITS"),
        ([str(TINY), "small", "--keep", "nothing=8"], 2, "no matrix has a name"),
    ],
)
def test_what_cannot_be_converted(dg: Dg, arguments: list[str], code: int, says: str) -> None:
    done = dg("convert", *arguments)
    assert done.code == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not Path("small").exists()


def test_an_interruption_says_how_to_go_on(dg: Dg, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Conversion, "make", interrupt)
        done = dg("convert", str(TINY), "small")
    assert done.code == 130
    assert "run it again to go on" in done.stderr
    assert dg("convert", str(TINY), "small").code == 0
    assert [path.name for path in Path().iterdir()] == ["small"]
