"""`dg generate` where the checkpoint says that the encoder writes and the denoiser drafts for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checkpoints import copy, edit_json
from tests.cli.conftest import Dg

WRITES = {"self_speculation": True, "temperature": 0.7, "top_p": 0.9, "repetition_penalty": 1.1, "max_new_tokens": 40}


@pytest.fixture
def model(tmp_path: Path) -> str:
    folder = copy(tmp_path / "writer")
    edit_json(folder / "generation_config.json", lambda value: value.update(WRITES))
    return str(folder)


def test_the_text_depends_on_the_seed_and_not_on_the_drafts(dg: Dg, model: str) -> None:
    texts = {dg("generate", "Rain", "--seed", "2", "--steps", steps, model=model).stdout for steps in "123"}
    assert len(texts) == 1
    assert texts != {dg("generate", "Rain", "--seed", "3", model=model).stdout}


def test_json_tells_of_the_passes_and_the_limit_is_the_checkpoints(dg: Dg, model: str) -> None:
    outcome = dg("generate", "Rain", "--seed", "2", "--json", model=model)
    value = json.loads(outcome.text)
    assert value["tokens"] <= 40
    assert value["tokens_per_pass"] == round(value["tokens"] / value["steps_used"], 3)
    assert value["drafting_steps"] > 0
    assert (value["stop_reason"] == "length") == ("--max-tokens" in outcome.stderr)
    cut = dg("generate", "Rain", "--seed", "2", "--max-tokens", "3", "--json", model=model)
    assert json.loads(cut.text)["tokens"] <= 3


def test_a_recording_plays_and_ends_with_the_text(dg: Dg, model: str) -> None:
    silent = dg("generate", "Rain", "--seed", "2", model=model)
    shown = dg("generate", "Rain", "--seed", "2", "--record", "t", "--animate", "always", model=model)
    assert silent.stdout == shown.stdout
    assert "tokens/step" in shown.stderr
    assert dg("replay", "t", "--export", "t.txt", "--columns", "400").code == 0
    last = Path("t.txt").read_text().rstrip().splitlines()[-1]
    assert "tokens/step" in last


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("self_speculation", "yes", "not true or false"),
        ("top_p", 1.5, "more than 1"),
        ("top_k", 0, "not a whole number of at least 1"),
        ("repetition_penalty", 0, "not a number above zero"),
        ("temperature", -1, "not a number above zero"),
    ],
)
def test_a_setting_that_cannot_be_is_named(dg: Dg, model: str, field: str, value: object, message: str) -> None:
    edit_json(Path(model, "generation_config.json"), lambda config: config.update({field: value}))
    outcome = dg("generate", "Rain", model=model)
    assert outcome.code == 3
    assert field in outcome.stderr
    assert message in outcome.stderr


@pytest.mark.parametrize(
    "change", [lambda config: config.update(WRITES), lambda config: None], ids=["drafts", "writes"]
)
def test_a_prompt_that_the_model_cannot_read_is_refused(
    dg: Dg, tmp_path: Path, change: Callable[[dict[str, object]], None]
) -> None:
    folder = copy(tmp_path / "model")
    edit_json(folder / "generation_config.json", change)
    outcome = dg("generate", "rain " * 1100, model=str(folder))
    assert (outcome.code, outcome.stdout) == (4, b"")
    assert "tokens, and the model can read" in outcome.stderr
