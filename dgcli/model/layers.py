"""The parts of one layer and how they go together: a DiffusionGemma's, or that of a Llama which has fewer of them.

Reference: transformers, models/diffusion_gemma/modeling_diffusion_gemma.py (DiffusionGemma*TextAttention, TextRouter,
TextExperts, *TextLayer). The encoder and the denoiser run the same layers; they differ in what attention may see, in
who keeps the keys and values, and in the scalar at the end, so those come in as arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import pi, sqrt
from typing import TypeAlias

from dgcli.checkpoint.config import LayerConfig
from dgcli.model.attention import KeysValues, Mask, attend
from dgcli.model.linear import ExpertMatrix, Matrix
from dgcli.platform.backend import mx
from dgcli.platform.elementwise import tanh

Activation: TypeAlias = "Callable[[mx.array], mx.array]"
Rotation: TypeAlias = "tuple[mx.array, mx.array]"  # cosine and sine, each [L, head_dim / 2]


@dataclass(frozen=True)
class Norm:
    """Root mean square norm, computed in float32; multiplies by its weight, not by 1 + weight."""

    weight: mx.array | None  # [last axis]
    eps: float

    def __call__(self, x: mx.array) -> mx.array:
        """[..., H] -> [..., H]"""
        return mx.fast.rms_norm(x, self.weight, self.eps)


@dataclass(frozen=True)
class Mlp:
    """Gated MLP: down(activation(gate(x)) * up(x))."""

    gate: Matrix
    up: Matrix
    down: Matrix
    activation: Activation

    def __call__(self, x: mx.array) -> mx.array:
        """[..., H] -> [..., H]"""
        return self.down(self.activation(self.gate(x)) * self.up(x))


@dataclass(frozen=True)
class Attention:
    """Grouped-query attention; a DiffusionGemma norms queries, keys and values, and has no scale but 1."""

    config: LayerConfig
    q: Matrix
    k: Matrix
    v: Matrix | None
    """None: the raw keys are the values."""
    o: Matrix
    q_norm: Norm | None
    k_norm: Norm | None
    v_norm: Norm | None
    scale: float
    """Of the queries."""

    def __call__(
        self,
        x: mx.array,
        rotation: Rotation,
        past: KeysValues | None,
        mask: Mask,
        *,
        places: mx.array | None = None,
        shared: KeysValues | None = None,
    ) -> tuple[mx.array, KeysValues]:
        """Attend from x to the past and to x itself.

        x: [B, L, H]; past: keys and values of each row, None where there are none; shared: those of one row, which all
        rows have before them; mask: over shared, past and x; places: [B, W], the positions that attend, None: all.
        Returns [B, L or W, H], and the keys and values of past and x together.
        """
        raw_keys = self.k(x)
        raw_values = raw_keys if self.v is None else self.v(x)
        asking, turned = (x, rotation) if places is None else (pick(x, places), pick_rotation(rotation, places))
        queries = rotate(self._heads(self.q(asking), self.q_norm), turned)
        queries = queries if self.scale == 1 else queries * self.scale
        keys = rotate(self._heads(raw_keys, self.k_norm), rotation)
        values = self._heads(raw_values, self.v_norm)
        if past is not None:
            keys, values = (mx.concatenate(list(pair), axis=2) for pair in zip(past, (keys, values), strict=True))
        out = attend(queries, keys, values, mask, shared).transpose(0, 2, 1, 3)
        return self.o(out.reshape(*asking.shape[:2], -1)), (keys, values)

    def _heads(self, x: mx.array, norm: Norm | None) -> mx.array:
        """[B, L, heads * head_dim] -> [B, heads, L, head_dim], normed"""
        batch, length, _ = x.shape
        return _normed(x.reshape(batch, length, -1, self.config.head_dim), norm).transpose(0, 2, 1, 3)


@dataclass(frozen=True)
class Router:
    """Chooses the experts of each token, and how much each counts."""

    norm: Norm
    scale: mx.array  # [H]
    proj: Matrix
    per_expert_scale: mx.array  # [experts]
    top: int

    def __call__(self, x: mx.array) -> tuple[mx.array, mx.array]:
        """[N, H] -> experts [N, top] and their weights [N, top], float32"""
        scores = self.proj(self.norm(x) * self.scale * x.shape[-1] ** -0.5)
        probabilities = mx.softmax(scores.astype(mx.float32), axis=-1)  # [N, experts]
        chosen = mx.stop_gradient(mx.argpartition(-probabilities, kth=self.top - 1, axis=-1)[:, : self.top])
        weights = mx.take_along_axis(probabilities, chosen, axis=-1)
        weights = weights / weights.sum(axis=-1, keepdims=True)
        return chosen, weights * self.per_expert_scale[chosen].astype(mx.float32)


@dataclass(frozen=True)
class Experts:
    """Every token goes through its own few of many small gated MLPs."""

    gate_up: ExpertMatrix
    down: ExpertMatrix
    activation: Activation

    def __call__(self, x: mx.array, chosen: mx.array, weights: mx.array) -> mx.array:
        """[N, H], experts [N, top], weights [N, top] -> [N, H]"""
        count, top = chosen.shape
        if top == self.down.arrays[0].shape[0]:  # of all experts
            return self._all(x, mx.take_along_axis(weights, mx.argsort(chosen, axis=-1), axis=-1))
        expert_of = chosen.flatten()  # [N * top]
        order = mx.argsort(expert_of)
        experts = expert_of[order]
        gate, up = mx.split(self.gate_up(x[order // top], experts), 2, axis=-1)
        by_expert = self.down(self.activation(gate) * up, experts)
        out = by_expert[mx.argsort(order)]  # [N * top, H], in the order of the tokens
        out = out.reshape(count, top, -1).astype(mx.float32) * weights[..., None]
        return out.sum(axis=1).astype(x.dtype)

    def _all(self, x: mx.array, weights: mx.array) -> mx.array:
        """Where none is left out there is nothing to sort: [N, H], weights [N, experts] -> [N, H]"""
        gate, up = mx.split(self.gate_up.each(x), 2, axis=-1)
        out = self.down.each(self.activation(gate) * up).astype(mx.float32)  # [experts, N, H]
        return (out * weights.T[..., None]).sum(axis=0).astype(x.dtype)


@dataclass(frozen=True)
class Routed:
    """Experts beside a dense MLP: both from one residual, each with its norms, and summed.

    The norms are named after the reference's tensors.
    """

    pre_feedforward_2: Norm
    post_feedforward_1: Norm
    post_feedforward_2: Norm
    router: Router
    experts: Experts

    def __call__(self, x: mx.array, dense: mx.array) -> mx.array:
        """The residual and what the dense MLP made of it, [B, L, H] each -> [B, L, H]"""
        flat = x.reshape(-1, x.shape[-1])  # [B * L, H]
        routed = self.experts(self.pre_feedforward_2(flat), *self.router(flat))
        return self.post_feedforward_1(dense) + self.post_feedforward_2(routed.reshape(x.shape))


@dataclass(frozen=True)
class LayerNorms:
    """The norms of a layer, named after the reference's tensors; a Llama has only those before."""

    input: Norm
    post_attention: Norm | None
    pre_feedforward: Norm
    post_feedforward: Norm | None


