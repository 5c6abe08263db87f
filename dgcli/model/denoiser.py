"""The bidirectional mode: one step over a canvas that reads the encoder's cache and never writes it.

Reference: transformers, models/diffusion_gemma/modeling_diffusion_gemma.py (DiffusionGemmaDecoderModel).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dgcli.diffusion import Logits
from dgcli.model.cache import Cache
from dgcli.model.network import Network
from dgcli.platform.backend import mx


@dataclass(frozen=True)
class Wanted:
    """Positions of canvases [B, L]: any number of each row, F in all."""

    flat: mx.array  # [F], indices into B * L
    rows: mx.array | None
    """[B, W], the states that tell them, of each row and, up to the width of the longest, position 0; None: all."""
    back: mx.array  # [F], where each is in B * W
    before: mx.array | None  # [F], the row of what is told by the state before the canvas, else -1; None: all are -1

    @classmethod
    def of(cls, places: Sequence[Sequence[int]], length: int, shift: int = 0) -> Wanted:
        """`places` of each row of canvases of `length`, each told by the state `shift` positions before it."""
        flat = _indices(places, length)
        states = [[max(place - shift, 0) for place in own] for own in places]
        rows = [-1 if place >= shift else row for row, own in enumerate(places) for place in own]
        before = mx.array(rows, dtype=mx.int32) if any(row >= 0 for row in rows) else None
        width = max([1, *map(len, places)])
        if 4 * width > 3 * length:  # nearly all: picking them out costs more than it saves
            return cls(flat, None, _indices(states, length), before)
        padded = [[*own, *(0,) * (width - len(own))] for own in states]
        back = [row * width + index for row, own in enumerate(places) for index in range(len(own))]
        return cls(flat, mx.array(padded, dtype=mx.int32), mx.array(back, dtype=mx.int32), before)


def denoise_at(network: Network, tokens: mx.array, wanted: Wanted, soft: mx.array | None, cache: Cache) -> Logits:
    """Logits at some positions of canvases that stand right after what is cached.

    tokens: [B, L]; wanted: the positions whose states are needed; soft: soft embeddings [B, L, H], None for zeros (the
    first step). Returns [F, V], to be softcapped. Of the last layer only what these positions need is computed.
    """
    x = network.embed_canvas(tokens)  # [B, L, H]
    if network.self_conditioning is not None:
        x = network.self_conditioning(x, mx.zeros_like(x) if soft is None else soft)
    rotations = network.rotations(cache.length, tokens.shape[1])
    last = len(network.layers) - 1
    for index, layer in enumerate(network.layers):
        shared, past = cache.before(index, tokens.shape[0])
        places = wanted.rows if index == last else None
        x, _ = layer(x, network.denoiser_scalars[index], rotations[index], past, None, places=places, shared=shared)
    hidden = network.norm(x.reshape(-1, x.shape[-1])[wanted.back])  # [F, H]
    if wanted.before is not None:
        assert cache.last is not None
        read = mx.broadcast_to(cache.last, (tokens.shape[0], hidden.shape[-1]))
        hidden = mx.where((wanted.before >= 0)[:, None], read[wanted.before], hidden)
    return network.canvas_logits(hidden)


def soft_embeddings(network: Network, tokens: mx.array, free: mx.array, previous: mx.array | None) -> mx.array:
    """What the previous step believed of each position, as embeddings.

    tokens: [B, L]; free: [F], indices into B * L; previous: [F, V], probabilities from the step before, None at the
    first step, which believes nothing: zeros. A position that is not free is held: it counts as one-hot, so its soft
    embedding is its own. Returns [B, L, H].
    """
    soft = network.embed_canvas(tokens).reshape(tokens.size, -1)  # [B * L, H]
    soft[free] = 0.0 if previous is None else network.mix(previous)
    return soft.reshape(*tokens.shape, -1)


def _indices(places: Sequence[Sequence[int]], length: int) -> mx.array:
    """Places of each row as indices into all rows, one after the other: [F]"""
    return mx.array([row * length + place for row, own in enumerate(places) for place in own], dtype=mx.int32)
