"""The weights of a DiffusionGemma as one frozen value, and what both of its modes do at their ends.

Reference: transformers, models/diffusion_gemma/modeling_diffusion_gemma.py (SelfConditioning, ForBlockDiffusion).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from dgcli.backend import mx
from dgcli.elementwise import in_blocks, softcap
from dgcli.model.config import ModelConfig
from dgcli.model.layers import Layer, Mlp, Norm, Rotation, rotation
from dgcli.model.matrices import Matrix


@dataclass(frozen=True)
class SelfConditioning:
    """Adds what the previous step believed to a canvas's embeddings."""

    pre_norm: Norm
    mlp: Mlp
    post_norm: Norm

    def __call__(self, embeddings: mx.array, soft: mx.array) -> mx.array:
        """[B, L, H] each -> [B, L, H]. Runs at the first step too, with zeros as `soft`."""
        return self.post_norm(embeddings + self.mlp(self.pre_norm(soft)))


@dataclass(frozen=True)
class Network:
    """One stack of layers that serves two modes: causal encoder and bidirectional denoiser."""

    config: ModelConfig
    embedding: Matrix  # [V, H]
    head: Matrix  # [V, H], mostly the same
    layers: tuple[Layer, ...]
    encoder_layers: tuple[Layer, ...]
    """The same layers, unless an adapter corrects the modes apart."""
    encoder_scalars: tuple[mx.array, ...]  # per layer, [1]
    denoiser_scalars: tuple[mx.array, ...]  # per layer, [1]
    norm: Norm
    self_conditioning: SelfConditioning
    dtype: mx.Dtype
    """Of activations."""

    def embed(self, ids: mx.array) -> mx.array:
        """[...] -> [..., H], scaled by the root of H"""
        return self.embedding.rows(ids) * sqrt(self.config.hidden_size)

    def mix(self, probabilities: mx.array) -> mx.array:
        """Soft embeddings: [..., V] -> [..., H], the mean embedding under these probabilities, scaled like `embed`."""
        return self.embedding.mix(probabilities).astype(self.dtype) * sqrt(self.config.hidden_size)

    def logits(self, hidden: mx.array) -> mx.array:
        """[..., H], final-normed -> [..., V], float32, softcapped"""
        raw = self.head(hidden).astype(mx.float32)
        return in_blocks(lambda rows: (softcap(rows, self.config.softcap),), raw)[0]

    def rotations(self, start: int, length: int) -> list[Rotation]:
        """Rotary positions start ... start + length - 1 for every layer; equal layers share theirs."""
        tables = {layer: rotation(layer, start, length, self.dtype) for layer in set(self.config.layers)}
        return [tables[layer] for layer in self.config.layers]
