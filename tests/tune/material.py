"""Small models and made-up examples to learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from random import Random
from typing import TypeVar

from dgcli.engine.loading import load_engine
from dgcli.model.layers import Layer
from dgcli.model.network import Network
from dgcli.platform.backend import mx
from dgcli.tune.batch import Batch, make_batch
from dgcli.tune.example import Example
from dgcli.tune.noise import Noise
from dgcli.tune.pairs import Parameters, initial
from dgcli.tune.plan import Plan
from tests.checkpoints import GOLDEN, TINY

PATCHED = GOLDEN / "patched"
RELEASED, SHIFTED = "released", "patched"
SHAPES = (RELEASED, SHIFTED)
_NOISE_ID = 3

_T = TypeVar("_T")


@cache
def network(shape: str) -> Network:
    """With one sliding and one full layer of the released shape, or two full ones of a patched Llama.

    Canvases of 8 tokens, and a window of 6.
    """
    whole = load_engine(TINY if shape == RELEASED else PATCHED).network
    kept = (4, 5) if shape == RELEASED else (0, 1)
    of: Callable[[tuple[_T, ...]], tuple[_T, ...]] = lambda found: tuple(found[index] for index in kept)  # noqa: E731
    config = replace(whole.config, layers=of(whole.config.layers), canvas_length=8, sliding_window=6)
    return replace(
        whole,
        config=config,
        layers=of(whole.layers),
        encoder_layers=of(whole.encoder_layers),
        encoder_scalars=of(whole.encoder_scalars),
        denoiser_scalars=of(whole.denoiser_scalars),
    )


def without_groups(found: Network) -> Network:
    """Every token through all experts: groups of tokens that share one depend on all tokens, and rounding on them."""

    def layer(one: Layer) -> Layer:
        routed = one.routed and replace(one.routed, router=replace(one.routed.router, top=found.config.experts))
        return replace(one, routed=routed)

    layers = tuple(map(layer, found.layers))
    return replace(found, layers=layers, encoder_layers=layers)


def noise_of(shape: str) -> Noise:
    config = network(shape).config
    return Noise(config.canvas_length, config.vocab_size, None if shape == RELEASED else _NOISE_ID)


def example(length: int, given: int, held: tuple[int, ...] = (), seed: int = 0) -> Example:
    numbers = Random(seed)
    return Example(tuple(numbers.randrange(20, 400) for _ in range(length)), given, frozenset(held))


def batch(shape: str, *examples: Example, encoder: bool = True, denoiser: bool = True, seed: int = 0) -> Batch:
    numbers, noise = Random(seed), noise_of(shape)
    noised = [noise(each, numbers) for each in examples] if denoiser else None
    return make_batch(network(shape).config, examples, noised, encoder=encoder, every=False)


def parameters(shape: str, plan: Plan) -> Parameters:
    """Pairs that have learned something: neither half is zero."""
    found = initial(network(shape).config, plan)
    keys = mx.random.split(mx.random.key(7), len(found))
    return {
        name: mx.random.normal(array.shape, key=key) * 0.1 if name.endswith(".up") else array
        for key, (name, array) in zip(keys, found.items(), strict=True)
    }
