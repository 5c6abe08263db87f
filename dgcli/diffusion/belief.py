"""What one pass over the logits of free positions tells."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import cast

from dgcli.diffusion.predict import Logits
from dgcli.errors import ModelError
from dgcli.platform.backend import mx, this_backend
from dgcli.platform.blocks import in_blocks
from dgcli.platform.elementwise import exp, fused


@dataclass(frozen=True)
class Belief:
    """What the denoiser believes of F free positions."""

    probability: mx.array  # [F, V], in the type that the model computes with
    argmax: list[int]  # [F]
    entropy: list[float]  # [F] nats
    sampled: list[int]  # [F], or nothing
    known_at: float  # when the network's part was done, in seconds of `time.perf_counter`


def believe(
    logits: Logits,
    temperature: float,
    own: Sequence[tuple[int, float]] | None = None,
    sample: Callable[[range, mx.array], Sequence[int]] | None = None,
) -> Belief:
    """softmax(logits / temperature), with one exponential for each number.

    Args:
        own: of each position [F] a token, and the nats that its logit loses before anything is looked at.
        sample: draws a token for each row of probabilities [N, V], float32; it is told which of the F they are.

    Raises:
        ModelError: the logits are not finite numbers.
    """

    def look(raw: mx.array, rows: range, *own: mx.array) -> tuple[mx.array, ...]:
        told = _in_parts if this_backend().device == "cpu" else _in_passes
        probability, kept, argmax, entropy = told(logits, raw, divisor, own)
        sampled = sample(rows, probability) if sample is not None else [0] * len(rows)
        return kept, argmax, mx.maximum(entropy, 0.0), mx.array(list(sampled), dtype=mx.int32)  # but for rounding

    mx.eval(logits.raw)
    known_at = time.perf_counter()
    divisor = mx.array(temperature, dtype=mx.float32)
    taken = [] if own is None else [mx.array(list(part)) for part in zip(*own, strict=True)]
    probability, argmax, entropy, sampled = in_blocks(look, logits.raw, range(logits.raw.shape[0]), *taken)
    mx.eval(probability, argmax, entropy)
    entropies = cast("list[float]", entropy.tolist())
    if not all(map(isfinite, entropies)):
        raise ModelError(
            "The model predicts nothing: its results are not numbers (NaN).",
            "Its weights or those of an adapter are damaged or too large: fetch them again, or choose others.",
        )
    return Belief(
        probability=probability,
        argmax=cast("list[int]", argmax.tolist()),
        entropy=entropies,
        sampled=[] if sample is None else cast("list[int]", sampled.tolist()),
        known_at=known_at,
    )


def _in_parts(
    logits: Logits, raw: mx.array, temperature: mx.array, own: tuple[mx.array, ...]
) -> tuple[mx.array, mx.array, mx.array, mx.array]:
    """For the CPU, whose cache has a block: probabilities [N, V], the same, argmax [N], entropy [N]."""
    rows = logits.finished(raw)
    rows = discounted(rows, *own) if own else rows
    argmax = mx.argmax(rows, axis=-1, keepdims=True)
    below = (rows - mx.take_along_axis(rows, argmax, axis=-1)) / temperature
    powers = exp(below)
    total = powers.sum(axis=-1, keepdims=True)
    probability = powers / total
    entropy = mx.log(total) - (probability * below).sum(axis=-1, keepdims=True)
    return probability, probability, argmax[:, 0], entropy[:, 0]


def discounted(logits: mx.array, tokens: mx.array, nats: mx.array) -> mx.array:
    """Logits [F, V] of which one of the `tokens` [F] in each row has lost so many `nats` [F]."""
    column, loss = tokens[:, None], nats[:, None].astype(logits.dtype)
    return mx.put_along_axis(logits, column, mx.take_along_axis(logits, column, axis=-1) - loss, axis=-1)


def _in_passes(
    logits: Logits, raw: mx.array, temperature: mx.array, own: tuple[mx.array, ...]
) -> tuple[mx.array, mx.array, mx.array, mx.array]:
    """For Metal, where what counts is how often a block is read or written: the same, and a copy in the type of `raw`.

    What is done to each number is one pass with all that can be done with it then (docs/speed.md).
    """
    cap = None if logits.cap is None else mx.array(logits.cap, dtype=mx.float32)
    scaled = _scaled(raw, cap, logits.penalty, tuple(part[:, None] for part in own), temperature)
    probability, kept, parts = _told(scaled, mx.logsumexp(scaled, axis=-1, keepdims=True), raw[:1, :1])
    return probability, kept, mx.argmax(scaled, axis=-1), parts.sum(axis=-1)


@fused
def _scaled(
    raw: mx.array, cap: mx.array | None, penalty: mx.array | None, own: tuple[mx.array, ...], temperature: mx.array
) -> mx.array:
    """Logits [N, V], finished, divided by the temperature; `own` are tokens [N, 1] and the nats that they lose."""
    rows = raw.astype(mx.float32)
    rows = rows if cap is None else mx.tanh(rows / cap) * cap
    rows = rows if penalty is None else rows + penalty
    if own:
        tokens, nats = own
        rows = mx.where(mx.arange(raw.shape[-1]) == tokens, rows - nats, rows)
    return rows / temperature


@fused
def _told(scaled: mx.array, total: mx.array, like: mx.array) -> tuple[mx.array, mx.array, mx.array]:
    """Probabilities [N, V] by logits and the logarithm of their sum [N, 1]; a copy; what each adds to the entropy."""
    above = total - scaled
    probability = mx.exp(-above)
    return probability, probability.astype(like.dtype), probability * above
