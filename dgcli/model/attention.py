"""Softmax attention over grouped heads, without a scale: mlx's own, or on the CPU one with cheaper exponentials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from dgcli.platform.backend import mx, this_backend
from dgcli.platform.elementwise import softmax
from dgcli.platform.products import matmul

KeysValues: TypeAlias = "tuple[mx.array, mx.array]"  # each [B, kv heads, positions, head_dim]
Mask: TypeAlias = "mx.array | str | None"
"""What a position sees: boolean [L, P] or, each row its own, [B, L, P]; "causal" (the last L of P positions are its own
pass); or None: everything."""

_NUMBERS = 2**17  # scores that are made at once: they stay in a core's cache, and are not so few that calls cost more


def attend(
    queries: mx.array, keys: mx.array, values: mx.array, mask: Mask, shared: KeysValues | None = None
) -> mx.array:
    """queries [B, heads, L, D]; keys and values [B, kv heads, P, D] -> [B, heads, L, D]

    shared: keys and values [1, kv heads, S, D] of what stands before these P in every row; the mask is over both. On
    the CPU they are not copied for each row.
    """
    if this_backend().device != "cpu" or queries.dtype != mx.float32:
        if shared is not None:
            keys, values = (_behind(*pair) for pair in zip(shared, (keys, values), strict=True))
        mask = mask[:, None] if isinstance(mask, mx.array) and mask.ndim == 3 else mask
        return mx.fast.scaled_dot_product_attention(queries, keys, values, scale=1.0, mask=mask)
    batch, heads, length, size = queries.shape
    groups = keys.shape[1]
    positions = keys.shape[2] + (0 if shared is None else shared[0].shape[2])
    hidden = _hidden(mask, length, positions)
    queries = queries.reshape(batch, groups, -1, size).swapaxes(0, 1)  # [kv heads, B, heads of a group * L, D]
    stretches = [_by_group(pair) for pair in (shared, (keys, values)) if pair is not None]
    rows = max(1, _NUMBERS // (heads // groups * length * positions))  # of one group
    together = max(1, rows // batch)  # groups
    parts = []
    for group in range(0, groups, together):
        some = slice(group, group + together)
        of_rows = [
            _some(*_part(queries, stretches, some, slice(row, row + rows)), _of_rows(hidden, slice(row, row + rows)))
            for row in range(0, batch, rows)
        ]
        parts.append(mx.concatenate(of_rows, axis=1))
    return mx.concatenate(parts).swapaxes(0, 1).reshape(batch, heads, length, -1)


def _by_group(pair: KeysValues) -> KeysValues:
    """[B or 1, kv heads, P, D] -> [kv heads, B or 1, P, D]"""
    keys, values = pair
    return keys.swapaxes(0, 1), values.swapaxes(0, 1)


def _part(
    queries: mx.array, stretches: Sequence[KeysValues], groups: slice, rows: slice
) -> tuple[mx.array, list[KeysValues]]:
    """Of some groups, and of some rows where each has its own."""
    parts = []
    for keys, values in stretches:
        which = (groups, slice(None)) if keys.shape[1] == 1 else (groups, rows)
        parts.append((keys[which], values[which]))
    return queries[groups, rows], parts


def _some(queries: mx.array, stretches: Sequence[KeysValues], hidden: mx.array | None) -> mx.array:
    """queries [G, B, N, D], N of them L queries of each head of a group; stretches [G, B or 1, P, D] -> [G, B, N, D]

    hidden: [L, P], or each row's own [B, 1, L, P].
    """
    scores = mx.concatenate([_product(queries, keys.swapaxes(-1, -2)) for keys, _ in stretches], axis=-1)
    if hidden is not None:
        scores = (scores.reshape(*scores.shape[:2], -1, *hidden.shape[-2:]) + hidden).reshape(scores.shape)
    weights = softmax(scores)
    out, start = mx.zeros_like(queries), 0
    for _, values in stretches:
        end = start + values.shape[2]
        out = out + _product(weights[..., start:end], values)
        start = end
    return out


def _product(a: mx.array, b: mx.array) -> mx.array:
    """[G, B, N, I] and [G, B or 1, I, O] -> [G, B, N, O]. What all rows share is read once."""
    groups, batch, count, size = a.shape
    if b.shape[1] == batch:
        return matmul(a, b)
    return matmul(a.reshape(groups, 1, batch * count, size), b).reshape(groups, batch, count, -1)


def _behind(shared: mx.array, own: mx.array) -> mx.array:
    """[1, heads, S, D] and [B, heads, P, D] -> [B, heads, S + P, D]"""
    return mx.concatenate([mx.broadcast_to(shared, (own.shape[0], *shared.shape[1:])), own], axis=2)


def _hidden(mask: Mask, length: int, positions: int) -> mx.array | None:
    """What is added to scores: 0, or so little that nothing is left of them; [L, P], or each row's own [B, 1, L, P]."""
    if mask is None:
        return None
    if isinstance(mask, str):
        mask = mx.arange(positions)[None] <= mx.arange(positions - length, positions)[:, None]
    hidden = mx.where(mask, 0.0, -1e9)
    return hidden if hidden.ndim == 2 else hidden[:, None]


def _of_rows(hidden: mx.array | None, rows: slice) -> mx.array | None:
    return hidden if hidden is None or hidden.ndim == 2 else hidden[rows]
