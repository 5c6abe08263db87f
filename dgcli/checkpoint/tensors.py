"""Every tensor of the text stack: its released name and its shape. Loading, counting and converting all go by this."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from dgcli.checkpoint.config import LayerConfig, ModelConfig

DECODER = "model.decoder"
"""The text stack, shared by both modes, and the denoiser's own parts."""
ENCODER = "model.encoder.language_model"
"""Of the encoder only its layers' scalars are its own."""
HEAD = "lm_head"
"""The embedding, unless a checkpoint has another matrix here (see `tied`)."""

Shape = tuple[int, ...]
"""One side: a vector. Two: a matrix [out, in]. Three: a matrix per expert [experts, out, in]."""


def tensor_shapes(config: ModelConfig, *, own_head: bool = False) -> dict[str, Shape]:
    """Name -> shape, as a Hugging Face checkpoint stores them."""
    hidden = config.hidden_size
    shapes: dict[str, Shape] = {f"{DECODER}.embed_tokens.weight": (config.vocab_size, hidden)}
    if own_head:
        shapes[f"{HEAD}.weight"] = (config.vocab_size, hidden)
    for index, layer in enumerate(config.layers):
        shapes.update((f"{DECODER}.layers.{index}.{name}", shape) for name, shape in _layer(config, layer))
        if config.parts.layer_scalars:
            shapes[f"{ENCODER}.layers.{index}.layer_scalar"] = (1,)
    shapes[f"{DECODER}.norm.weight"] = (hidden,)
    if config.parts.self_conditioning:
        shapes[f"{DECODER}.self_conditioning.pre_norm.weight"] = (hidden,)
        shapes.update(_mlp(f"{DECODER}.self_conditioning", config))
    return shapes


def parameter_count(config: ModelConfig) -> int:
    """Weights of the text stack."""
    return sum(prod(shape) for shape in tensor_shapes(config).values())


def _layer(config: ModelConfig, layer: LayerConfig) -> Iterator[tuple[str, Shape]]:
    hidden, experts, head_dim = config.hidden_size, config.experts, layer.head_dim
    width, kv_width = config.heads * head_dim, layer.kv_heads * head_dim
    yield "input_layernorm.weight", (hidden,)
    yield "pre_feedforward_layernorm.weight", (hidden,)
    if config.parts.post_norms:
        yield "post_attention_layernorm.weight", (hidden,)
        yield "post_feedforward_layernorm.weight", (hidden,)
    if config.parts.layer_scalars:
        yield "layer_scalar", (1,)
    yield "self_attn.q_proj.weight", (width, hidden)
    yield "self_attn.k_proj.weight", (kv_width, hidden)
    if layer.own_values:
        yield "self_attn.v_proj.weight", (kv_width, hidden)
    yield "self_attn.o_proj.weight", (hidden, width)
    if config.parts.qkv_norms:
        yield "self_attn.q_norm.weight", (head_dim,)
        yield "self_attn.k_norm.weight", (head_dim,)
    yield from _mlp("mlp", config)
    if not experts:
        return
    for place in ("pre_feedforward_layernorm_2", "post_feedforward_layernorm_1", "post_feedforward_layernorm_2"):
        yield f"{place}.weight", (hidden,)
    yield "router.scale", (hidden,)
    yield "router.proj.weight", (experts, hidden)
    yield "router.per_expert_scale", (experts,)
    yield "experts.gate_up_proj", (experts, 2 * config.expert_size, hidden)
    yield "experts.down_proj", (experts, hidden, config.expert_size)


def _mlp(name: str, config: ModelConfig) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.gate_proj.weight", (config.intermediate_size, config.hidden_size)
    yield f"{name}.up_proj.weight", (config.intermediate_size, config.hidden_size)
    yield f"{name}.down_proj.weight", (config.hidden_size, config.intermediate_size)
