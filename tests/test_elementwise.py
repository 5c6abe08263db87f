"""Functions of our own are the mathematical ones, over all that float32 holds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dgcli.platform import elementwise
from dgcli.platform.backend import mx
from dgcli.platform.blocks import in_blocks

INFINITY = float("inf")


def test_tanh_is_tanh() -> None:
    x = mx.concatenate([mx.linspace(-20, 20, 10_001), mx.array([0.0, 1e-30, -1e-8, 1e30, INFINITY, -INFINITY])])
    assert mx.abs(elementwise.tanh(x) - mx.tanh(x)).max().item() < 5e-7  # type: ignore[operator]
    small = mx.array([1e-6, 1e-4, 1e-2])
    assert mx.abs(elementwise.tanh(small) / mx.tanh(small) - 1).max().item() < 1e-6  # type: ignore[operator]
    assert mx.isnan(elementwise.tanh(mx.array([float("nan")]))).item()


@pytest.mark.parametrize("cap", [1.0, 30.0, 1000.0])
def test_a_softcap_is_a_stretched_tanh(cap: float) -> None:
    x = mx.linspace(-9 * cap, 9 * cap, 10_001)
    assert mx.abs(elementwise.softcap(x, cap) - cap * mx.tanh(x / cap)).max().item() < 5e-7 * cap  # type: ignore[operator]


def test_exp_is_exp_for_what_is_not_positive() -> None:
    x = mx.linspace(-86, 0, 100_001)
    assert mx.abs(elementwise.exp(x) / mx.exp(x) - 1).max().item() < 4e-6  # type: ignore[operator]
    x = mx.linspace(-1, 0, 10_001)
    assert mx.abs(elementwise.exp(x) / mx.exp(x) - 1).max().item() < 3e-7  # type: ignore[operator]
    assert mx.isnan(elementwise.exp(mx.array([float("nan")]))).item()
    assert elementwise.exp(mx.array([-89.0, -1e9, -1e38, -INFINITY])).tolist() == [0, 0, 0, 0]


def test_probabilities_add_up_to_one() -> None:
    x = 20 * mx.random.normal((50, 1000), key=mx.random.key(1))
    x[:, 3] = -1e9  # a token that may not appear
    found = elementwise.softmax(x)
    assert mx.abs(found - mx.softmax(x, axis=-1)).max().item() < 1e-5  # type: ignore[operator]
    assert mx.abs(found.sum(axis=-1) - 1).max().item() < 1e-5  # type: ignore[operator]
    assert found[:, 3].max().item() == 0
    assert elementwise.softmax(mx.array([[0.0, 90.0]])).tolist() == [[0, 1]]


def test_the_log_of_a_sum_of_exponentials() -> None:
    x = 20 * mx.random.normal((50, 1000), key=mx.random.key(1))
    x[:, 3] = -1e9
    assert mx.abs(elementwise.logsumexp(x) - mx.logsumexp(x, axis=-1)).max().item() < 2e-5  # type: ignore[operator]
    assert elementwise.logsumexp(mx.array([[0.0, 90.0]])).tolist() == [90]


@pytest.mark.parametrize(
    ("own", "known", "limits"),
    [
        (elementwise.tanh, mx.tanh, (-9, 9)),
        (lambda x: elementwise.softcap(x, 30.0), lambda x: 30 * mx.tanh(x / 30), (-99, 99)),
        (elementwise.exp, mx.exp, (-9, 0)),
        (lambda x: elementwise.softmax(x)[:, :3], lambda x: mx.softmax(x, axis=-1)[:, :3], (-3, 3)),
        (elementwise.logsumexp, lambda x: mx.logsumexp(x, axis=-1), (-3, 3)),
    ],
)
def test_gradients_are_those_of_the_functions_of_mlx(
    own: Callable[[mx.array], mx.array], known: Callable[[mx.array], mx.array], limits: tuple[float, float]
) -> None:
    x = mx.random.uniform(*limits, (20, 50), key=mx.random.key(3))
    found, wanted = (mx.grad(lambda x, f=f: mx.square(f(x)).sum())(x) for f in (own, known))
    assert mx.abs(found - wanted).max().item() <= 2e-5 * mx.abs(wanted).max().item()  # type: ignore[operator]


@pytest.mark.parametrize("count", [1, 15, 16, 33, 100])
def test_blocks_are_put_together_again(count: int) -> None:
    rows = mx.random.normal((count, 32_768), key=mx.random.key(2))
    doubled, sums = in_blocks(lambda block: (2 * block, block.sum(axis=-1)), rows)
    assert mx.array_equal(doubled, 2 * rows).item()
    assert mx.array_equal(sums, rows.sum(axis=-1)).item()
