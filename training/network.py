"""The forward pass that is trained: the reference's weights and results, in few large products and compiled kernels.

The reference (modeling_diffusion_gemma.py of transformers) does each small operation by itself and sorts tokens by
expert; at this size that costs several times what the products do. Here a layer is one compiled function. Experts are
one wide feed-forward layer whose middle is scaled by the router: zero where a token does not go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from loss import SOFTCAP
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import DiffusionGemmaForBlockDiffusion

EPSILON = 1e-6

torch._dynamo.config.recompile_limit = 64

Past = tuple[Tensor, Tensor]  # keys and values of a layer, [B, KV, L, D]


class Attention(NamedTuple):
    """Weights of a layer's attention; without `value` the keys are the values."""

    query: Tensor
    key: Tensor
    value: Tensor | None
    query_norm: Tensor
    key_norm: Tensor
    out: Tensor


class Feed(NamedTuple):
    """Weights of a dense feed-forward layer."""

    gate: Tensor
    up: Tensor
    down: Tensor


class Experts(NamedTuple):
    """Weights of the experts and of their router."""

    router: Tensor
    router_scale: Tensor
    scale: Tensor
    gate_up: Tensor
    down: Tensor
    top_k: int


class Norms(NamedTuple):
    """Weights of a layer's norms, in the order in which they are used."""

    before_attention: Tensor
    after_attention: Tensor
    before_dense: Tensor
    after_dense: Tensor
    before_experts: Tensor
    after_experts: Tensor
    after_both: Tensor


class Layer(NamedTuple):
    """Weights of a layer."""

    norms: Norms
    attention: Attention
    dense: Feed
    experts: Experts
    scalar: Tensor


class Sight(NamedTuple):
    """Where the tokens of a pass stand and what they see."""

    cos: Tensor  # [B or 1, L, 1, D], as is `sin`
    sin: Tensor
    unseen: Tensor  # [B or 1, 1, 1, L or 1, S] of the positions before and here
    past: Past | None  # of what stands before


def encode(model: DiffusionGemmaForBlockDiffusion, prompt: Tensor) -> tuple[Tensor, list[Past]]:
    """The encoder's hidden states, [B, P, H], for prompts padded on the right, and what each layer keeps of them.

    Raises:
        ValueError: the prompts do not fit into the sliding window.
    """
    text = model.model.encoder.language_model
    if prompt.shape[1] >= (window := text.config.sliding_window):  # the canvas may go beyond: it sees all that is kept
        raise ValueError(f"Prompts of {prompt.shape[1]} tokens do not fit into the sliding window of {window}.")
    position = torch.arange(prompt.shape[1], device=prompt.device)
    later = (position[:, None] < position)[None, None, None]  # padding lies behind every token that matters
    x, kept = text.embed_tokens(prompt), []
    for layer, cos, sin in _layers(text, position[None]):
        x, keys, values = _layer(x, Sight(cos, sin, later, None), layer)
        kept.append((keys, values))
    return _norm(x, text.norm.weight), kept


def denoise(
    model: DiffusionGemmaForBlockDiffusion,
    canvas: Tensor,
    past: Sequence[Past],
    length: Tensor,
    *,
    held: Tensor,
    self_conditioning: Tensor | None = None,
) -> Tensor:
    """The denoiser's hidden states, [B, C, H], for canvases that follow the prompts.

    Held positions are self-conditioned on their own token at every pass, the first included, as `dg` does: that tells
    the model which tokens are text and which may be noise.

    Args:
        canvas: [B, C]; past: what each layer keeps of the prompts; length: [B], of each prompt.
        held: [B, C], whether the position is known to be right.
        self_conditioning: The soft embeddings that an earlier pass led to, [B, C, H].
    """
    text = model.model.decoder
    embeddings = text.embed_tokens(canvas)
    soft = torch.zeros_like(embeddings) if self_conditioning is None else self_conditioning
    into = text.self_conditioning
    feed = Feed(into.gate_proj.weight, into.up_proj.weight, into.down_proj.weight)
    x = _conditioned(embeddings, torch.where(held[..., None], embeddings, soft), into.pre_norm.weight, feed)
    before, width = past[0][0].shape[2], canvas.shape[1]
    padding = torch.arange(before, device=canvas.device) >= length[:, None]
    unseen = F.pad(padding, (0, width))[:, None, None, None]
    position = length[:, None] + torch.arange(width, device=canvas.device)
    for (layer, cos, sin), kept in zip(_layers(text, position), past, strict=True):
        x, _, _ = _layer(x, Sight(cos, sin, unseen, kept), layer)
    return _norm(x, text.norm.weight)


