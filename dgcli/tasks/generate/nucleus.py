"""A language model's next token, as transformers draws it: repetitions, temperature, top k, top p, in this order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast

from dgcli.diffusion.draws import Draws, Site
from dgcli.diffusion.own_token import CERTAIN
from dgcli.platform.backend import mx
from dgcli.settings import WritingSettings


def next_token(logits: mx.array, written: Sequence[int], settings: WritingSettings, draws: Draws) -> int:
    """The token behind what is written, drawn from logits [V], of which those of `written` are less likely.

    It depends on the seed, the logits and what is written, and on nothing else.
    """
    logits = penalised(logits, written, settings.repetition_penalty)
    if barred := repeating(written, settings.no_repeat_ngram_size):
        logits = mx.put_along_axis(logits, mx.array(sorted(barred), dtype=mx.int32), mx.array(-CERTAIN), axis=0)
    if not settings.temperature:
        return cast("int", mx.argmax(logits).item())
    ids, probability = nucleus(logits, settings)
    (index,) = draws.sample(0, [Site(0, len(written))], probability[None])
    return cast("int", ids[index].item())


def nucleus(logits: mx.array, settings: WritingSettings) -> tuple[mx.array, mx.array]:
    """The ids [K] that are considered, the likeliest first, and their probabilities [K], which add up to 1."""
    count = min(settings.top_k, logits.shape[0])
    ids = mx.argpartition(-logits, kth=count - 1)[:count]
    ids = ids[mx.argsort(-logits[ids])]
    below = logits[ids] - logits[ids[0]]  # before it is divided, which could make it too large for a number
    probability = mx.softmax(below / settings.temperature, precise=True)
    before = mx.cumsum(probability) - probability  # what is likelier has so much together
    count = max(1, cast("int", (before < settings.top_p).sum().item()))
    probability = probability[:count]
    return ids[:count], probability / probability.sum()


def repeating(written: Sequence[int], size: int) -> set[int]:
    """The tokens that would end a row of `size` tokens which is written already; none where the size is 0."""
    last = tuple(written[len(written) - size + 1 :])
    if not size or len(last) != size - 1:
        return set()
    starts = range(len(written) - size + 1)
    return {written[start + size - 1] for start in starts if tuple(written[start : start + size - 1]) == last}


def penalised(logits: mx.array, written: Collection[int], penalty: float) -> mx.array:
    """Logits [..., V] of which those of `written` are divided by the penalty, or multiplied where they are negative."""
    if penalty == 1 or not written:
        return logits
    ids = mx.array(sorted(set(written)), dtype=mx.int32)
    found = logits[..., ids]
    places = mx.broadcast_to(ids, found.shape)
    return mx.put_along_axis(logits, places, mx.where(found > 0, found / penalty, found * penalty), axis=-1)
