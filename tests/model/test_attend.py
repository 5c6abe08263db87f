"""Attention of our own is mlx's, whatever is masked and shared."""

from __future__ import annotations

import pytest

from dgcli.model.attention import Mask, attend
from dgcli.platform.backend import mx
from tests.model.comparing import furthest


def random(*shape: int) -> mx.array:
    return mx.random.normal(shape, key=mx.random.key(sum(shape)))


@pytest.mark.parametrize("shape", [(1, 4, 4), (2, 4, 2), (3, 4, 1)])
@pytest.mark.parametrize("mask", [None, "causal", "boolean", "rows"])
@pytest.mark.parametrize("at_once", [1, 300, 2**17])
def test_it_is_the_attention_of_mlx(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int, int], mask: str | None, at_once: int
) -> None:
    batch, heads, groups = shape
    monkeypatch.setattr("dgcli.model.attention._NUMBERS", at_once)
    length, positions, size = 7, 12, 16
    queries, keys, values = (
        random(batch, heads, length, size),
        random(batch, groups, positions, size),
        random(batch, groups, positions, size + 1)[..., :size],
    )
    seen: Mask = mask
    if mask == "boolean":
        seen = mx.arange(positions)[None] % 3 != mx.arange(length)[:, None] % 3
    known = seen
    if mask == "rows":
        seen = mx.random.uniform(shape=(batch, length, positions), key=mx.random.key(1)) < 0.7
        known = seen[:, None]
    expected = mx.fast.scaled_dot_product_attention(queries, keys, values, scale=1.0, mask=known)
    assert furthest(attend(queries, keys, values, seen), expected) < 1e-5


@pytest.mark.parametrize("rows", [2, 5])
@pytest.mark.parametrize("before", [0, 6])
@pytest.mark.parametrize("mask", [None, "causal"])
@pytest.mark.parametrize("at_once", [1, 300, 2**17])
def test_what_all_rows_share_is_as_if_each_had_its_own(
    monkeypatch: pytest.MonkeyPatch, rows: int, before: int, mask: str | None, at_once: int
) -> None:
    monkeypatch.setattr("dgcli.model.attention._NUMBERS", at_once)
    queries, keys, values = random(rows, 4, 3, 16), random(rows, 2, 5, 16), random(rows, 2, 5, 16) + 1
    shared = random(1, 2, before, 16), random(1, 2, before, 16) - 1
    copied = (mx.repeat(each, rows, axis=0) for each in shared)
    all_keys, all_values = (mx.concatenate(pair, axis=2) for pair in zip(copied, (keys, values), strict=True))
    expected = mx.fast.scaled_dot_product_attention(queries, all_keys, all_values, scale=1.0, mask=mask)
    assert furthest(attend(queries, keys, values, mask, shared), expected) < 1e-5
    other = [each.astype(mx.bfloat16) for each in (queries, keys, values, *shared)]
    left_to_mlx = attend(*other[:3], mask, (other[3], other[4]))
    assert furthest(left_to_mlx.astype(mx.float32), expected) < 0.1


def test_other_types_are_left_to_mlx() -> None:
    queries, keys, values = (random(1, 2, 3, 8).astype(mx.bfloat16) for _ in range(3))
    found = attend(queries, keys, values, None)
    assert found.dtype == mx.bfloat16
    assert mx.array_equal(found, mx.fast.scaled_dot_product_attention(queries, keys, values, scale=1.0)).item()
