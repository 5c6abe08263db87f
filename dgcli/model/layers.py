"""The parts of one DiffusionGemma layer and how they go together.

Reference: transformers, models/diffusion_gemma/modeling_diffusion_gemma.py (DiffusionGemma*TextAttention, TextRouter,
TextExperts, *TextLayer). The encoder and the denoiser run the same layers; they differ in what attention may see, in
who keeps the keys and values, and in the scalar at the end, so those come in as arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

from dgcli.backend import mx
from dgcli.elementwise import tanh
from dgcli.model.attend import Mask, attend
from dgcli.model.config import LayerConfig
from dgcli.model.matrices import ExpertMatrix, Matrix

KeysValues = tuple[mx.array, mx.array]  # each [B, kv heads, positions, head_dim]
Rotation = tuple[mx.array, mx.array]  # cosine and sine, each [L, head_dim / 2]


@dataclass(frozen=True)
class Norm:
    """Root mean square norm, computed in float32; multiplies by its weight, not by 1 + weight."""

    weight: mx.array | None  # [last axis]
    eps: float

    def __call__(self, x: mx.array) -> mx.array:
        return mx.fast.rms_norm(x, self.weight, self.eps)


@dataclass(frozen=True)
class Mlp:
    """Gated MLP: down(gelu(gate(x)) * up(x))."""

    gate: Matrix
    up: Matrix
    down: Matrix

    def __call__(self, x: mx.array) -> mx.array:
        return self.down(gelu(self.gate(x)) * self.up(x))


@dataclass(frozen=True)
class Attention:
    """Grouped-query attention with normed queries, keys and values, and no scale."""

    config: LayerConfig
    q: Matrix
    k: Matrix
    v: Matrix | None
    """None: the raw keys are the values."""
    o: Matrix
    q_norm: Norm
    k_norm: Norm
    v_norm: Norm

    def __call__(
        self, x: mx.array, rotation: Rotation, past: KeysValues | None, mask: Mask, places: mx.array | None = None
    ) -> tuple[mx.array, KeysValues]:
        """Attend from x to the past and to x itself.

        x: [B, L, H]; past: keys and values of a batch of B or of 1, which is shared by all rows; mask: over past and x;
        places: [B, W], the positions that attend, None: all.
        Returns [B, L or W, H], and the keys and values of past and x together.
        """
        raw_keys = self.k(x)
        raw_values = raw_keys if self.v is None else self.v(x)
        asking, turned = (x, rotation) if places is None else (pick(x, places), pick_rotation(rotation, places))
        queries = rotate(self._heads(self.q(asking), self.q_norm), turned)
        keys = rotate(self._heads(raw_keys, self.k_norm), rotation)
        values = self._heads(raw_values, self.v_norm)
        if past is not None:
            keys, values = _append(past[0], keys), _append(past[1], values)
        out = attend(queries, keys, values, mask).transpose(0, 2, 1, 3)
        return self.o(out.reshape(*asking.shape[:2], -1)), (keys, values)

    def _heads(self, x: mx.array, norm: Norm) -> mx.array:
        """[B, L, heads * head_dim] -> [B, heads, L, head_dim], normed"""
        batch, length, _ = x.shape
        return norm(x.reshape(batch, length, -1, self.config.head_dim)).transpose(0, 2, 1, 3)


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
        chosen = mx.argpartition(-probabilities, kth=self.top - 1, axis=-1)[:, : self.top]
        weights = mx.take_along_axis(probabilities, chosen, axis=-1)
        weights = weights / weights.sum(axis=-1, keepdims=True)
        return chosen, weights * self.per_expert_scale[chosen].astype(mx.float32)


@dataclass(frozen=True)
class Experts:
    """Every token goes through its own few of many small gated MLPs."""

    gate_up: ExpertMatrix
    down: ExpertMatrix

    def __call__(self, x: mx.array, chosen: mx.array, weights: mx.array) -> mx.array:
        """[N, H], experts [N, top], weights [N, top] -> [N, H]"""
        count, top = chosen.shape
        if top == self.down.arrays[0].shape[0]:  # of all experts
            return self._all(x, mx.take_along_axis(weights, mx.argsort(chosen, axis=-1), axis=-1))
        expert_of = chosen.flatten()  # [N * top]
        order = mx.argsort(expert_of)
        experts = expert_of[order]
        gate, up = mx.split(self.gate_up(x[order // top], experts), 2, axis=-1)
        out = self.down(gelu(gate) * up, experts)[mx.argsort(order)]  # [N * top, H], in the order of the tokens
        out = out.reshape(count, top, -1).astype(mx.float32) * weights[..., None]
        return out.sum(axis=1).astype(x.dtype)

    def _all(self, x: mx.array, weights: mx.array) -> mx.array:
        """Where none is left out there is nothing to sort: [N, H], weights [N, experts] -> [N, H]"""
        gate, up = mx.split(self.gate_up.each(x), 2, axis=-1)
        out = self.down.each(gelu(gate) * up).astype(mx.float32)  # [experts, N, H]
        return (out * weights.T[..., None]).sum(axis=0).astype(x.dtype)


@dataclass(frozen=True)
class LayerNorms:
    """The seven norms of a layer, named after the reference's tensors."""

    input: Norm
    post_attention: Norm
    pre_feedforward: Norm
    pre_feedforward_2: Norm
    post_feedforward: Norm
    post_feedforward_1: Norm
    post_feedforward_2: Norm


@dataclass(frozen=True)
class Layer:
    """Attention, then dense MLP and experts side by side from the same residual."""

    norms: LayerNorms
    attention: Attention
    mlp: Mlp
    router: Router
    experts: Experts

    def __call__(
        self,
        x: mx.array,
        scalar: mx.array,
        rotation: Rotation,
        past: KeysValues | None,
        mask: Mask,
        *,
        places: mx.array | None = None,
    ) -> tuple[mx.array, KeysValues]:
        """One layer, of which only some positions may be wanted.

        x: [B, L, H]; scalar: [1], the mode's own; places: [B, W], the positions wanted, None: all.
        Returns [B, L or W, H], and keys and values as `Attention` does.
        """
        norms = self.norms
        attended, keys_values = self.attention(norms.input(x), rotation, past, mask, places)
        x = (x if places is None else pick(x, places)) + norms.post_attention(attended)
        dense = norms.post_feedforward_1(self.mlp(norms.pre_feedforward(x)))
        flat = x.reshape(-1, x.shape[-1])  # [B * L, H]
        routed = self.experts(norms.pre_feedforward_2(flat), *self.router(flat))
        routed = norms.post_feedforward_2(routed.reshape(x.shape))
        return (x + norms.post_feedforward(dense + routed)) * scalar, keys_values


def gelu(x: mx.array) -> mx.array:
    """The tanh approximation of GELU, not compiled: mlx.nn's would run a C++ compiler on the CPU."""
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


def _append(past: mx.array, new: mx.array) -> mx.array:
    """[B or 1, heads, P, D] and [B, heads, L, D] -> [B, heads, P + L, D]"""
    if past.shape[0] != new.shape[0]:
        past = mx.broadcast_to(past, (new.shape[0], *past.shape[1:]))
    return mx.concatenate([past, new], axis=2)
