"""From the tensors of a checkpoint to a `Network`: Hugging Face checkpoints and mlx conversions, whole or quantised."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from dgcli.checkpoint.config import LayerConfig, ModelConfig
from dgcli.checkpoint.dtypes import MLX_NAMES
from dgcli.checkpoint.quantisation import Packing
from dgcli.checkpoint.tensors import EMBEDDING, ENCODER_STACK, HEAD, SCALAR, STACK, Tensor
from dgcli.checkpoint.weights import Weights
from dgcli.errors import ModelError
from dgcli.model.layers import Activation, Attention, Experts, Layer, LayerNorms, Mlp, Norm, Routed, Router, gelu, silu
from dgcli.model.linear import Dense, DenseExperts, ExpertMatrix, Matrix, Quantised, QuantisedExperts
from dgcli.model.network import Network, SelfConditioning
from dgcli.platform.backend import compute_type, mx, this_backend
from dgcli.platform.memory import clear_cache

_ACTIVATIONS: dict[str, Activation] = {"gelu_pytorch_tanh": gelu, "silu": silu}


def build_network(
    config: ModelConfig,
    weights: Weights,
    tensors: dict[str, Tensor],
    *,
    expand: bool,
    dtype: mx.Dtype | None = None,
) -> Network:
    """Take the tensors of a checkpoint, in the type to compute in, None: the device's; `expand` quantised ones to it.

    Raises ModelError that names the file and the tensor at fault.
    """
    found = dtype or this_backend().compute_dtype or _type_for(weights, tensors)
    return _Loader(config, weights, tensors, found, expand).network()


def held_bytes(network: Network) -> int:
    """Memory that the weights of a network take, in bytes."""
    return sum(array.nbytes for array in {id(array): array for array in _arrays(network)}.values())


def _type_for(weights: Weights, tensors: dict[str, Tensor]) -> mx.Dtype:
    name = f"{STACK}.norm.weight"
    tensor = weights.info(name)
    if tensor.dtype not in MLX_NAMES:
        raise ModelError(f"{tensor.path}: tensor {name} is {tensor.dtype}, not one of {', '.join(MLX_NAMES)}.")
    stored: mx.Dtype = getattr(mx, MLX_NAMES[tensor.dtype])
    return compute_type(stored, weights.stored_bytes(tensors.values()))


@dataclass(frozen=True)
class _Loader:
    """Takes the tensors of a checkpoint and puts the network together."""

    config: ModelConfig
    weights: Weights
    tensors: dict[str, Tensor]
    dtype: mx.Dtype
    expand: bool

    def network(self) -> Network:
        shapes = enumerate(self.config.layers)
        layers = tuple(self.layer(f"{STACK}.layers.{index}", shape) for index, shape in shapes)
        indices = range(len(self.config.layers))
        embedding = self.matrix(f"{STACK}.{EMBEDDING}")
        head = self.matrix(HEAD) if f"{HEAD}.weight" in self.tensors else embedding
        return Network(
            config=self.config,
            embedding=embedding,
            head=head,
            denoiser_embedding=embedding,
            denoiser_head=head,
            layers=layers,
            encoder_layers=layers,
            encoder_scalars=tuple(self.scalar(f"{ENCODER_STACK}.layers.{index}") for index in indices),
            denoiser_scalars=tuple(self.scalar(f"{STACK}.layers.{index}") for index in indices),
            norm=self.norm(f"{STACK}.norm"),
            self_conditioning=self.self_conditioning(f"{STACK}.self_conditioning"),
            dtype=self.dtype,
        )

    def self_conditioning(self, name: str) -> SelfConditioning | None:
        if not self.config.parts.self_conditioning:
            return None
        return SelfConditioning(pre_norm=self.norm(f"{name}.pre_norm"), mlp=self.mlp(name), post_norm=self.bare_norm())

    def layer(self, name: str, shape: LayerConfig) -> Layer:
        layer = Layer(
            norms=self.layer_norms(name),
            attention=self.attention(f"{name}.self_attn", shape),
            mlp=self.mlp(f"{name}.mlp"),
            routed=self.routed(name) if self.config.experts else None,
        )
        clear_cache()
        return layer

    def layer_norms(self, name: str) -> LayerNorms:
        post = self.config.parts.post_norms
        return LayerNorms(
            input=self.norm(f"{name}.input_layernorm"),
            post_attention=self.norm(f"{name}.post_attention_layernorm") if post else None,
            pre_feedforward=self.norm(f"{name}.pre_feedforward_layernorm"),
            post_feedforward=self.norm(f"{name}.post_feedforward_layernorm") if post else None,
        )

    def routed(self, name: str) -> Routed:
        return Routed(
            pre_feedforward_2=self.norm(f"{name}.pre_feedforward_layernorm_2"),
            post_feedforward_1=self.norm(f"{name}.post_feedforward_layernorm_1"),
            post_feedforward_2=self.norm(f"{name}.post_feedforward_layernorm_2"),
            router=self.router(f"{name}.router"),
            experts=self.experts(f"{name}.experts"),
        )

    def attention(self, name: str, shape: LayerConfig) -> Attention:
        normed = self.config.parts.qkv_norms
        return Attention(
            config=shape,
            q=self.matrix(f"{name}.q_proj"),
            k=self.matrix(f"{name}.k_proj"),
            v=self.matrix(f"{name}.v_proj") if shape.own_values else None,
            o=self.matrix(f"{name}.o_proj"),
            q_norm=self.norm(f"{name}.q_norm") if normed else None,
            k_norm=self.norm(f"{name}.k_norm") if normed else None,
            v_norm=self.bare_norm() if normed else None,
            scale=self.config.attention_scale,
        )

    def mlp(self, name: str) -> Mlp:
        return Mlp(
            gate=self.matrix(f"{name}.gate_proj"),
            up=self.matrix(f"{name}.up_proj"),
            down=self.matrix(f"{name}.down_proj"),
            activation=_ACTIVATIONS[self.config.activation],
        )

    def router(self, name: str) -> Router:
        return Router(
            norm=self.bare_norm(),
            scale=self.vector(f"{name}.scale"),
            proj=self.matrix(f"{name}.proj"),
            per_expert_scale=self.vector(f"{name}.per_expert_scale"),
            top=self.config.top_experts,
        )

    def experts(self, name: str) -> Experts:
        return Experts(
            gate_up=self.expert_matrix(f"{name}.gate_up_proj"),
            down=self.expert_matrix(f"{name}.down_proj"),
            activation=_ACTIVATIONS[self.config.activation],
        )

    def norm(self, name: str) -> Norm:
        return Norm(self.vector(f"{name}.weight"), self.config.norm_eps)

    def bare_norm(self) -> Norm:
        return Norm(None, self.config.norm_eps)

    def scalar(self, layer: str) -> mx.array | None:
        return self.vector(f"{layer}.{SCALAR}") if self.config.parts.layer_scalars else None

    def vector(self, name: str) -> mx.array:
        return self.whole(self.tensors[name])

    def matrix(self, name: str) -> Matrix:
        tensor = self.tensors[f"{name}.weight"]
        if (packing := self.weights.packing(tensor, self.config.quantisation)) is None:
            return Dense(self.whole(tensor))
        packed = self.packed(tensor, packing)
        return Dense(self.expanded(*packed)) if self.expand else Quantised(*packed, self.dtype)

    def expert_matrix(self, name: str) -> ExpertMatrix:
        tensor = self.tensors[name]
        if (packing := self.weights.packing(tensor, self.config.quantisation)) is None:
            return DenseExperts(self.whole(tensor))
        packed = self.packed(tensor, packing)
        return DenseExperts(self.expanded(*packed)) if self.expand else QuantisedExperts(*packed)

    def whole(self, tensor: Tensor) -> mx.array:
        (part,) = self.weights.parts(tensor, None)
        return self.weights.take(part, self.dtype)

    def packed(self, tensor: Tensor, packing: Packing) -> tuple[mx.array, mx.array, mx.array | None, Packing]:
        """Packed weights, scales and biases, and how they are packed."""
        # mlx widens narrower scales as it multiplies; held wide they would add a tenth to a packed matrix
        cast = self.dtype if self.expand or self.dtype != mx.float32 else None
        weight, scales, *biases = (
            self.weights.take(part, cast if part.floating else None) for part in tensor.parts(packing)
        )
        return weight, scales, biases[0] if biases else None, packing

    def expanded(self, weight: mx.array, scales: mx.array, biases: mx.array | None, found: Packing) -> mx.array:
        array = mx.dequantize(
            weight, scales, biases, group_size=found.group_size, bits=found.bits, mode=found.mode, dtype=self.dtype
        )
        mx.eval(array)
        return array


def _arrays(value: Any) -> list[mx.array]:
    """All arrays inside a tree of frozen values."""
    if isinstance(value, mx.array):
        return [value]
    if isinstance(value, tuple):
        return [array for item in value for array in _arrays(item)]
    if is_dataclass(value):
        return [array for field in fields(value) for array in _arrays(getattr(value, field.name))]
    return []
