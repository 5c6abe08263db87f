"""Both streams of an example in one pass: the clean text through the encoder, all noised canvases through the denoiser.

A canvas reads the encoder's keys and values of what stands before it, as it does when it is denoised alone, and its own
tokens, not those of other canvases. Sliding layers see so much before a canvas as they do there: their window ends at
its beginning, whichever of its tokens looks back.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    """States between two layers, or behind the last one, before the last norm."""

    shared: mx.array  # [1, S, H], of what all rows begin with
    clean: mx.array  # [B, P, H]
    noised: mx.array | None  # [B, D, H]

    @property
    def arrays(self) -> list[mx.array]:
        """Those that are there."""
        return [each for each in (self.shared, self.clean, self.noised) if each is not None]

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
    """Run the network, with the pairs in training, over a batch: what is behind the last layer.

    soft: soft embeddings of the canvases [B, D, H], None for zeros. Gradients go through the encoder's keys and values,
    too, where its pairs are trained.
    """
    layers = Layers.of(network, plan, batch)
    states = layers.first(batch, soft)
    for index in range(len(network.config.layers)):
        states = layers.run(index, of_layer(parameters, index), states)
    return states


@dataclass(frozen=True, eq=False)
class Layers:
    """The layers of a pass over one batch, and what they have in common."""

    network: Network
    plan: Plan
    reading: list[Rotation]  # of the positions that rows share, and of their own
    clean: dict[bool, Mask]  # of the encoder, by whether a layer slides
    shared: dict[bool, Mask]  # where it reads what rows share
    writing: list[Rotation]
    noised: dict[bool, mx.array]  # of the denoiser
    start: int  # positions that rows share
    read: int

    @classmethod
    def of(cls, network: Network, plan: Plan, batch: Batch) -> Layers:
        start, length, canvases = batch.shared.shape[1], batch.clean.shape[1], batch.canvases
        window = network.config.sliding_window
        return cls(
            network,
            plan,
            reading=network.rotations(0, start + length),
            clean={True: sliding_mask(start, length, window), False: "causal"},
            shared={True: sliding_mask(0, start, window), False: "causal"},
            writing=[] if canvases is None else _rotations(network, canvases),
            noised={} if canvases is None else _masks(network, canvases),
            start=start,
            read=0 if canvases is None else canvases.read,
        )

    def first(self, batch: Batch, soft: mx.array | None) -> Streams:
        """What goes into the first layer."""
        network = self.network
        shared = network.embed(batch.shared) if self.start else mx.zeros((1, 0, network.config.hidden_size))
        noised = None if batch.canvases is None else _embedded(network, batch.canvases, soft)
        return Streams(shared, network.embed(batch.clean), noised)

    def run(self, index: int, own: Parameters, states: Streams) -> Streams:
        """One layer, with its own pairs."""
        network, adapter = self.network, as_adapter(own, self.plan)
        sliding = network.config.layers[index].sliding
        encoder, scalar = adapt_layer(network, adapter, ENCODER, index), network.encoder_scalars[index]
        cosine, sine = self.reading[index]
        shared, before = states.shared, None
        if self.start:
            rotation = cosine[: self.start], sine[: self.start]
            shared, before = encoder(shared, scalar, rotation, None, self.shared[sliding])
        rotation = cosine[self.start :], sine[self.start :]
        clean, (keys, values) = encoder(states.clean, scalar, rotation, None, self.clean[sliding], shared=before)
        if states.noised is None:
            return Streams(shared, clean, None)
        denoiser, scalar = adapt_layer(network, adapter, DENOISER, index), network.denoiser_scalars[index]
        past = keys[:, :, : self.read - self.start], values[:, :, : self.read - self.start]
        noised, _ = denoiser(states.noised, scalar, self.writing[index], past, self.noised[sliding], shared=before)
        return Streams(shared, clean, noised)


def _masks(network: Network, canvases: Canvases) -> dict[bool, mx.array]:
    """What each token of the canvases sees, of what was read and of the canvases, by whether a layer slides.

    [B, D, read + D] each.
    """
    starts, places = canvases.starts[..., None], canvases.places  # [B, D, 1], [B, D]
    read = mx.arange(canvases.read)[None, None]  # [1, 1, read]
    before = read < starts  # [B, D, read]
    near = before & (read > starts - network.config.sliding_window)
    beyond = places >= canvases.ends  # [B, D]: such a token is not seen, but by others like it
    real = mx.logical_not(beyond)[:, None] | beyond[..., None]
    own = (canvases.starts[:, None] == starts) & real  # [B, D, D]
    return {sliding: mx.concatenate([seen, own], axis=-1) for sliding, seen in ((False, before), (True, near))}


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