def soft_embeddings(model: DiffusionGemmaForBlockDiffusion, hidden: Tensor) -> Tensor:
    """The mean embedding under each position's distribution, [B, C, H]."""
    table = model.model.decoder.embed_tokens
    shares = _distribution(F.linear(hidden, model.lm_head.weight))
    return F.linear(shares, table.weight.T) * table.embed_scale.to(hidden.dtype)


def _layers(text: nn.Module, position: Tensor) -> list[tuple[Layer, Tensor, Tensor]]:
    """Each layer's weights, with the rotations of its kind for the positions, [B or 1, L, 1, D]."""
    config = text.config.get_text_config(decoder=True)
    turns = {}
    for kind in set(config.layer_types):
        cos, sin = text.rotary_emb(torch.empty((), device=position.device), position, kind)
        turns[kind] = (cos[:, :, None], sin[:, :, None])
    return [
        (_weights(layer, config.top_k_experts), *turns[kind])
        for layer, kind in zip(text.layers, config.layer_types, strict=True)
    ]


def _weights(layer: nn.Module, top_k: int) -> Layer:
    own, mlp, experts, router = layer.self_attn, layer.mlp, layer.experts, layer.router
    norms = (
        *(layer.input_layernorm, layer.post_attention_layernorm),
        *(layer.pre_feedforward_layernorm, layer.post_feedforward_layernorm_1),
        *(layer.pre_feedforward_layernorm_2, layer.post_feedforward_layernorm_2),
        layer.post_feedforward_layernorm,
    )
    value = None if own.v_proj is None else own.v_proj.weight
    return Layer(
        norms=Norms(*(norm.weight for norm in norms)),
        attention=Attention(
            *(own.q_proj.weight, own.k_proj.weight, value), own.q_norm.weight, own.k_norm.weight, own.o_proj.weight
        ),
        dense=Feed(mlp.gate_proj.weight, mlp.up_proj.weight, mlp.down_proj.weight),
        experts=Experts(
            *(router.proj.weight, router.scale, router.per_expert_scale), experts.gate_up_proj, experts.down_proj, top_k
        ),
        scalar=layer.layer_scalar,
    )


def _rms(x: Tensor, weight: Tensor | None = None) -> Tensor:
    wide = x.float()
    normed = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + EPSILON)
    return (normed if weight is None else normed * weight.float()).type_as(x)


def _turned(x: Tensor, sight: Sight) -> Tensor:
    first, second = x.float().chunk(2, -1)
    return (x.float() * sight.cos + torch.cat([-second, first], -1) * sight.sin).type_as(x)


