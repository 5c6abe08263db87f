"""The network that teaches a base to denoise computes what `dg` and transformers do; its examples are what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.reference
torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from training.patch.base import expanded  # noqa: E402
from training.patch.examples import BEGIN, NOISE, PAD, Texts, batch, shape_of  # noqa: E402
from training.patch.network import Patched, Shape, adapter, load_adapter  # noqa: E402
from training.patch.train import factor, losses  # noqa: E402

PATCHED = Path(__file__).parents[1] / "golden" / "patched"
SHAPE = Shape(416, 64, 96, 3, 4, 2, 16)


def network() -> Patched:
    weights = load_file(PATCHED / "model.safetensors")
    model = Patched(SHAPE, rank=2, marks=(3, 4), scale=3.0)
    model.load_base({name.removesuffix(".weight"): one.float() for name, one in weights.items()})
    load_adapter(model, load_file(PATCHED / "adapter" / "adapter_model.safetensors"))
    return model


@torch.no_grad()
def test_it_computes_what_transformers_does() -> None:
    model, golden = network(), load_file(PATCHED / "forward.safetensors")
    states, cache = model.encode(golden["prompt"][None])
    assert torch.allclose(states[0] @ model.embedding.T, golden["encoder"], atol=2e-4)
    canvas = model.denoise(golden["canvas"][None], cache)
    assert torch.allclose(model.logits(canvas[0, :-1]), golden["denoiser"][1:], atol=2e-4)


def test_an_adapter_is_what_was_loaded() -> None:
    expected = load_file(PATCHED / "adapter" / "adapter_model.safetensors")
    found = adapter(network())
    assert set(found) == set(expected)
    assert all(torch.equal(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize("bits", [4, 8])
def test_packed_numbers_are_expanded(bits: int) -> None:
    numbers = torch.randint(0, 2**bits, (3, 64))
    words = (numbers.reshape(3, -1, 32 // bits) << torch.arange(0, 32, bits)).sum(-1)
    words = torch.where(words >= 2**31, words - 2**32, words).to(torch.int32).view(torch.uint32)
    scales, biases = torch.rand(3, 2).half(), torch.rand(3, 2).half()
    found = expanded({"x.weight": words, "x.scales": scales, "x.biases": biases}, "x")
    expected = numbers * scales.float().repeat_interleave(32, 1) + biases.float().repeat_interleave(32, 1)
    assert torch.allclose(found, expected)


def texts() -> Texts:
    """Two sources of short texts, of which each token is one more than the one before."""
    length = np.array([70, 45, 300])
    start = np.concatenate([[0], np.cumsum(length)[:-1]])
    tokens = np.concatenate([np.arange(100, 100 + one) for one in length]).astype(np.uint16)
    return Texts(tokens, start, length, (np.array([0, 1]), np.array([2])), np.array([0.5, 0.5]))


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_examples(seed: int, pairs: int) -> None:
    rng = np.random.default_rng(seed)
    shape = shape_of(rng)
    made = batch(texts(), rng, 2 * pairs, shape=shape)
    assert made.prefix.shape == (pairs, shape[0])
    assert made.canvas.shape == made.target.shape == made.noised.shape == (2 * pairs, shape[1])
    assert (made.prefix[:, 0] == BEGIN).all()
    assert ((made.canvas == NOISE) == made.noised).all()
    assert (made.canvas == made.target)[~made.noised].all()
    assert not made.noised[:, 0].any()  # nothing in the canvas would predict it
    assert made.noised.any(axis=1).all()
    for prefix, target in zip(made.prefix.repeat(2, 0), made.target, strict=True):
        whole = np.concatenate([prefix, target[target != PAD]])
        steps = np.diff(whole)
        assert (steps[(whole[1:] != BEGIN) & (whole[:-1] != BEGIN)] == 1).all()  # text, in order, but for padding


def test_the_same_seed_gives_the_same_losses() -> None:
    model = network()
    model.marks.copy_(torch.tensor([3, 4]))
    made = batch(texts(), np.random.default_rng(1), 4, shape=(16, 32))
    small = type(made)(made.prefix % 400, np.where(made.noised, 3, made.canvas % 400), made.target % 400, made.noised)
    first, second = losses(model, small), losses(model, small)
    assert torch.equal(first.each, second.each)
    assert len(first.each) == made.noised.sum()


def test_rates_rise_and_fall() -> None:
    assert factor(0, 0.0, 0.3) < 0.1
    assert factor(1000, 0.5, 0.3) == 1.0
    assert factor(1000, 0.85, 0.3) == pytest.approx(0.5)
    assert factor(1000, 0.99, 0.0) == 1.0
