"""Whether a model fits into memory is known before it is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

import dgcli
from benchmarks import mac_memory
from dgcli.checkpoint import memory as fit
from dgcli.checkpoint.convert import convert
from dgcli.checkpoint.memory import PROMPTS, Batch, check_fit, need, reckoned
from dgcli.checkpoint.recipes import RECIPES
from dgcli.checkpoint.registry import PUBLISHED, largest_within, repository
from dgcli.engine.engine import Engine
from dgcli.engine.loading import load_engine
from dgcli.engine.prompt_cache import KEPT
from dgcli.errors import ModelError
from tests.checkpoints import TINY


@pytest.mark.parametrize("recipe", RECIPES)
def test_weights_are_counted_to_the_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: str) -> None:
    folder = convert(TINY, tmp_path / "made", recipe).folder
    monkeypatch.setattr("dgcli.engine.loading.available_memory", lambda: 0)
    assert need(folder).weights == load_engine(folder).nbytes


@pytest.mark.parametrize("length", [5, 15, 40])
def test_the_cache_is_counted_to_the_byte(tiny: Engine, length: int) -> None:
    cache = tiny.encode([20] * length)
    assert need(TINY, length).cache == sum(array.nbytes for layer in cache.layers for array in layer)


def test_more_context_needs_more() -> None:
    short, long = need(TINY, 100), need(TINY, 1000)
    assert short.weights == long.weights
    assert short.total == short.weights + PROMPTS * short.cache + short.activations < long.total
    assert PROMPTS == KEPT


def test_a_model_that_does_not_fit_is_refused_with_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "usable_memory", lambda: 1000)
    with pytest.raises(ModelError) as caught:
        check_fit(TINY)
    assert "GB of memory" in str(caught.value)
    assert "<force>" in caught.value.advice
    with pytest.raises(ModelError, match="needs"):
        dgcli.load(TINY)
    assert dgcli.load(TINY, force=True).vocab_size > 0


def test_the_next_smaller_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    large = fit.Need(weights=PUBLISHED["26b-8bit"].weights, cache=300_000_000, activations=10**9, context=4096)
    monkeypatch.setattr(fit, "need", lambda folder, context: large)
    for usable, named in (
        (28.0e9, "26b-mxfp8"),
        (20e9, "26b-5bit"),
        (18e9, "26b-4bit"),
        (16.5e9, "26b-mxfp4"),
        (9e9, "small bundled"),
    ):
        monkeypatch.setattr(fit, "usable_memory", lambda usable=usable: int(usable))
        with pytest.raises(ModelError) as caught:
            check_fit(TINY)
        assert named in caught.value.advice
        assert "28.4 GB" in str(caught.value)
    monkeypatch.setattr(fit, "usable_memory", lambda: 30 * 10**9)
    check_fit(TINY)


def test_the_released_shape_is_counted_as_it_is_published() -> None:
    """Weights in each format within a thousandth, and all else within a hundredth."""
    config = mac_memory.released()
    for name, each in PUBLISHED.items():
        assert mac_memory.weights(config, name.removeprefix("26b-")) == pytest.approx(each.weights, rel=1e-3)
    assert reckoned(config, 0, 2).rest == pytest.approx(fit.RELEASED_REST, rel=0.01)


def test_at_four_bits_it_fits_a_mac_of_24_gb_as_it_comes() -> None:
    """Whatever it is asked for, also a sentence of a long document."""
    config, limit = mac_memory.released(), mac_memory.default_limit(24 * 2**30)
    weights = mac_memory.weights(config, "4bit")
    assert reckoned(config, weights, 2).total < limit
    for context, batch in mac_memory.TASKS.values():
        assert reckoned(config, weights, 2, context, batch).total <= reckoned(config, weights, 2).total


def test_the_page_has_what_the_script_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "memory.md").read_text(encoding="utf-8")
    assert mac_memory.replaced(page) == page


def test_a_batch_that_is_larger_takes_more() -> None:
    """And a hole of more free positions than a canvas has is no larger batch than a canvas."""
    config = mac_memory.released()
    sizes = [reckoned(config, 0, 2, 100, Batch(1, 256, free)).total for free in (16, 108, 180, 256)]
    assert sizes == sorted(set(sizes))
    assert fit.free_at_once(config.vocab_size, config.canvas_length) == config.canvas_length


def test_short_names() -> None:
    assert repository("26B-4bit") == "mlx-community/diffusiongemma-26B-A4B-it-4bit"
    assert repository("owner/name") == "owner/name"
    assert largest_within(10**9, 10**12) is None
    weights = [each.weights for each in PUBLISHED.values()]
    assert weights == sorted(weights, reverse=True)