def _attend(x: Tensor, sight: Sight, weights: Attention) -> tuple[Tensor, Tensor, Tensor]:
    """The attention's output, [B, L, H], and its own keys and values, [B, KV, L, D]."""
    rows, width, _ = x.shape
    size = weights.query_norm.shape[0]
    heads, kept = weights.query.shape[0] // size, weights.key.shape[0] // size
    joint = [each for each in weights[:3] if each is not None]
    q, k, *v = F.linear(x, torch.cat(joint)).view(rows, width, -1, size).split([heads, kept, kept][: len(joint)], 2)
    values = _rms(v[0] if v else k).transpose(1, 2)
    keys = _turned(_rms(k, weights.key_norm), sight).transpose(1, 2)
    seen = (keys, values)
    if sight.past is not None:
        seen = tuple(torch.cat(pair, 2) for pair in zip(sight.past, seen, strict=True))
    q = _turned(_rms(q, weights.query_norm), sight).unflatten(2, (kept, -1)).permute(0, 2, 3, 1, 4)  # [B, KV, G, L, D]
    scores = q.flatten(2, 3) @ seen[0].mT
    scores = scores.unflatten(2, (heads // kept, width)).float().masked_fill(sight.unseen, -1e9)
    mixed = scores.softmax(-1).type_as(x).flatten(2, 3) @ seen[1]
    mixed = mixed.unflatten(2, (heads // kept, width)).permute(0, 3, 1, 2, 4).reshape(rows, width, -1)
    return F.linear(mixed, weights.out), keys, values


def _gelu(x: Tensor) -> Tensor:
    """Its approximation by tanh, written with the logistic function, whose exponential is much cheaper on a CPU."""
    wide = x.float()
    return (wide * torch.sigmoid(2 * (2 / torch.pi) ** 0.5 * (wide + 0.044715 * wide**3))).type_as(x)


def _feed(x: Tensor, weights: Feed) -> Tensor:
    inner, outer = F.linear(x, torch.cat([weights.gate, weights.up])).chunk(2, -1)
    return F.linear(_gelu(inner) * outer, weights.down)


def _route(x: Tensor, weights: Experts) -> Tensor:
    """Each expert's weight for each token, [B, L, E]; 0 for those that it does not go to."""
    scores = F.linear(_rms(x) * weights.router_scale * x.shape[-1] ** -0.5, weights.router)
    shares = scores.float().softmax(-1)
    if weights.top_k < len(weights.router):
        best, which = shares.topk(weights.top_k)
        shares = torch.zeros_like(shares).scatter(-1, which, best / best.sum(-1, keepdim=True))
    return shares * weights.scale


def _mix(x: Tensor, normed: Tensor, weights: Experts) -> Tensor:
    """What all experts make of the normed tokens, weighed by the router, which reads the others."""
    middle = F.linear(normed, weights.gate_up.flatten(0, 1)).unflatten(-1, (len(weights.down), 2, -1))
    middle = _gelu(middle[..., 0, :]) * middle[..., 1, :] * _route(x, weights)[..., None]
    return F.linear(middle.flatten(-2).type_as(x), weights.down.transpose(0, 1).flatten(1))


def _plain_layer(x: Tensor, sight: Sight, layer: Layer) -> tuple[Tensor, Tensor, Tensor]:
    """What leaves a layer, [B, L, H], and its keys and values."""
    norms = layer.norms
    seen, keys, values = _attend(_rms(x, norms.before_attention), sight, layer.attention)
    x = x + _rms(seen, norms.after_attention)
    dense = _rms(_feed(_rms(x, norms.before_dense), layer.dense), norms.after_dense)
    mixed = _rms(_mix(x, _rms(x, norms.before_experts), layer.experts), norms.after_experts)
    return (x + _rms(dense + mixed, norms.after_both)) * layer.scalar, keys, values


def _plain_conditioned(x: Tensor, soft: Tensor, norm: Tensor, feed: Feed) -> Tensor:
    return _rms(x + _feed(_rms(soft, norm), feed))


def _plain_distribution(raw: Tensor) -> Tensor:
    return (SOFTCAP * torch.tanh(raw.float() / SOFTCAP)).softmax(-1).type_as(raw)


_norm = torch.compile(_rms, dynamic=True)
_layer = torch.compile(_plain_layer, dynamic=True)
_conditioned = torch.compile(_plain_conditioned, dynamic=True)
_distribution = torch.compile(_plain_distribution, dynamic=True)
