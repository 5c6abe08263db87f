"""When a canvas is finished (reference `StableAndConfidentStoppingCriteria`)."""

from __future__ import annotations

from collections.abc import Sequence

from dgcli.settings import DenoiseSettings


def settled(
    earlier: Sequence[Sequence[int]], argmax: Sequence[int], mean_entropy: float, settings: DenoiseSettings
) -> bool:
    """Whether the argmax tokens have stood still and the model is sure of them.

    `earlier` are the argmax tokens of the steps before, oldest first; `argmax` those of this step; `mean_entropy` is
    over the free positions, in nats.
    """
    needed = settings.stability_threshold
    stable = len(earlier) >= needed and all(tuple(one) == tuple(argmax) for one in earlier[len(earlier) - needed :])
    return stable and mean_entropy < settings.confidence_threshold