@dataclass(frozen=True)
class Layer:
    """Attention, then a dense MLP, beside which there may be experts."""

    norms: LayerNorms
    attention: Attention
    mlp: Mlp
    routed: Routed | None

    def __call__(
        self,
        x: mx.array,
        scalar: mx.array | None,
        rotation: Rotation,
        past: KeysValues | None,
        mask: Mask,
        *,
        places: mx.array | None = None,
        shared: KeysValues | None = None,
    ) -> tuple[mx.array, KeysValues]:
        """One layer, of which only some positions may be wanted.

        x: [B, L, H]; scalar: [1], the mode's own, None: one; places: [B, W], the positions wanted, None: all.
        Returns [B, L or W, H], and keys and values as `Attention` does.
        """
        norms = self.norms
        attended, keys_values = self.attention(norms.input(x), rotation, past, mask, places=places, shared=shared)
        x = (x if places is None else pick(x, places)) + _normed(attended, norms.post_attention)
        made = self.mlp(norms.pre_feedforward(x))
        made = made if self.routed is None else self.routed(x, made)
        x = x + _normed(made, norms.post_feedforward)
        return (x if scalar is None else x * scalar), keys_values


def silu(x: mx.array) -> mx.array:
    """x / (1 + e^-x), by a hyperbolic tangent: [...] -> [...]"""
    half = 0.5 * x
    return half + half * tanh(half)


def gelu(x: mx.array) -> mx.array:
    """The tanh approximation of GELU: [...] -> [...]. Not compiled: mlx.nn's would run a C++ compiler on the CPU."""
    half, root = 0.5 * x, sqrt(2.0 / pi)
    return half + half * tanh(x * (root + (0.044715 * root) * (x * x)))


def rotation(config: LayerConfig, start: int, length: int, dtype: mx.Dtype) -> Rotation:
    """Rotary positions start ... start + length - 1: cosine and sine, each [length, head_dim / 2].

    Pairs are (i, i + head_dim / 2). Proportional positions: exponents run over the whole head, and pairs beyond the
    rotated part stand still.
    """
    half = config.head_dim // 2
    exponents = [2 * pair / config.head_dim for pair in range(config.rope_pairs)]
    frequencies = [config.rope_theta**-exponent / config.rope_factor for exponent in exponents]
    still = [0.0] * (half - config.rope_pairs)
    positions = mx.arange(start, start + length, dtype=mx.float32)
    angles = positions[:, None] * mx.array([*frequencies, *still], dtype=mx.float32)  # [length, half]
    return mx.cos(angles).astype(dtype), mx.sin(angles).astype(dtype)


def pick(x: mx.array, places: mx.array) -> mx.array:
    """[B, L, H] at positions [B, W] of each row -> [B, W, H]"""
    return mx.take_along_axis(x, places[..., None], axis=1)


def pick_rotation(rotation: Rotation, places: mx.array) -> Rotation:
    """Of positions [B, W], each row's own: [B, 1, W, head_dim / 2]"""
    cosine, sine = rotation
    return cosine[places][:, None], sine[places][:, None]


def rotate(x: mx.array, rotation: Rotation) -> mx.array:
    """Turn queries or keys [B, heads, L, head_dim] by their positions."""
    cosine, sine = rotation
    first, second = mx.split(x, 2, axis=-1)
    return mx.concatenate([first * cosine - second * sine, second * cosine + first * sine], axis=-1)


def _normed(x: mx.array, norm: Norm | None) -> mx.array:
    return x if norm is None else norm(x)
