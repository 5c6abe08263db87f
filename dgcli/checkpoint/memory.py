"""How much memory a checkpoint takes while it runs, worked out from its config and headers, before a weight is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dgcli.checkpoint.config import LayerConfig, ModelConfig, read_config
from dgcli.checkpoint.dtypes import ITEM_BYTES
from dgcli.checkpoint.registry import largest_within
from dgcli.checkpoint.tensors import STACK, tensor_table
from dgcli.checkpoint.tied import has_own_head
from dgcli.checkpoint.weights import Weights
from dgcli.errors import ModelError
from dgcli.platform.backend import this_backend, usable_memory

DEFAULT_CHUNK = 512  # tokens encoded in one pass
CONTEXT = 4096  # tokens of prompt and document that memory is reckoned for, unless more is asked for
_SHORTEST = 256  # tokens of context that are of any use
_LOGITS_HELD = 10  # arrays of float32 [canvas, vocabulary] that a step of the loop has allocated at its peak
_ROUTED_HELD = 4  # arrays of [tokens * chosen experts, hidden size] that a layer has alive at once


@dataclass(frozen=True)
class Need:
    """Memory in bytes. `weights` are as small as they can be held: quantised ones stay packed."""

    weights: int
    cache: int
    activations: int
    context: int
    """Tokens that `cache` and `activations` are reckoned for."""

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.activations

    @property
    def fits(self) -> bool:
        return self.total <= usable_memory()


def need(folder: Path, context: int = CONTEXT) -> Need:
    """What the checkpoint in `folder` needs for `context` tokens and one canvas. Raises ModelError as loading does."""
    config, weights = read_config(folder), Weights(folder)
    norm = weights.info(f"{STACK}.norm.weight")
    cast = this_backend().compute_dtype
    item = cast.size if cast is not None else ITEM_BYTES[norm.dtype]
    return Need(
        weights=_weights(config, weights, item),
        cache=sum(_cached(config, layer, context) for layer in config.layers) * item,
        activations=_activations(config, context, item),
        context=context,
    )


def longest_context(folder: Path) -> int | None:
    """The longest context, in tokens, that fits beside the weights; None where not even a short one does."""
    config, usable = read_config(folder), usable_memory()
    if need(folder, _SHORTEST).total > usable:
        return None
    context = _SHORTEST
    while context < config.max_positions and need(folder, 2 * context).total <= usable:
        context *= 2
    return min(context, config.max_positions)


def check_fit(folder: Path, context: int = CONTEXT) -> None:
    """Raises ModelError, with the numbers and the next smaller choice, where the model would not fit into memory."""
    if not folder.is_dir():
        return  # loading says so better
    needed, usable = need(folder, context), usable_memory()
    if needed.total <= usable:
        return
    rest = needed.cache + needed.activations
    smaller = largest_within(usable - rest, needed.weights)
    choice = (
        "leave -m away for the small bundled one"
        if smaller is None
        else f"{smaller.name} would fit with {(smaller.weights + rest) / 1e9:.1f} GB (`dg pull {smaller.name}`)"
    )
    raise ModelError(
        f"{folder} needs {needed.total / 1e9:.1f} GB of memory (weights {needed.weights / 1e9:.1f}, "
        f"{context} tokens of context {needed.cache / 1e9:.1f}, a step {needed.activations / 1e9:.1f}), "
        f"and {usable / 1e9:.1f} GB are free.",
        f"Choose a smaller model: {choice}; or close other programs; or go on all the same with --force.",
    )


def _weights(config: ModelConfig, weights: Weights, item: int) -> int:
    """Bytes of all weights, packed ones as they are stored and the others with `item` bytes a number."""
    total = 0
    for tensor in tensor_table(config, own_head=has_own_head(weights)).values():
        if (packing := weights.packing(tensor, config.quantisation)) is None:
            total += tensor.size * item
        else:
            total += sum(weights.info(part.name).nbytes for part in tensor.parts(packing))
    return total


def _cached(config: ModelConfig, layer: LayerConfig, context: int) -> int:
    """Elements of keys and values that one layer keeps."""
    kept = min(context, config.sliding_window - 1) if layer.sliding else context
    return 2 * kept * layer.kv_heads * layer.head_dim


def _activations(config: ModelConfig, context: int, item: int) -> int:
    """The larger one of a step over a whole canvas and of reading a chunk of the prompt."""
    logits = _LOGITS_HELD * config.canvas_length * config.vocab_size * 4
    tokens = max(config.canvas_length, min(DEFAULT_CHUNK, context))
    routed = _ROUTED_HELD * tokens * config.top_experts * config.hidden_size * item
    scores = config.heads * tokens * (context + tokens) * item
    return logits + routed + scores
