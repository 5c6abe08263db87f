"""A Llama decoder read in two ways: causally, as it is, and as a denoiser that sees a whole canvas.

The base stays frozen. The denoiser is the base with LoRA pairs on every linear layer and rows of its own for the
tokens that mark noise and padding. Its head is shifted: the state at a position predicts the token behind it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

Cache = list[tuple[torch.Tensor, torch.Tensor]]  # keys and values of each layer, [B, K, P, D]


@dataclass(frozen=True)
class Shape:
    """The base's sizes, by the names of its configuration."""

    vocab_size: int = 49152
    hidden_size: int = 576
    intermediate_size: int = 1536
    num_hidden_layers: int = 30
    num_attention_heads: int = 9
    num_key_value_heads: int = 3
    head_dim: int = 64
    rope_theta: float = 100_000.0
    rms_norm_eps: float = 1e-5


class Adapted(nn.Module):
    """Frozen projections of one input, computed as one product, and a LoRA pair for each of them."""

    def __init__(self, inputs: int, outputs: Sequence[int], rank: int) -> None:
        super().__init__()
        self.outputs, self.rank = tuple(outputs), rank
        self.register_buffer("weight", torch.empty(sum(outputs), inputs))
        self.a = nn.Parameter(torch.randn(rank * len(outputs), inputs) / math.sqrt(inputs))
        self.b = nn.ParameterList([nn.Parameter(torch.zeros(output, rank)) for output in outputs])

    def forward(self, x: torch.Tensor, scale: float | None) -> torch.Tensor:
        """`x` [..., I] → [..., sum of outputs]; without `scale` by the base alone."""
        y = F.linear(x, self.weight)
        if scale is None:
            return y
        low = F.linear(x, self.a.to(x.dtype) * scale).split(self.rank, -1)
        return y + torch.cat([F.linear(part, b.to(x.dtype)) for part, b in zip(low, self.b, strict=True)], -1)


