"""Softmax attention over grouped heads, without a scale: mlx's own, or on the CPU one with cheaper exponentials."""

from __future__ import annotations

from typing import TypeAlias

from dgcli.platform.backend import mx, this_backend
from dgcli.platform.elementwise import softmax
from dgcli.platform.products import matmul

Mask: TypeAlias = "mx.array | str | None"
"""What a position sees: boolean [L, P], "causal" (the last L of P positions are its own pass), or None: everything."""

_NUMBERS = 2**17  # scores that are made at once: they stay in a core's cache, and are not so few that calls cost more


def attend(queries: mx.array, keys: mx.array, values: mx.array, mask: Mask) -> mx.array:
    """queries [B, heads, L, D]; keys and values [B, kv heads, P, D] -> [B, heads, L, D]"""
    if this_backend().device != "cpu" or queries.dtype != mx.float32:
        return mx.fast.scaled_dot_product_attention(queries, keys, values, scale=1.0, mask=mask)
    batch, heads, length, size = queries.shape
    groups, positions = keys.shape[1], keys.shape[2]
    hidden = _hidden(mask, length, positions)
    queries = queries.reshape(batch * groups, -1, length, size)  # [B * kv heads, heads of a group, L, D]
    keys, values = (array.reshape(batch * groups, positions, -1) for array in (keys, values))
    step = max(1, _NUMBERS // (queries.shape[1] * length * positions))
    parts = [
        _some_groups(queries[at : at + step], keys[at : at + step], values[at : at + step], hidden)
        for at in range(0, batch * groups, step)
    ]
    return mx.concatenate(parts).reshape(batch, heads, length, -1)


def _some_groups(queries: mx.array, keys: mx.array, values: mx.array, hidden: mx.array | None) -> mx.array:
    """queries [N, heads of a group, L, D]; keys and values [N, P, D] -> [N, heads of a group, L, D]"""
    count, heads, length, size = queries.shape
    scores = matmul(queries.reshape(count, heads * length, size), keys.swapaxes(-1, -2))  # [N, heads * L, P]
    if hidden is not None:
        scores = (scores.reshape(count, heads, length, -1) + hidden).reshape(scores.shape)
    return matmul(softmax(scores), values).reshape(count, heads, length, -1)


def _hidden(mask: Mask, length: int, positions: int) -> mx.array | None:
    """What is added to scores [L, P]: 0, or so little that nothing is left of them."""
    if mask is None:
        return None
    if isinstance(mask, str):
        mask = mx.arange(positions)[None] <= mx.arange(positions - length, positions)[:, None]
    return mx.where(mask, 0.0, -1e9)
