"""Every token through all experts without sorting is what sorting gives."""

from __future__ import annotations

import pytest

from dgcli.checkpoint.quantisation import Packing
from dgcli.model.layers import Experts, gelu
from dgcli.model.linear import DenseExperts, QuantisedExperts
from dgcli.platform.backend import mx
from tests.model.comparing import furthest

TOKENS, HIDDEN, INNER, COUNT = 7, 64, 64, 3


def dense(seed: int, *shape: int) -> DenseExperts:
    return DenseExperts(0.1 * mx.random.normal(shape, key=mx.random.key(seed)))


def quantised(seed: int, *shape: int) -> QuantisedExperts:
    packed, scales, biases = mx.quantize(dense(seed, *shape).weight, group_size=32, bits=8)
    return QuantisedExperts(packed, scales, biases, Packing(32, 8))


@pytest.mark.parametrize("make", [dense, quantised])
def test_all_experts(make: type[DenseExperts] | type[QuantisedExperts]) -> None:
    experts = Experts(gate_up=make(1, COUNT, 2 * INNER, HIDDEN), down=make(2, COUNT, HIDDEN, INNER), activation=gelu)
    x = mx.random.normal((TOKENS, HIDDEN), key=mx.random.key(3))
    weights = mx.random.uniform(shape=(TOKENS, COUNT), key=mx.random.key(4))
    chosen = mx.argsort(mx.random.uniform(shape=(TOKENS, COUNT), key=mx.random.key(5)), axis=-1)
    none = mx.zeros((TOKENS, 1), dtype=chosen.dtype)
    one_by_one = sum(
        experts(x, none + expert, mx.ones((TOKENS, 1))) * weight_of(weights, chosen, expert) for expert in range(COUNT)
    )
    assert furthest(experts(x, chosen, weights), one_by_one) < 1e-4


def weight_of(weights: mx.array, chosen: mx.array, expert: int) -> mx.array:
    return mx.where(chosen == expert, weights, 0.0).sum(axis=-1, keepdims=True)
