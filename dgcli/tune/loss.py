"""The loss of block diffusion: cross-entropy of what the denoiser and the encoder are to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dgcli.model.linear import Matrix
from dgcli.model.network import Network
from dgcli.platform.backend import mx, this_backend
from dgcli.platform.blocks import MULTIPLIED
from dgcli.platform.elementwise import exp, softcap, softmax
from dgcli.tune.batch import Batch
from dgcli.tune.forward import Streams, both_streams
from dgcli.tune.pairs import Parameters
from dgcli.tune.plan import Plan

_CACHED = 2**19  # numbers that stay in a core's cache


@dataclass(frozen=True, eq=False)
class Losses:
    """Cross-entropies in nats; None where a mode does not learn."""

    denoiser: mx.array | None  # [F], of the tokens of `Canvases.learned`
    encoder: mx.array | None  # [F], of `Batch.written`


def losses(network: Network, streams: Streams, batch: Batch, *, gradient: bool = True) -> Losses:
    """Of a batch, by the states behind the last layer; `gradient`: whether that is going to be asked for.

    Nothing is evaluated here, as mlx keeps all that was computed while something is differentiated.
    """
    cap, denoiser, encoder = network.config.softcap, None, None
    if batch.canvases is not None:
        learned = batch.canvases.learned
        hidden = network.norm(streams.of_denoiser(learned))
        denoiser = token_losses(network.denoiser_head, cap, hidden, learned.wanted, gradient=gradient)
    if batch.written is not None:
        hidden = network.norm(streams.of_encoder(batch.written))
        encoder = token_losses(network.head, cap, hidden, batch.written.wanted, gradient=gradient)
    return Losses(denoiser, encoder)


def beliefs(network: Network, parameters: Parameters, plan: Plan, batch: Batch) -> mx.array | None:
    """Soft embeddings [B, D, H] by a first pass over the canvases; a token that is held counts as one-hot.

    None where a batch has no canvases, or the network no self-conditioning.
    """
    if batch.canvases is None or network.self_conditioning is None:
        return None
    free = batch.canvases.free
    hidden = network.norm(both_streams(network, parameters, plan, batch).of_denoiser(free))
    soft = network.embed_canvas(batch.canvases.ids)  # [B, D, H]
    flat = soft.reshape(-1, soft.shape[-1])
    rows = max(1, MULTIPLIED // network.config.vocab_size)
    for start in range(0, hidden.shape[0], rows):
        part = slice(start, start + rows)
        flat[free.places[part]] = network.mix(softmax(network.canvas_logits(hidden[part]).array())).astype(flat.dtype)
        mx.eval(flat)
    return flat.reshape(soft.shape)


def token_losses(
    head: Matrix, cap: float | None, hidden: mx.array, wanted: mx.array, *, gradient: bool = True
) -> mx.array:
    """Cross-entropy in nats: final-normed states [F, H], ids [F] -> [F], float32.

    Logits are made once, for some rows at a time, and the gradient of the states with them: [F, V] is never held.
    """

    def compute(hidden: mx.array) -> tuple[mx.array, mx.array]:
        rows = max(1, MULTIPLIED // head.shape[0])
        parts: list[tuple[mx.array, mx.array]] = []
        for start in range(0, hidden.shape[0], rows):
            part = hidden[start : start + rows]
            part = mx.depends(part, list(parts[-1])) if parts else part  # one after the other
            parts.append(_some_rows(head, cap, part, wanted[start : start + rows], gradient=gradient))
        return mx.concatenate([found for found, _ in parts]), mx.concatenate([below for _, below in parts])

    known: Any = mx.custom_function(compute)
    known.vjp(lambda _, above, results: (above[0][:, None] * results[1]).astype(hidden.dtype))
    result: mx.array = known(hidden)[0]
    return result


def _some_rows(
    head: Matrix, cap: float | None, hidden: mx.array, wanted: mx.array, *, gradient: bool
) -> tuple[mx.array, mx.array]:
    """The losses [F] of states [F, H], and their gradients [F, H]."""
    raw = head(hidden).astype(mx.float32)
    step = max(1, _CACHED // raw.shape[1]) if this_backend().device == "cpu" else raw.shape[0]
    parts: list[tuple[mx.array, mx.array, mx.array]] = []
    for start in range(0, raw.shape[0], step):
        block = raw[start : start + step]
        block = mx.depends(block, list(parts[-1])) if parts else block
        parts.append(_entropies(cap, block, wanted[start : start + step]))
    found, probabilities, slope = (mx.concatenate([part[index] for part in parts]) for index in range(3))
    if not gradient:
        return found, mx.zeros((hidden.shape[0], 0))
    return found, head.mix(probabilities) - slope[:, None] * head.rows(wanted)


def _entropies(cap: float | None, raw: mx.array, wanted: mx.array) -> tuple[mx.array, mx.array, mx.array]:
    """Losses [F] of raw logits [F, V]; probabilities times the slope of the softcap; and that slope at `wanted`."""
    logits = raw if cap is None else softcap(raw, cap)
    top = logits.max(axis=-1, keepdims=True)
    powers = exp(logits - top)
    total = powers.sum(axis=-1, keepdims=True)
    chosen = mx.take_along_axis(logits, wanted[:, None], axis=-1)
    found = (top + mx.log(total) - chosen)[:, 0]
    probabilities = powers / total
    if cap is None:
        return found, probabilities, mx.ones_like(found)
    return found, probabilities * (1 - mx.square(logits / cap)), (1 - mx.square(chosen / cap))[:, 0]
