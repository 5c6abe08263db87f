"""The loss on examples that nothing is learned from, always with the same noise."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import cast

from dgcli.platform.memory import clear_cache
from dgcli.tune.base import Base
from dgcli.tune.batches import noised_batch, packed
from dgcli.tune.example import UNCHANGED, Example
from dgcli.tune.forward import both_streams
from dgcli.tune.loss import before, losses
from dgcli.tune.noise import Noise
from dgcli.tune.pairs import Parameters
from dgcli.tune.plan import Plan


def held_out_loss(
    base: Base, parameters: Parameters, plan: Plan, examples: Sequence[Example]
) -> tuple[float, dict[str, float]]:
    """Nats a token, of all examples and of each kind; those of both modes are one, where both learn.

    Of texts that are to stay as they are it is how far the model moved there, which does not count among all.
    """
    config = base.network.config
    noise = Noise(config.canvas_length, config.vocab_size, base.noise_id)
    sums: dict[str, float] = {}
    counts: dict[str, int] = {}
    kinds = {kind: [each for each in examples if each.kind == kind] for kind in sorted({one.kind for one in examples})}
    for kind, own in kinds.items():
        for index, rows in enumerate(packed(config, plan, own)):
            batch = noised_batch(config, plan, rows, noise, Random(f"{plan.seed} held out {kind} {index}"))
            streams = both_streams(base.network, parameters, plan, batch)
            made = losses(base.network, streams, batch, before(base.network, plan, batch), gradient=False)
            found = [each for each in (made.denoiser, made.encoder) if each is not None]
            sums[kind] = sums.get(kind, 0.0) + sum(cast("float", each.sum().item()) for each in found)
            counts[kind] = counts.get(kind, 0) + sum(each.size for each in found)
    clear_cache()
    learned = [kind for kind in sums if kind != UNCHANGED]
    whole = sum(sums[kind] for kind in learned) / max(1, sum(counts[kind] for kind in learned))
    return whole, {kind: sums[kind] / counts[kind] for kind in sums}
