"""The gradient of one step: batches one after the other, summed as if all of them were one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from dgcli.model.network import Network
from dgcli.platform.backend import mx
from dgcli.tune.batch import Batch
from dgcli.tune.loss import beliefs, losses
from dgcli.tune.pairs import Parameters
from dgcli.tune.plan import Plan


@dataclass(frozen=True, eq=False)
class Slope:
    """What a step goes down by."""

    gradients: Parameters
    loss: float
    """Nats a token: that of the denoiser, that of the encoder, or both with their weights."""


def slope_at(network: Network, parameters: Parameters, plan: Plan, batches: Sequence[tuple[Batch, bool]]) -> Slope:
    """At these pairs: over batches, each with whether a first pass goes before it."""
    written = sum(batch.written.wanted.size for batch, _ in batches if batch.written is not None)
    denoised = sum(batch.canvases.learned.wanted.size for batch, _ in batches if batch.canvases is not None)
    weight = plan.encoder_weight if denoised else 1.0
    gradients: Parameters = {}
    loss = 0.0
    for batch, two_passes in batches:
        soft = beliefs(network, parameters, plan, batch) if two_passes else None

        def share(found: Parameters, batch: Batch = batch, soft: mx.array | None = soft) -> mx.array:
            made = losses(network, found, plan, batch, soft)
            total = mx.array(0.0)
            if made.denoiser is not None:
                total = total + made.denoiser.sum() / denoised
            if made.encoder is not None:
                total = total + made.encoder.sum() * (weight / written)
            return total

        value, found = mx.value_and_grad(share)(parameters)
        gradients = {name: gradients[name] + each if gradients else each for name, each in found.items()}
        mx.eval(value, gradients)
        loss += cast("float", value.item())
    return Slope(gradients, loss)
