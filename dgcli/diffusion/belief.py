"""What one pass over the logits of free positions tells."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import cast

from dgcli.errors import ModelError
from dgcli.platform.backend import mx
from dgcli.platform.blocks import in_blocks
from dgcli.platform.elementwise import exp, fused


@dataclass(frozen=True)
class Belief:
    """What the denoiser believes of F free positions."""

    probability: mx.array  # [F, V]
    argmax: list[int]  # [F]
    entropy: list[float]  # [F] nats
    known_at: float  # when the network's part was done, in seconds of `time.perf_counter`


def believe(logits: mx.array, temperature: float, own: Sequence[tuple[int, float]] | None = None) -> Belief:
    """softmax(logits / temperature) of logits [F, V], float32, with one exponential for each number.

    Args:
        own: of each position [F] a token, and the nats that its logit loses before anything is looked at.

    Raises:
        ModelError: the logits are no finite numbers.
    """

    def look(rows: mx.array, *own: mx.array) -> tuple[mx.array, ...]:
        rows = discounted(rows, *own) if own else rows
        argmax = mx.argmax(rows, axis=-1, keepdims=True)
        below, powers = _powers(rows, mx.take_along_axis(rows, argmax, axis=-1), divisor)
        total = powers.sum(axis=-1, keepdims=True)
        probability, parts = _shares(below, powers, total)
        entropy = mx.maximum(mx.log(total) - parts.sum(axis=-1, keepdims=True), 0.0)  # but for rounding
        return probability, argmax[:, 0], entropy[:, 0]

    divisor = mx.array(temperature, dtype=logits.dtype)
    taken = [] if own is None else [mx.array(list(part)) for part in zip(*own, strict=True)]
    probability, argmax, entropy = in_blocks(look, logits, *taken)
    mx.eval(probability, argmax, entropy)
    entropies = cast("list[float]", entropy.tolist())
    if not all(map(isfinite, entropies)):
        raise ModelError(
            "The model predicts nothing: what it computes are no numbers (NaN).",
            "Its weights or those of an adapter are damaged or too large: fetch them again, or choose others.",
        )
    return Belief(
        probability=probability,
        argmax=cast("list[int]", argmax.tolist()),
        entropy=entropies,
        known_at=time.perf_counter(),
    )


@fused
def _powers(rows: mx.array, top: mx.array, temperature: mx.array) -> tuple[mx.array, mx.array]:
    """Logits [F, V] below their largest [F, 1], divided by the temperature; and e to the power of that."""
    below = (rows - top) / temperature
    return below, exp(below)


@fused
def _shares(below: mx.array, powers: mx.array, total: mx.array) -> tuple[mx.array, mx.array]:
    """Powers [F, V] as shares of their total [F, 1]; and what each adds to a mean of `below` [F, V]."""
    probability = powers / total
    return probability, probability * below


def discounted(logits: mx.array, tokens: mx.array, nats: mx.array) -> mx.array:
    """Logits [F, V] of which one of the `tokens` [F] in each row has lost so many `nats` [F]."""
    column, loss = tokens[:, None], nats[:, None].astype(logits.dtype)
    return mx.put_along_axis(logits, column, mx.take_along_axis(logits, column, axis=-1) - loss, axis=-1)
