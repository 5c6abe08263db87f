"""The table of tensors: each weight of the text stack, declared once.

It says a tensor's released name and its shape, how it lies in a file as it is or packed, and which LoRA pairs may
correct it. Loading, checking, counting, converting, memory estimates and adapters all go by it.
Names: transformers, models/diffusion_gemma/modeling_diffusion_gemma.py; packed parts: mlx-lm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Literal

from dgcli.checkpoint.config import LayerConfig, ModelConfig
from dgcli.checkpoint.dtypes import FLOATS
from dgcli.checkpoint.quantisation import Packing, Shape, TensorPart, packed_parts

STACK = "model.decoder"
"""The text stack, shared by both modes, and the denoiser's own parts."""
ENCODER_STACK = "model.encoder.language_model"
"""Of the encoder only its layers' scalars are its own."""
HEAD = "lm_head"
"""The embedding, unless a checkpoint has another matrix here (see `tied`)."""
EMBEDDING = "embed_tokens"
SCALAR = "layer_scalar"
VISION = ("model.encoder.vision_tower.", "model.encoder.embed_vision.")
"""What of a checkpoint is not part of the text stack."""

Mode = Literal["encoder", "denoiser"]
ENCODER: Mode = "encoder"
DENOISER: Mode = "denoiser"
BOTH: tuple[Mode, ...] = (ENCODER, DENOISER)


@dataclass(frozen=True)
class Tensor:
    """One weight. Shapes: a vector has one side, a matrix is [out, in], a matrix per expert [experts, out, in]."""

    name: str
    """As a Hugging Face checkpoint spells it."""
    shape: Shape
    lora: tuple[Mode, ...] = ()
    """The modes in which a LoRA pair may correct it."""

    @property
    def module(self) -> str:
        """Its name as quantisation settings and packed parts spell it."""
        return self.name.removesuffix(".weight")

    @property
    def target(self) -> str:
        """Its name below the mode, as adapters spell it."""
        return self.module.removeprefix(f"{STACK}.")

    @property
    def size(self) -> int:
        """Numbers in it."""
        return prod(self.shape)

    @property
    def packable(self) -> bool:
        """Whether it may be quantised: vectors are not."""
        return len(self.shape) > 1

    @property
    def of_experts(self) -> bool:
        return len(self.shape) == 3

    def parts(self, packing: Packing | None) -> tuple[TensorPart, ...]:
        """How it lies in a file: as it is, or packed."""
        if packing is None:
            return (TensorPart(self.name, self.shape, FLOATS),)
        return packed_parts(self.module, self.shape, packing)


def tensor_table(config: ModelConfig, *, own_head: bool = False) -> dict[str, Tensor]:
    """Every weight of the text stack by its released name; with `own_head` the head is not the embedding."""
    return {tensor.name: tensor for tensor in _tensors(config, own_head)}


def parameter_count(config: ModelConfig) -> int:
    """Weights of the text stack, of which a tied head has none."""
    return sum(tensor.size for tensor in tensor_table(config).values())


def _tensors(config: ModelConfig, own_head: bool) -> Iterator[Tensor]:
    hidden, vocabulary = config.hidden_size, config.vocab_size
    yield Tensor(f"{STACK}.{EMBEDDING}.weight", (vocabulary, hidden))
    if own_head:
        yield Tensor(f"{HEAD}.weight", (vocabulary, hidden))
    for index, layer in enumerate(config.layers):
        yield from _layer(f"{STACK}.layers.{index}", config, layer)
        if config.parts.layer_scalars:
            yield Tensor(f"{ENCODER_STACK}.layers.{index}.{SCALAR}", (1,))
    yield Tensor(f"{STACK}.norm.weight", (hidden,))
    if config.parts.self_conditioning:
        yield Tensor(f"{STACK}.self_conditioning.pre_norm.weight", (hidden,))
        yield from _mlp(f"{STACK}.self_conditioning", config, (DENOISER,))


def _layer(name: str, config: ModelConfig, layer: LayerConfig) -> Iterator[Tensor]:
    hidden = (config.hidden_size,)
    yield Tensor(f"{name}.input_layernorm.weight", hidden)
    yield Tensor(f"{name}.pre_feedforward_layernorm.weight", hidden)
    if config.parts.post_norms:
        yield Tensor(f"{name}.post_attention_layernorm.weight", hidden)
        yield Tensor(f"{name}.post_feedforward_layernorm.weight", hidden)
    if config.parts.layer_scalars:
        yield Tensor(f"{name}.{SCALAR}", (1,))
    yield from _attention(f"{name}.self_attn", config, layer)
    yield from _mlp(f"{name}.mlp", config, BOTH)
    if config.experts:
        yield from _routed(name, config)


def _attention(name: str, config: ModelConfig, layer: LayerConfig) -> Iterator[Tensor]:
    hidden, width, kv_width = config.hidden_size, config.heads * layer.head_dim, layer.kv_heads * layer.head_dim
    yield Tensor(f"{name}.q_proj.weight", (width, hidden), lora=BOTH)
    yield Tensor(f"{name}.k_proj.weight", (kv_width, hidden), lora=BOTH)
    if layer.own_values:
        yield Tensor(f"{name}.v_proj.weight", (kv_width, hidden), lora=BOTH)
    yield Tensor(f"{name}.o_proj.weight", (hidden, width), lora=BOTH)
    if config.parts.qkv_norms:
        yield Tensor(f"{name}.q_norm.weight", (layer.head_dim,))
        yield Tensor(f"{name}.k_norm.weight", (layer.head_dim,))


def _mlp(name: str, config: ModelConfig, lora: tuple[Mode, ...]) -> Iterator[Tensor]:
    hidden, width = config.hidden_size, config.intermediate_size
    yield Tensor(f"{name}.gate_proj.weight", (width, hidden), lora)
    yield Tensor(f"{name}.up_proj.weight", (width, hidden), lora)
    yield Tensor(f"{name}.down_proj.weight", (hidden, width), lora)


def _routed(name: str, config: ModelConfig) -> Iterator[Tensor]:
    hidden, experts, width = config.hidden_size, config.experts, config.expert_size
    for norm in ("pre_feedforward_layernorm_2", "post_feedforward_layernorm_1", "post_feedforward_layernorm_2"):
        yield Tensor(f"{name}.{norm}.weight", (hidden,))
    yield Tensor(f"{name}.router.scale", (hidden,))
    yield Tensor(f"{name}.router.proj.weight", (experts, hidden), lora=BOTH)
    yield Tensor(f"{name}.router.per_expert_scale", (experts,))
    yield Tensor(f"{name}.experts.gate_up_proj", (experts, 2 * width, hidden))
    yield Tensor(f"{name}.experts.down_proj", (experts, hidden, width))
