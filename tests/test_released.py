"""A checkpoint with every field of the released config, small: it loads, and each task runs on it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import dgcli
from dgcli.api import generate, infill, restyle
from dgcli.checkpoint.config import ModelConfig, read_config
from dgcli.checkpoint.memory import need
from dgcli.checkpoint.quantisation import Packing
from dgcli.checkpoint.recipes import RECIPES
from dgcli.checkpoint.registry import PUBLISHED
from dgcli.checkpoint.tensors import parameter_count, tensor_table
from dgcli.engine.loading import load_engine
from tests.metal import metal_settings
from tests.released import released_checkpoint, released_config


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return released_checkpoint(tmp_path_factory.mktemp("released") / "checkpoint")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> ModelConfig:
    """The config in its own size."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "config.json").write_text(json.dumps(released_config()), encoding="utf-8")
    return read_config(folder)


def run_all(folder: Path) -> None:
    model = dgcli.load(folder)
    assert model.stop_ids == {1, 6, 50}
    assert generate(model, "Rain.", seed=1, max_tokens=20).tokens > 0
    filled = infill(model, "The rain [[?~2]] all day.\n", seed=1)
    assert filled.text.startswith("The rain ")
    assert filled.text.endswith(" all day.\n")
    assert restyle(model, "It rained.\n", "formal", seed=1).text.strip()


def test_every_task_runs(folder: Path) -> None:
    run_all(folder)


def test_every_task_runs_with_the_settings_of_metal_in_bfloat16(folder: Path) -> None:
    with metal_settings(small=0):
        assert need(folder).weights == load_engine(folder).nbytes
        run_all(folder)


def test_bits_are_those_of_the_config(folder: Path, whole: ModelConfig) -> None:
    """236 modules of the released one have a setting of their own."""
    assert len(whole.quantisation.modules) == 236
    for config in (whole, read_config(folder)):
        for tensor in tensor_table(config).values():
            eight = not tensor.of_experts and "self_conditioning" not in tensor.module
            assert not tensor.packable or config.quantisation.of(tensor.module) == Packing(64, 8 if eight else 4)


def test_sizes_of_the_published_conversions_are_those_of_their_shapes(whole: ModelConfig) -> None:
    """All that the conversion lists keeps its eight bits; the rest has the format of the name."""
    assert parameter_count(whole) == 25_250_986_812
    for name, conversion in PUBLISHED.items():
        default = RECIPES[name.removeprefix("26b-")].experts
        total = 0
        for tensor in tensor_table(whole).values():
            listed = whole.quantisation.modules.get(tensor.module) if default is not None else None
            total += sum(part.nbytes(2) for part in tensor.parts((listed or default) if tensor.packable else None))
        assert total <= conversion.weights + 2_000_000, name
        assert total > conversion.weights - 20_000_000, name


@pytest.mark.reference
def test_every_field_of_the_released_config_is_there() -> None:
    there = Path(os.environ["DG_REFERENCE"]) / "released-4bit" / "config.json"
    assert json.loads(there.read_text(encoding="utf-8")) == released_config()
