"""The bidirectional mode: one step over a canvas that reads the encoder's cache and never writes it.

Reference: transformers, models/diffusion_gemma/modeling_diffusion_gemma.py (DiffusionGemmaDecoderModel).
"""

from __future__ import annotations

from dgcli.backend import mx
from dgcli.model.cache import Cache
from dgcli.model.network import Network


def denoise_at(network: Network, tokens: mx.array, wanted: mx.array, soft: mx.array | None, cache: Cache) -> mx.array:
    """Logits at some positions of canvases that stand right after what is cached.

    tokens: [B, L]; wanted: [F], indices into B * L; soft: soft embeddings [B, L, H], None for zeros (the first step).
    Returns [F, V], float32, softcapped.
    """
    embeddings = network.embed(tokens)  # [B, L, H]
    x = network.self_conditioning(embeddings, mx.zeros_like(embeddings) if soft is None else soft)
    rotations = network.rotations(cache.length, tokens.shape[1])
    for index, layer in enumerate(network.layers):
        past = cache.layers[index] if cache.layers else None
        x, _ = layer(x, network.denoiser_scalars[index], rotations[index], past, mask=None)
    hidden = x.reshape(-1, x.shape[-1])[wanted]  # [F, H]
    return network.logits(network.norm(hidden))


def soft_embeddings(network: Network, tokens: mx.array, free: mx.array, previous: mx.array | None) -> mx.array:
    """What the previous step believed of each position, as embeddings.

    tokens: [B, L]; free: [F], indices into B * L; previous: [F, V], temperature-divided logits of the step before, None
    at the first step, which believes nothing: zeros. A position that is not free is held: it counts as one-hot, so its
    soft embedding is its own. Returns [B, L, H].
    """
    soft = network.embed(tokens).reshape(tokens.size, -1)  # [B * L, H]
    soft[free] = 0.0 if previous is None else network.mix(previous)
    return soft.reshape(*tokens.shape, -1)
