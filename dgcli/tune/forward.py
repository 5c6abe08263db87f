"""Both streams of an example in one pass: the clean text through the encoder, all noised canvases through the denoiser.

A canvas reads the encoder's keys and values of what stands before it, as it does when it is denoised alone, and its own
tokens, not those of other canvases. Sliding layers see so much before a canvas as they do there: their window ends at
its beginning, whichever of its tokens looks back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from dgcli.checkpoint.tensors import DENOISER, ENCODER
from dgcli.model.attention import Mask
from dgcli.model.encoder import sliding_mask
from dgcli.model.layers import Rotation, pick_rotation
from dgcli.model.lora import adapt_layer
from dgcli.model.network import Network
from dgcli.platform.backend import mx
from dgcli.tune.batch import Batch, Canvases, Targets
from dgcli.tune.pairs import Parameters, as_adapter, of_layer
from dgcli.tune.plan import Plan


@dataclass(frozen=True, eq=False)
class Streams:
    """States behind the last layer, before the last norm."""

    clean: mx.array  # [B, P, H]
    noised: mx.array | None  # [B, D, H]

    def of_encoder(self, targets: Targets) -> mx.array:
        """The states that predict some tokens: [F, H]"""
        return self.clean.reshape(-1, self.clean.shape[-1])[targets.states]

    def of_denoiser(self, targets: Targets) -> mx.array:
        """The same for what the denoiser writes: [F, H]"""
        assert self.noised is not None
        noised = self.noised.reshape(-1, self.noised.shape[-1])[targets.states]
        if targets.before is None:
            return noised
        clean = self.clean.reshape(-1, self.clean.shape[-1])[mx.maximum(targets.before, 0)]
        return mx.where((targets.before >= 0)[:, None], clean, noised)


def both_streams(
    network: Network, parameters: Parameters, plan: Plan, batch: Batch, soft: mx.array | None = None
) -> Streams:
    """Run the network, with the pairs in training, over a batch.

    soft: soft embeddings of the canvases [B, D, H], None for zeros. Gradients go through the encoder's keys and values,
    too, where its pairs are trained.
    """
    clean = network.embed(batch.clean)  # [B, P, H]
    noised = None if batch.canvases is None else _embedded(network, batch.canvases, soft)
    both = _Both.of(network, plan, batch)
    for index in range(len(network.config.layers)):
        layer = partial(both.layer, index)
        run: Callable[..., tuple[mx.array, mx.array | None]] = mx.checkpoint(layer) if plan.checkpointing else layer
        clean, noised = run(of_layer(parameters, index), clean, noised)
    return Streams(clean, noised)


@dataclass(frozen=True, eq=False)
class _Both:
    """What the layers of a pass have in common."""

    network: Network
    plan: Plan
    reading: list[Rotation]
    sliding: Mask  # of the encoder
    writing: list[Rotation]
    masks: _Masks | None  # of the denoiser, if it runs
    read: int

    @classmethod
    def of(cls, network: Network, plan: Plan, batch: Batch) -> _Both:
        length, canvases = batch.clean.shape[1], batch.canvases
        return cls(
            network,
            plan,
            reading=network.rotations(0, length),
            sliding=sliding_mask(0, length, network.config.sliding_window),
            writing=[] if canvases is None else _rotations(network, canvases),
            masks=None if canvases is None else _Masks.of(network, canvases),
            read=0 if canvases is None else canvases.read,
        )

    def layer(
        self, index: int, own: Parameters, clean: mx.array, noised: mx.array | None
    ) -> tuple[mx.array, mx.array | None]:
        """One layer over clean text [B, P, H] and canvases [B, D, H], with pairs of its own."""
        network, adapter = self.network, as_adapter(own, self.plan)
        is_sliding = network.config.layers[index].sliding
        encoder = adapt_layer(network, adapter, ENCODER, index)
        mask = self.sliding if is_sliding else "causal"
        clean, past = encoder(clean, network.encoder_scalars[index], self.reading[index], None, mask)
        if noised is None or self.masks is None:
            return clean, None
        denoiser = adapt_layer(network, adapter, DENOISER, index)
        keys, values = (array[:, :, : self.read] for array in past)
        seen = self.masks.sliding if is_sliding else self.masks.full
        noised, _ = denoiser(noised, network.denoiser_scalars[index], self.writing[index], (keys, values), seen)
        return clean, noised


@dataclass(frozen=True, eq=False)
class _Masks:
    """What each token of the canvases sees, of what was read and of the canvases: [B, D, read + D]."""

    full: mx.array
    sliding: mx.array

    @classmethod
    def of(cls, network: Network, canvases: Canvases) -> _Masks:
        starts, places = canvases.starts[..., None], canvases.places  # [B, D, 1], [B, D]
        read = mx.arange(canvases.read)[None, None]  # [1, 1, read]
        before = read < starts  # [B, D, read]
        near = before & (read > starts - network.config.sliding_window)
        real = (places < canvases.ends)[:, None] | (places >= canvases.ends)[
            ..., None
        ]  # a token beyond the end may see others
        own = (canvases.starts[:, None] == starts) & real  # [B, D, D]
        return cls(mx.concatenate([before, own], axis=-1), mx.concatenate([near, own], axis=-1))


def _embedded(network: Network, canvases: Canvases, soft: mx.array | None) -> mx.array:
    """[B, D, H]"""
    x = network.embed_canvas(canvases.ids)
    if network.self_conditioning is None:
        return x
    return network.self_conditioning(x, mx.zeros_like(x) if soft is None else soft)


def _rotations(network: Network, canvases: Canvases) -> list[Rotation]:
    """Those of each row's own positions, for every layer."""
    tables = network.rotations(0, canvases.end)
    picked = {id(table): pick_rotation(table, canvases.places) for table in tables}
    return [picked[id(table)] for table in tables]
