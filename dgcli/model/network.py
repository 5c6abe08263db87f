"""The weights of a model as one frozen value, and what both of its modes do at their ends.

Reference: transformers, models/diffusion_gemma/modeling_diffusion_gemma.py (SelfConditioning, ForBlockDiffusion).
"""

from __future__ import annotations

from dataclasses import dataclass

from dgcli.checkpoint.config import ModelConfig
from dgcli.diffusion import Logits
from dgcli.model.layers import Layer, Mlp, Norm, Rotation, rotation
from dgcli.model.linear import Matrix
from dgcli.platform.backend import mx
from dgcli.platform.blocks import in_products


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
    denoiser_embedding: Matrix  # [V, H], the same, unless an adapter gives the denoiser rows of its own
    denoiser_head: Matrix  # [V, H], likewise
    layers: tuple[Layer, ...]
    encoder_layers: tuple[Layer, ...]
    """The same layers, unless an adapter corrects the modes apart."""
    encoder_scalars: tuple[mx.array | None, ...]  # per layer, [1]
    denoiser_scalars: tuple[mx.array | None, ...]  # per layer, [1]
    norm: Norm
    self_conditioning: SelfConditioning | None
    dtype: mx.Dtype
    """Of activations."""

    def embed(self, ids: mx.array) -> mx.array:
        """For the encoder: [...] -> [..., H], scaled"""
        return self._scaled(self.embedding.rows(ids))

    def embed_canvas(self, ids: mx.array) -> mx.array:
        """For the denoiser: [...] -> [..., H], scaled"""
        return self._scaled(self.denoiser_embedding.rows(ids))

    def mix(self, probabilities: mx.array) -> mx.array:
        """Soft embeddings: [F, V] -> [F, H], the mean embedding under these probabilities, scaled alike."""
        embedding = self.denoiser_embedding
        return self._scaled(embedding.mix(probabilities.astype(self.dtype)))

    def logits(self, hidden: mx.array) -> mx.array:
        """The encoder's: [..., H], final-normed -> [..., V], float32, softcapped"""
        return Logits(self.head(hidden), self.config.softcap).array()

    def canvas_logits(self, hidden: mx.array) -> Logits:
        """The denoiser's: [F, H], final-normed -> [F, V], to be softcapped"""
        head = self.denoiser_head
        return Logits(in_products(head, hidden, head.shape[0]), self.config.softcap)

    def rotations(self, start: int, length: int) -> list[Rotation]:
        """Rotary positions start ... start + length - 1 for every layer; equal layers share theirs."""
        tables = {layer: rotation(layer, start, length, self.dtype) for layer in set(self.config.layers)}
        return [tables[layer] for layer in self.config.layers]

    def _scaled(self, embeddings: mx.array) -> mx.array:
        scale = self.config.embedding_scale
        return embeddings if scale == 1 else embeddings * scale
