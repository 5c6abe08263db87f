"""A network with LoRA adapters, as far as they fit it: its matrices plus low-rank corrections, each mode's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dgcli.checkpoint.adapters import Adapter, Pair
from dgcli.checkpoint.tensors import DENOISER, ENCODER, Mode, tensor_table
from dgcli.model.layers import Attention, Layer, Mlp, Routed
from dgcli.model.linear import Matrix
from dgcli.model.network import Network
from dgcli.platform.backend import mx
from dgcli.platform.products import matmul


@dataclass(frozen=True)
class Adapted:
    """A matrix [out, in] and what adapters add to it."""

    base: Matrix
    pairs: tuple[tuple[mx.array, mx.array], ...]
    """([in, rank], [rank, out]), of which the second is scaled."""

    def __call__(self, x: mx.array) -> mx.array:
        """[..., in] -> [..., out]"""
        out = self.base(x)
        for down, up in self.pairs:
            out = out + matmul(matmul(x, down), up)
        return out

    def mix(self, weights: mx.array) -> mx.array:
        """[..., out] -> [..., in]"""
        return self.base.mix(weights)

    def rows(self, ids: mx.array) -> mx.array:
        """[...] -> [..., in]"""
        return self.base.rows(ids)

    @property
    def shape(self) -> tuple[int, int]:
        return self.base.shape

    @property
    def arrays(self) -> tuple[mx.array, ...]:
        """Those of the matrix below, and each pair, ([in, rank], [rank, out])."""
        return (*self.base.arrays, *(array for pair in self.pairs for array in pair))


@dataclass(frozen=True)
class OwnRows:
    """An embedding [V, H] of which some rows are others, also where it is the head."""

    base: Matrix
    ids: mx.array  # [R]
    own: mx.array  # [R, H]

    def __call__(self, x: mx.array) -> mx.array:
        """[..., in] -> [..., out]"""
        out = self.base(x)
        out[..., self.ids] = x @ self.own.T
        return out

    def mix(self, weights: mx.array) -> mx.array:
        """[..., out] -> [..., in]"""
        return self.base.mix(weights) + weights[..., self.ids].astype(self.own.dtype) @ (
            self.own - self.base.rows(self.ids)
        )

    def rows(self, ids: mx.array) -> mx.array:
        """[...] -> [..., in]"""
        out = self.base.rows(ids)
        for index in range(self.ids.shape[0]):
            out = mx.where((ids == self.ids[index])[..., None], self.own[index], out)
        return out

    @property
    def shape(self) -> tuple[int, int]:
        return self.base.shape

    @property
    def arrays(self) -> tuple[mx.array, ...]:
        """Those of the embedding, and the other rows, [R, H]."""
        return (*self.base.arrays, self.own)


def adapt(network: Network, adapters: Sequence[Adapter]) -> Network:
    """The network with all adapters at once. Raises ModelError that names a module which it lacks or which differs."""
    targets = {(mode, tensor.target) for tensor in tensor_table(network.config).values() for mode in tensor.lora}
    for adapter in adapters:
        for target, pair in adapter.pairs.items():
            if target not in targets:
                raise adapter.error(f"the model has no matrix {pair.name} that an adapter could correct")
    encoder, denoiser = _Hand(network, adapters, ENCODER), _Hand(network, adapters, DENOISER)
    own = network.self_conditioning
    adapted = replace(
        network,
        encoder_layers=tuple(encoder.layer(index, layer) for index, layer in enumerate(network.encoder_layers)),
        layers=tuple(denoiser.layer(index, layer) for index, layer in enumerate(network.layers)),
        self_conditioning=own and replace(own, mlp=denoiser.mlp("self_conditioning", own.mlp)),
        embedding=encoder.embedding(network.embedding),
        head=encoder.embedding(network.head),
        denoiser_embedding=denoiser.embedding(network.denoiser_embedding),
        denoiser_head=denoiser.embedding(network.denoiser_head),
    )
    mx.eval(encoder.prepared, denoiser.prepared)
    return adapted


def adapt_layer(network: Network, adapter: Adapter, mode: Mode, index: int) -> Layer:
    """One layer of a mode with the pairs that an adapter has for it. Nothing is evaluated."""
    layers = network.encoder_layers if mode == ENCODER else network.layers
    return _Hand(network, [adapter], mode).layer(index, layers[index])


@dataclass(frozen=True)
class _Hand:
    """Puts the corrections of one mode around the matrices of a network."""

    network: Network
    adapters: Sequence[Adapter]
    mode: Mode
    prepared: list[mx.array] = field(default_factory=list)
    """What has been made for the network, to be evaluated."""

    def layer(self, index: int, layer: Layer) -> Layer:
        name = f"layers.{index}"
        return replace(
            layer,
            attention=self.attention(f"{name}.self_attn", layer.attention),
            mlp=self.mlp(f"{name}.mlp", layer.mlp),
            routed=layer.routed and self.routed(f"{name}.router", layer.routed),
        )

    def routed(self, name: str, found: Routed) -> Routed:
        return replace(found, router=replace(found.router, proj=self.matrix(f"{name}.proj", found.router.proj)))

    def attention(self, name: str, found: Attention) -> Attention:
        return replace(
            found,
            q=self.matrix(f"{name}.q_proj", found.q),
            k=self.matrix(f"{name}.k_proj", found.k),
            v=None if found.v is None else self.matrix(f"{name}.v_proj", found.v),
            o=self.matrix(f"{name}.o_proj", found.o),
        )

    def mlp(self, name: str, found: Mlp) -> Mlp:
        return replace(
            found,
            gate=self.matrix(f"{name}.gate_proj", found.gate),
            up=self.matrix(f"{name}.up_proj", found.up),
            down=self.matrix(f"{name}.down_proj", found.down),
        )

    def matrix(self, module: str, base: Matrix) -> Matrix:
        pairs = []
        for adapter in self.adapters:
            if (pair := adapter.pairs.get((self.mode, module))) is not None:
                _check_shape(adapter, pair, base)
                pairs.append(self.prepare(pair))
        return Adapted(base, tuple(pairs)) if pairs else base

    def embedding(self, base: Matrix) -> Matrix:
        for adapter in self.adapters:
            if (rows := adapter.rows.get(self.mode)) is None:
                continue
            vocabulary, width = base.shape
            if rows.values.shape[1] != width or max(rows.ids) >= vocabulary:
                raise adapter.error(
                    f"it has embeddings of {rows.values.shape[1]} numbers for tokens up to {max(rows.ids)}, "
                    f"and the model's vocabulary is {(vocabulary, width)}"
                )
            ids = mx.array(rows.ids, dtype=mx.int32)
            old = base.rows(ids)
            own = old + rows.weight * (rows.values.astype(old.dtype) - old)
            mx.eval(own)
            base = OwnRows(base, ids, own)
        return base

    def prepare(self, pair: Pair) -> tuple[mx.array, mx.array]:
        down = pair.down.astype(self.network.dtype).T  # [in, rank]
        up = (pair.up.astype(mx.float32) * pair.scale).astype(self.network.dtype).T  # [rank, out]
        self.prepared.extend((down, up))
        return down, up


def _check_shape(adapter: Adapter, pair: Pair, base: Matrix) -> None:
    rows, columns = base.shape
    found = (pair.up.shape[0], pair.down.shape[1])
    if found != (rows, columns):
        raise adapter.error(f"{pair.name} corrects a matrix of shape {found}, and the model's is {(rows, columns)}")
