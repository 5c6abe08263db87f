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
    """In nats: cross-entropies, or where a batch is to stay as it is, divergences; None where a mode does not learn."""

    denoiser: mx.array | None  # [F], of the tokens of `Canvases.learned`
    encoder: mx.array | None  # [F], of `Batch.written`


def losses(
    network: Network, streams: Streams, batch: Batch, was: Streams | None = None, *, gradient: bool = True
) -> Losses:
    """Of a batch, by the states behind the last layer; `gradient`: whether that is going to be asked for.

    was: what `before` gives for a batch that is to stay as it is.

    Nothing is evaluated here, as mlx keeps all that was computed while something is differentiated.
    """
    denoiser, encoder = None, None
    if batch.canvases is not None:
        learned = batch.canvases.learned
        aim = learned.wanted if was is None else network.norm(was.of_denoiser(learned))
        denoiser = _losses(network, network.denoiser_head, streams.of_denoiser(learned), aim, gradient=gradient)
    if batch.written is not None:
        aim = batch.written.wanted if was is None else network.norm(was.of_encoder(batch.written))
        encoder = _losses(network, network.head, streams.of_encoder(batch.written), aim, gradient=gradient)
    return Losses(denoiser, encoder)


def before(network: Network, plan: Plan, batch: Batch, soft: mx.array | None = None) -> Streams | None:
    """What is behind the last layer without the pairs in training, for a batch that is to stay as it is; else None.

    soft: as `both_streams` takes it.
    """
    return both_streams(network, {}, plan, batch, soft) if batch.unchanged else None


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
    head: Matrix, cap: float | None, hidden: mx.array, aim: mx.array, *, gradient: bool = True
) -> mx.array:
    """Losses in nats by final-normed states: [F, H] -> [F], float32.

    aim: ids [F], for the cross-entropy; or final-normed states [F, H], for the divergence (Kullback-Leibler) from what
    the head believes by those.

    Logits are made once, for some rows at a time, and the gradient of the states with them: [F, V] is never held.
    """

    def compute(hidden: mx.array) -> tuple[mx.array, mx.array]:
        rows = max(1, MULTIPLIED // head.shape[0])
        parts: list[tuple[mx.array, mx.array]] = []
        for start in range(0, hidden.shape[0], rows):
            part = hidden[start : start + rows]
            part = mx.depends(part, list(parts[-1])) if parts else part  # one after the other
            parts.append(_some_rows(head, cap, part, aim[start : start + rows], gradient=gradient))
        return mx.concatenate([found for found, _ in parts]), mx.concatenate([below for _, below in parts])

    known: Any = mx.custom_function(compute)
    known.vjp(lambda _, above, results: (above[0][:, None] * results[1]).astype(hidden.dtype))
    result: mx.array = known(hidden)[0]
    return result


def _losses(network: Network, head: Matrix, hidden: mx.array, aim: mx.array, *, gradient: bool) -> mx.array:
    return token_losses(head, network.config.softcap, network.norm(hidden), aim, gradient=gradient)


def _some_rows(
    head: Matrix, cap: float | None, hidden: mx.array, aim: mx.array, *, gradient: bool
) -> tuple[mx.array, mx.array]:
    """The losses [F] of states [F, H], and their gradients [F, H]."""
    raw = head(hidden).astype(mx.float32)
    of, given = (_entropies, aim) if aim.ndim == 1 else (_divergences, head(aim).astype(mx.float32))
    step = max(1, _CACHED // raw.shape[1]) if this_backend().device == "cpu" else raw.shape[0]
    parts: list[tuple[mx.array, mx.array, mx.array]] = []
    for start in range(0, raw.shape[0], step):
        block = raw[start : start + step]
        block = mx.depends(block, list(parts[-1])) if parts else block
        parts.append(of(cap, block, given[start : start + step]))
    found, weights, slope = (mx.concatenate([part[index] for part in parts]) for index in range(3))
    if not gradient:
        return found, mx.zeros((hidden.shape[0], 0))
    below = head.mix(weights)
    return found, below - slope[:, None] * head.rows(aim) if aim.ndim == 1 else below


def _entropies(cap: float | None, raw: mx.array, wanted: mx.array) -> tuple[mx.array, mx.array, mx.array]:
    """Losses [F] of raw logits [F, V]; probabilities times the slope of the softcap; and that slope at `wanted`."""
    logits, probabilities, total = _softmax(cap, raw)
    found = total - mx.take_along_axis(logits, wanted[:, None], axis=-1)
    if cap is None:
        return found[:, 0], probabilities, mx.ones_like(found[:, 0])
    slope = 1 - mx.square(logits / cap)
    return found[:, 0], probabilities * slope, mx.take_along_axis(slope, wanted[:, None], axis=-1)[:, 0]


def _divergences(cap: float | None, raw: mx.array, was: mx.array) -> tuple[mx.array, mx.array, mx.array]:
    """Divergences [F] of raw logits [F, V] from others; what each logit adds to the slope; and nothing beside that."""
    logits, probabilities, total = _softmax(cap, raw)
    aims, wanted, whole = _softmax(cap, was)
    found = (wanted * ((aims - whole) - (logits - total))).sum(axis=-1)
    weights = probabilities - wanted
    return found, weights if cap is None else weights * (1 - mx.square(logits / cap)), mx.zeros_like(found)


def _softmax(cap: float | None, raw: mx.array) -> tuple[mx.array, mx.array, mx.array]:
    """Logits [F, V] of raw ones, their probabilities [F, V], and the logarithm of what these were divided by [F, 1]."""
    logits = raw if cap is None else softcap(raw, cap)
    top = logits.max(axis=-1, keepdims=True)
    powers = exp(logits - top)
    total = powers.sum(axis=-1, keepdims=True)
    return logits, powers / total, top + mx.log(total)
