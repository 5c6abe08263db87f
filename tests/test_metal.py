"""What is peculiar to Metal, with its settings on the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import dgcli
from dgcli.api import generate, infill, restyle
from dgcli.checkpoint.convert import convert
from dgcli.checkpoint.memory import need
from dgcli.engine.engine import Engine
from dgcli.engine.loading import load_engine
from dgcli.platform.backend import compute_type, mx
from dgcli.platform.memory import usable_memory
from tests import checkpoints
from tests.checkpoints import TINY
from tests.metal import metal_settings

PROMPT, CANVAS = [2, 5, *range(270, 310)], list(range(280, 304))
RECIPES = ["bf16", "8bit", "5bit", "4bit", "mxfp8", "mxfp4", "nvfp4"]


@pytest.fixture
def metal() -> Iterator[None]:
    with metal_settings():
        yield


@pytest.fixture
def metal_of_large_models() -> Iterator[None]:
    """Which compute as they are stored."""
    with metal_settings(small=0):
        yield


def bfloat16(folder: Path) -> Path:
    """The checkpoint with weights in bfloat16."""
    checkpoints.copy(folder)
    arrays = {name: array.astype(mx.bfloat16) for name, array in checkpoints.tensors().items()}
    checkpoints.save(folder / checkpoints.WEIGHTS, arrays)
    return folder


def logits(engine: Engine) -> mx.array:
    """Of a second step, [24, V]."""
    cache = engine.encode(PROMPT)
    first = engine.denoise(CANVAS, cache)
    return mx.concatenate([engine.denoise(CANVAS, cache, first), engine.score(CANVAS, cache)[:, None]], axis=-1)


def error(found: mx.array, expected: mx.array) -> float:
    """Relative, of root mean squares."""
    return float((mx.sqrt(mx.mean((found - expected) ** 2)) / mx.sqrt(mx.mean(expected**2))).item())


@pytest.mark.parametrize(
    ("stored", "nbytes", "computed"),
    [
        (mx.float16, 10**8, mx.float32),
        (mx.bfloat16, 10**8, mx.float32),
        (mx.bfloat16, 10**10, mx.bfloat16),
        (mx.float16, 10**10, mx.bfloat16),
        (mx.float32, 10**10, mx.float32),
    ],
)
def test_small_models_compute_in_float32_and_none_in_float16(stored: mx.Dtype, nbytes: int, computed: mx.Dtype) -> None:
    assert compute_type(stored, nbytes) == computed


def test_a_checkpoint_of_float16_computes_in_bfloat16(metal_of_large_models: None) -> None:
    engine = load_engine(TINY)
    assert engine.network.dtype == mx.bfloat16
    assert engine.encode(PROMPT).hidden.dtype == mx.bfloat16


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_small_model_computes_as_on_the_cpu(tmp_path: Path, recipe: str) -> None:
    folder = convert(TINY, tmp_path / "made", recipe).folder
    expected = logits(load_engine(folder))
    with metal_settings():
        engine = load_engine(folder)
        assert engine.network.dtype == mx.float32
        assert need(folder).weights == engine.nbytes
        assert error(logits(engine), expected) < 2e-5


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_large_model_stays_as_it_is_stored(tmp_path: Path, recipe: str) -> None:
    """bfloat16 has eight bits of precision, and with random weights the router's choices are close; a wrong product
    differs by more than 1."""
    folder = convert(bfloat16(tmp_path / "source"), tmp_path / "made", recipe).folder
    expected = logits(load_engine(folder))
    with metal_settings(small=0):
        engine = load_engine(folder)
        assert engine.network.dtype == mx.bfloat16
        assert need(folder).weights == engine.nbytes
        assert error(logits(engine), expected) < 0.35


def test_a_seed_gives_the_text_of_the_cpu() -> None:
    """Whatever is asked for."""

    def texts() -> list[str]:
        model = dgcli.load(TINY)
        return [
            generate(model, "Rain.", seed=3, max_tokens=20, steps=4).text,
            infill(model, "The rain [[?~2]] all day.\n", seed=3, steps=4).text,
            restyle(model, "It rained.\n", "formal", seed=3).text,
        ]

    expected = texts()
    with metal_settings():
        assert texts() == expected


@pytest.mark.parametrize("recipe", ["bf16", "4bit"])
def test_all_tasks_run_in_bfloat16(tmp_path: Path, metal_of_large_models: None, recipe: str) -> None:
    model = dgcli.load(convert(bfloat16(tmp_path / "source"), tmp_path / "made", recipe).folder)
    assert generate(model, "Rain.", seed=3, max_tokens=20, steps=2).tokens
    assert infill(model, "The rain [[?~2]] all day.\n", seed=3, steps=2).text.startswith("The rain ")
    assert restyle(model, "It rained.\n", "formal", seed=3).text


def test_the_working_set_is_the_limit(metal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mx, "device_info", lambda: {"max_recommended_working_set_size": 1000})
    assert usable_memory() == 1000
