"""The gradient of one step: batches one after the other, summed as if all of them were one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from dgcli.model.network import Network
from dgcli.platform.backend import mx, this_backend
from dgcli.platform.memory import clear_cache
from dgcli.tune.batch import Batch
from dgcli.tune.forward import Layers, Streams, both_streams
from dgcli.tune.loss import before, beliefs, losses
from dgcli.tune.pairs import Parameters, of_layer
from dgcli.tune.plan import Plan


@dataclass(frozen=True, eq=False)
class Slope:
    """What a step goes down by."""

    gradients: Parameters
    loss: float
    """Nats a token of what is learned: that of the denoiser, that of the encoder, or both with their weights."""


def slope_at(network: Network, parameters: Parameters, plan: Plan, batches: Sequence[tuple[Batch, bool]]) -> Slope:
    """At these pairs: over batches, each with whether a first pass goes before it.

    Tokens of texts that are to stay as they are count together as much as those that are learned.
    """
    weights = {
        unchanged: _weights(plan, [batch for batch, _ in batches if batch.unchanged == unchanged])
        for unchanged in (False, True)
    }
    gradients: Parameters = {}
    loss = 0.0
    for batch, two_passes in batches:
        soft = beliefs(network, parameters, plan, batch) if two_passes else None
        was = before(network, plan, batch, soft)
        mx.eval([] if was is None else was.arrays)
        share = partial(_share, network, batch, was, weights[batch.unchanged])
        part = _Part(network, parameters, plan, batch, soft, share)
        value, found = part.layer_by_layer() if in_layers(plan) else part.at_once()
        gradients = {name: gradients[name] + each if gradients else each for name, each in found.items()}
        mx.eval(value, gradients)
        clear_cache()  # batches have different shapes, and Metal would keep buffers for each
        loss += 0.0 if batch.unchanged else cast("float", value.item())
    return Slope(gradients, loss)


@dataclass(frozen=True)
class _Weights:
    """What the loss of one token counts for, by the mode that learns it."""

    denoiser: float
    encoder: float


def _weights(plan: Plan, batches: Sequence[Batch]) -> _Weights:
    denoised = sum(batch.canvases.learned.wanted.size for batch in batches if batch.canvases is not None)
    written = sum(batch.written.wanted.size for batch in batches if batch.written is not None)
    return _Weights(1 / max(1, denoised), (plan.encoder_weight if denoised else 1.0) / max(1, written))


def _share(network: Network, batch: Batch, was: Streams | None, weights: _Weights, streams: Streams) -> mx.array:
    """What a batch adds to the loss of a step, by the states behind the last layer."""
    made, total = losses(network, streams, batch, was), mx.array(0.0)
    if made.denoiser is not None:
        total = total + made.denoiser.sum() * weights.denoiser
    if made.encoder is not None:
        total = total + made.encoder.sum() * weights.encoder
    return total


def in_layers(plan: Plan) -> bool:
    """Whether the states within a layer are computed again for its gradient.

    They are, too, where products are computed at once and not when asked for: mlx keeps all that was computed while
    something is differentiated, so that it has to be one layer only.
    """
    return plan.checkpointing or this_backend().numpy_products


@dataclass(frozen=True, eq=False)
class _Part:
    """What one batch adds to the loss of a step."""

    network: Network
    parameters: Parameters
    plan: Plan
    batch: Batch
    soft: mx.array | None
    share: Callable[[Streams], mx.array]
    """The loss by the states behind the last layer."""

    def at_once(self) -> tuple[mx.array, Parameters]:
        """The loss and its gradients, with the states of all layers kept."""

        def loss(found: Parameters) -> mx.array:
            return self.share(both_streams(self.network, found, self.plan, self.batch, self.soft))

        return cast("tuple[mx.array, Parameters]", mx.value_and_grad(loss)(self.parameters))

    def layer_by_layer(self) -> tuple[mx.array, Parameters]:
        """The same, with what goes into each layer kept."""
        layers = Layers.of(self.network, self.plan, self.batch)
        owns = [of_layer(self.parameters, index) for index in range(len(self.network.config.layers))]
        states, inputs = layers.first(self.batch, self.soft), []
        for index, own in enumerate(owns):
            inputs.append(states)
            states = layers.run(index, own, states)
            mx.eval(states.arrays)
        value, above = mx.value_and_grad(lambda found: self.share(self.with_moving(states, found)))(self.moving(states))
        gradients: Parameters = {}
        for index, own in reversed(list(enumerate(owns))):
            own_gradients, above = self.through(layers, index, own, inputs.pop(), above)
            gradients |= own_gradients
        return value, gradients

    def through(
        self, layers: Layers, index: int, own: Parameters, before: Streams, above: list[mx.array]
    ) -> tuple[Parameters, list[mx.array]]:
        """The gradients of one layer's pairs, and of what goes into it, by those of what comes out of it."""
        names = list(own)

        def run(*arrays: mx.array) -> list[mx.array]:
            pairs = dict(zip(names, arrays, strict=False))
            return self.moving(layers.run(index, pairs, self.with_moving(before, list(arrays[len(names) :]))))

        _, found = mx.vjp(run, [*own.values(), *self.moving(before)], above)
        mx.eval(found)
        return dict(zip(names, found, strict=False)), found[len(names) :]

    def moving(self, states: Streams) -> list[mx.array]:
        """Those that depend on what is trained: not the encoder's, where only the denoiser is."""
        return states.arrays[-1:] if self.plan.mode == "denoiser" else states.arrays

    def with_moving(self, states: Streams, moving: list[mx.array]) -> Streams:
        """The states with others in their place."""
        if self.plan.mode == "denoiser":
            return Streams(states.shared, states.clean, moving[0])
        return Streams(moving[0], moving[1], moving[2] if states.noised is not None else None)
