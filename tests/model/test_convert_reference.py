"""Conversions of dg through the eyes of mlx-vlm: both compute the same logits from the same folder.

Needs a Python with mlx-vlm 0.7.10, named by DG_MLX_VLM (default: this one); with DG_REFERENCE its checkpoints are
converted, and otherwise the golden one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from dgcli.checkpoint.convert import convert
from dgcli.checkpoint.recipes import RECIPES
from dgcli.engine.loading import load_engine
from dgcli.platform.backend import mx
from tests import checkpoints
from tests.checkpoints import TINY
from tests.model.comparing import relative, same_argmax

PYTHON = os.environ.get("DG_MLX_VLM", sys.executable)
HAS_VLM = "DG_MLX_VLM" in os.environ or find_spec("mlx_vlm") is not None
pytestmark = [pytest.mark.reference, pytest.mark.skipif(not HAS_VLM, reason="DG_MLX_VLM names no Python with mlx-vlm")]
VARIABLE = os.environ.get("DG_REFERENCE")
IDS = {"prompt": mx.arange(20, 81), "canvas": mx.arange(100, 132)}


@pytest.fixture(params=["tiny", "tiny-per-layer-config"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if VARIABLE is not None:
        return Path(VARIABLE) / request.param
    return TINY if request.param == "tiny" else checkpoints.per_layer_config(tmp_path / "source")


def of_mlx_vlm(folder: Path, place: Path) -> dict[str, mx.array]:
    mx.save_safetensors(str(place / "inputs.safetensors"), IDS)
    script = Path(__file__).with_name("vlm_logits.py")
    out = place / "logits.safetensors"
    subprocess.run([PYTHON, str(script), str(folder), str(place / "inputs.safetensors"), str(out)], check=True)
    loaded = mx.load(str(out))
    assert isinstance(loaded, dict)
    return loaded


@pytest.mark.parametrize("held", ["expanded", "packed"])
@pytest.mark.parametrize("recipe", RECIPES)
def test_mlx_vlm_computes_the_same(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: str, held: str
) -> None:
    folder = convert(source, tmp_path / "made", recipe).folder
    if held == "packed":
        monkeypatch.setattr("dgcli.engine.loading.available_memory", lambda: 0)
    model, expected = load_engine(folder), of_mlx_vlm(folder, tmp_path)
    cache = model.encode(IDS["prompt"])
    first = model.denoise(IDS["canvas"], cache)
    for name, logits in (("logits", first), ("conditioned", model.denoise(IDS["canvas"], cache, first / 0.7))):
        assert same_argmax(logits, expected[name])
        assert relative(logits, expected[name]) < 1e-4


def test_mlx_vlm_takes_the_vision_tower_too(source: Path, tmp_path: Path) -> None:
    folder = convert(source, tmp_path / "made", "4bit", with_vision=True).folder
    expected = of_mlx_vlm(folder, tmp_path)["logits"]
    model = load_engine(folder)
    assert relative(model.denoise(IDS["canvas"], model.encode(IDS["prompt"])), expected) < 1e-4