class Layer(nn.Module):
    """Attention and feed-forward with their norms, as in Llama."""

    def __init__(self, shape: Shape, rank: int) -> None:
        super().__init__()
        self.shape = shape
        heads, kv = shape.num_attention_heads * shape.head_dim, shape.num_key_value_heads * shape.head_dim
        self.register_buffer("attention_norm", torch.empty(shape.hidden_size))
        self.register_buffer("feed_forward_norm", torch.empty(shape.hidden_size))
        self.qkv = Adapted(shape.hidden_size, (heads, kv, kv), rank)
        self.o = Adapted(heads, (shape.hidden_size,), rank)
        self.gate_up = Adapted(shape.hidden_size, (shape.intermediate_size,) * 2, rank)
        self.down = Adapted(shape.intermediate_size, (shape.hidden_size,), rank)

    def forward(
        self,
        x: torch.Tensor,
        rope: tuple[torch.Tensor, torch.Tensor],
        past: tuple[torch.Tensor, torch.Tensor] | None,
        scale: float | None,
        mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        """`x` [B, L, H] → [B, L, H] and this layer's keys and values.

        Causal where there is no `past`; else each place sees all that is true in `mask` [L, P + L], or everything.
        """
        shape, (batch, length, _) = self.shape, x.shape
        heads, kv = shape.num_attention_heads, shape.num_key_value_heads
        normed = F.rms_norm(x, x.shape[-1:], self.attention_norm, shape.rms_norm_eps)
        qkv = self.qkv(normed, scale).view(batch, length, heads + 2 * kv, shape.head_dim).transpose(1, 2)
        q, k, v = qkv.split((heads, kv, kv), 1)
        q, k = _rotated(q, *rope), _rotated(k, *rope)
        keys, values = (k, v) if past is None else (torch.cat((past[0], k), 2), torch.cat((past[1], v), 2))
        seen = F.scaled_dot_product_attention(
            q,
            keys.repeat_interleave(heads // kv, 1),
            values.repeat_interleave(heads // kv, 1),
            attn_mask=mask,
            is_causal=past is None,
        )
        x = x + self.o(seen.transpose(1, 2).reshape(batch, length, -1), scale)
        normed = F.rms_norm(x, x.shape[-1:], self.feed_forward_norm, shape.rms_norm_eps)
        gate, up = self.gate_up(normed, scale).chunk(2, -1)
        return x + self.down(F.silu(gate) * up, scale), (k, v)


def _rotated(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


class Patched(nn.Module):
    """Encoder and denoiser over one set of frozen weights."""

    def __init__(self, shape: Shape, rank: int, marks: Sequence[int], scale: float = 2.0) -> None:
        """`marks` are the ids whose rows the denoiser has for itself: of noise, and of padding."""
        super().__init__()
        self.shape, self.scale = shape, scale
        self.register_buffer("embedding", torch.empty(shape.vocab_size, shape.hidden_size))
        self.register_buffer("norm", torch.empty(shape.hidden_size))
        self.register_buffer("marks", torch.tensor(marks))
        self.rows = nn.Parameter(torch.zeros(len(marks), shape.hidden_size))
        self.layers = nn.ModuleList(Layer(shape, rank) for _ in range(shape.num_hidden_layers))

    def load_base(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Take the weights of the base, by the names of its checkpoint."""
        self.embedding.copy_(tensors[EMBEDDING])
        self.norm.copy_(tensors["model.decoder.norm"])
        self.rows.data.copy_(self.embedding.mean(0).expand_as(self.rows))
        for number, layer in enumerate(self.layers):
            name = f"model.decoder.layers.{number}."
            layer.attention_norm.copy_(tensors[f"{name}input_layernorm"])
            layer.feed_forward_norm.copy_(tensors[f"{name}pre_feedforward_layernorm"])
            for module, parts in PARTS.items():
                getattr(layer, module).weight.copy_(torch.cat([tensors[f"{name}{part}"] for part in parts]))

    def encode(
        self, ids: torch.Tensor, past: Cache | None = None, scale: float | None = None
    ) -> tuple[torch.Tensor, Cache]:
        """`ids` [B, L], behind what is cached → normed states [B, L, H], and their keys and values.

        Without `scale` by the base alone.
        """
        x = F.embedding(ids, self.embedding)
        start, length = past[0][0].shape[2] if past else 0, ids.shape[1]
        mask = torch.ones(length, start + length, dtype=torch.bool, device=x.device).tril(start) if past else None
        return self._through(x, self._rope(start, length, x), past or [None] * len(self.layers), scale, mask)

    def denoise(self, canvas: torch.Tensor, cache: Cache) -> torch.Tensor:
        """`canvas` [B, C] behind what is cached → normed states [B, C, H]; each predicts the next position."""
        x = F.embedding(canvas, self.embedding)
        for mark, row in zip(self.marks, self.rows, strict=True):
            x = torch.where((canvas == mark)[..., None], row.to(x.dtype), x)
        start = cache[0][0].shape[2]
        return self._through(x, self._rope(start, canvas.shape[1], x), cache, self.scale)[0]

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """Normed states [N, H] of the denoiser → logits [N, V], its own rows in place of the base's."""
        logits = F.linear(states, self.embedding)
        return logits.index_copy(-1, self.marks, F.linear(states, self.rows.to(states.dtype)))

    def _through(
        self,
        x: torch.Tensor,
        rope: tuple[torch.Tensor, torch.Tensor],
        past: Sequence,
        scale: float | None,
        mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, Cache]:
        cache = []
        for layer, before in zip(self.layers, past, strict=True):
            x, seen = layer(x, rope, before, scale, mask)
            cache.append(seen)
        return F.rms_norm(x, x.shape[-1:], self.norm, self.shape.rms_norm_eps), cache

    def _rope(self, start: int, length: int, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        half = self.shape.head_dim // 2
        rates = self.shape.rope_theta ** (-torch.arange(half, device=x.device, dtype=torch.float32) / half)
        angles = torch.arange(start, start + length, device=x.device)[:, None] * rates
        return angles.cos().to(x.dtype), angles.sin().to(x.dtype)


EMBEDDING = "model.decoder.embed_tokens"
ROWS = "base_model.model.model.decoder.embed_tokens.token_adapter.trainable_tokens_delta"
PARTS = {  # of a layer: which weights of the base are computed as one product
    "qkv": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "o": ("self_attn.o_proj",),
    "gate_up": ("mlp.gate_proj", "mlp.up_proj"),
    "down": ("mlp.down_proj",),
}


MODES = {  # of the model: how PEFT would name its layers
    "denoiser": "base_model.model.model.decoder.layers",
    "encoder": "base_model.model.model.encoder.language_model.layers",
}


def adapter(model: Patched, mode: str = "denoiser") -> dict[str, torch.Tensor]:
    """What is trained for a mode, by the names that PEFT would give it."""
    found = {ROWS: model.rows.detach()} if mode == "denoiser" else {}
    for number, layer in enumerate(model.layers):
        for module, parts in PARTS.items():
            adapted = getattr(layer, module)
            for part, a, b in zip(parts, adapted.a.split(adapted.rank), adapted.b, strict=True):
                name = f"{MODES[mode]}.{number}.{part}"
                found[f"{name}.lora_A.weight"], found[f"{name}.lora_B.weight"] = a.detach(), b.detach()
    return found


@torch.no_grad()
def load_adapter(model: Patched, tensors: Mapping[str, torch.Tensor], mode: str = "denoiser") -> None:
    """Begin with what `adapter` gave."""
    if mode == "denoiser":
        model.rows.copy_(tensors[ROWS])
    for number, layer in enumerate(model.layers):
        for module, parts in PARTS.items():
            adapted = getattr(layer, module)
            names = [f"{MODES[mode]}.{number}.{part}" for part in parts]
            adapted.a.copy_(torch.cat([tensors[f"{name}.lora_A.weight"] for name in names]))
            for b, name in zip(adapted.b, names, strict=True):
                b.copy_(tensors[f"{name}.lora_B.weight"])
