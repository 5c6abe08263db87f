"""Large arrays in blocks of rows: what is made on the way is never as large as the whole.

With a vocabulary of 262,144, an array of [canvas, vocabulary] takes 268 MB, and an expression makes several.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from dgcli.platform.backend import mx, this_backend

CACHED = 2**19  # numbers: 2 MB, of which a few stay in a core's cache
SMALL = 2**22  # numbers: 16 MB, where there is no such cache, but each block costs a wait for the device
MULTIPLIED = 2**24  # numbers that a product takes or makes at once: 64 rows of 262,144; with fewer it is slower


def in_blocks(
    function: Callable[..., tuple[mx.array, ...]], rows: mx.array, *others: mx.array | range
) -> tuple[mx.array, ...]:
    """What `function` makes of arrays [N, ...], row by row, computed for as many rows at once as is fastest.

    Every array that it returns has a row for each of the N.
    """
    numbers = CACHED if this_backend().device == "cpu" else SMALL
    return _in_turn(function, (rows, *others), numbers * rows.shape[0] // max(1, rows.size))


def in_cache(function: Callable[[mx.array], mx.array], rows: mx.array) -> mx.array:
    """As `in_blocks`, for a function that is one pass where there is no CPU: there all rows go through at once."""
    return in_blocks(lambda block: (function(block),), rows)[0] if this_backend().device == "cpu" else function(rows)


def in_products(product: Callable[[mx.array], mx.array], rows: mx.array, vocab_size: int) -> mx.array:
    """As `in_cache`, for a product of rows [N, ...] that takes or makes `vocab_size` numbers of each.

    The last digit of such a product depends on how many rows are multiplied at once.
    """
    if this_backend().device != "cpu":
        return product(rows)
    return _in_turn(lambda block: (product(block),), (rows,), MULTIPLIED // vocab_size)[0]


def _in_turn(
    function: Callable[..., tuple[mx.array, ...]], rows: Sequence[mx.array | range], step: int
) -> tuple[mx.array, ...]:
    """`step` rows at once. If that is not all, each block is computed before the next begins.

    So what is alive at any time is what comes in and out, and what is made of one block.
    """
    count, step = cast("mx.array", rows[0]).shape[0], max(1, step)
    if step >= count:
        return function(*rows)
    whole: list[mx.array] = []
    for start in range(0, count, step):
        parts = list(function(*(array[start : start + step] for array in rows)))
        whole = whole or [mx.zeros((count, *part.shape[1:]), dtype=part.dtype) for part in parts]
        for array in whole:
            array[start : start + step] = parts.pop(0)
        mx.eval(whole)
    return tuple(whole)
