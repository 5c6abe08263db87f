"""How much memory a checkpoint takes while it runs, worked out from its config and headers, before a weight is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dgcli.checkpoint.config import LayerConfig, ModelConfig, read_config
from dgcli.checkpoint.dtypes import MLX_NAMES
from dgcli.checkpoint.registry import largest_within
from dgcli.checkpoint.tensors import STACK, tensor_table
from dgcli.checkpoint.tied import has_own_head
from dgcli.checkpoint.weights import Weights
from dgcli.errors import ModelError
from dgcli.platform.backend import compute_type, mx, this_backend
from dgcli.platform.blocks import CACHED, MULTIPLIED, SMALL
from dgcli.platform.memory import total_memory, usable_memory
from dgcli.platform.wired_limit import enough_for

DEFAULT_CHUNK = 512  # tokens encoded in one pass
CONTEXT = 6400  # tokens that memory is reckoned for, unless more is asked for: no hole's prompt is longer
PROMPTS = 2  # whose keys and values are kept: that of the hole before, and the one that is read
_SHORTEST = 256  # tokens of context that are of any use
_LENGTHS = 5  # of a hole, or as many other canvases, that are denoised at once
_FREE_NUMBERS = 2**26  # of [free positions, vocabulary] in a batch, 268 MB, although no single canvas has as many
RELEASED_REST = 1_460_000_000  # bytes that the 26B model takes beside its weights, in bfloat16
_ROUTED_HELD = 4  # arrays of [tokens * chosen experts, hidden size] that a layer has alive at once
_LOOKED_HELD = 5  # arrays of float32 that are alive at once, made of a block of logits


@dataclass(frozen=True)
class Batch:
    """Canvases that are denoised at once."""

    canvases: int
    width: int
    """Tokens of each."""
    free: int
    """Positions of all of them that are free."""


@dataclass(frozen=True)
class Need:
    """Memory in bytes. `weights` are as small as they can be held: quantised ones stay packed."""

    weights: int
    cache: int
    """Keys and values of one prompt."""
    activations: int
    context: int
    """Tokens that `cache` and `activations` are reckoned for."""

    @property
    def rest(self) -> int:
        """All but the weights: prompts, and what is in the making."""
        return PROMPTS * self.cache + self.activations

    @property
    def total(self) -> int:
        return self.weights + self.rest

    @property
    def fits(self) -> bool:
        return self.total <= usable_memory()


def free_at_once(vocab_size: int, canvas_length: int) -> int:
    """Free positions that one batch may have: those of a whole canvas, and more where the vocabulary is small.

    It does not go by the memory that is there: the text of a seed must not depend on that.
    """
    return max(canvas_length, _FREE_NUMBERS // vocab_size)


def need(folder: Path, context: int = CONTEXT, batch: Batch | None = None) -> Need:
    """What the checkpoint in `folder` needs for `context` tokens and a step of a batch; None: of any.

    Raises ModelError as loading does.
    """
    config, weights = read_config(folder), Weights(folder)
    item = _item(config, weights)
    return reckoned(config, _weights(config, weights, item), item, context, batch)


def reckoned(config: ModelConfig, weights: int, item: int, context: int = CONTEXT, batch: Batch | None = None) -> Need:
    """The same by a config, bytes of weights, and bytes of a number that the layers compute with."""
    cache = sum(_cached(config, layer, context) for layer in config.layers) * item
    length = config.canvas_length
    whole = Batch(canvases=1, width=length, free=length)
    free = min(free_at_once(config.vocab_size, length), _LENGTHS * length)
    lengths = Batch(canvases=_LENGTHS, width=length, free=free)
    step = max(_step(config, one, context, item) for one in ((whole, lengths) if batch is None else (batch,)))
    chunk = _layer(config, 1, min(DEFAULT_CHUNK, context), context, item) + cache  # as it was, and as it becomes
    return Need(weights=weights, cache=cache, activations=max(step, chunk), context=context)


def _item(config: ModelConfig, weights: Weights) -> int:
    """Bytes of a number that the model computes with."""
    norm = weights.info(f"{STACK}.norm.weight")
    if (dtype := this_backend().compute_dtype) is None:
        stored = weights.stored_bytes(tensor_table(config).values())
        dtype = compute_type(getattr(mx, MLX_NAMES.get(norm.dtype, "float32")), stored)
    return dtype.size


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
    smaller = largest_within(usable - needed.rest, needed.weights)
    choice = (
        "leave <model> away for the small bundled one"
        if smaller is None
        else f"{smaller.name} would fit with {(smaller.weights + needed.rest) / 1e9:.1f} GB (`dg pull {smaller.name}`)"
    )
    more = more_room(needed.total)
    raise ModelError(
        f"{folder} needs {needed.total / 1e9:.1f} GB of memory (weights {needed.weights / 1e9:.1f}, "
        f"prompts of {context} tokens {PROMPTS * needed.cache / 1e9:.1f}, a step {needed.activations / 1e9:.1f}), "
        f"and {usable / 1e9:.1f} GB {'may be used by Metal' if this_backend().device == 'metal' else 'are free'}.",
        f"Choose a smaller model: {choice}; {f'or {more}; ' if more else ''}or load it all the same with <force>.",
    )


def more_room(needed: int) -> str:
    """What a person can do for a model that needs more bytes than are there; empty where nothing of the kind helps."""
    total = total_memory()
    if this_backend().device != "metal":
        return "close other programs" if needed <= total else ""
    if (limit := enough_for(needed, total)) is None:
        return ""
    return (
        f"allow Metal {limit.nbytes / 1e9:.1f} GB until the next start, which leaves {limit.left / 1e9:.1f} GB "
        f"to all else: {limit.command}"
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


def _step(config: ModelConfig, batch: Batch, context: int, item: int) -> int:
    """Bytes of one step: what was believed at the one before, and beside it the larger one of layers and logits."""
    numbers = batch.free * config.vocab_size
    if item == 4 and this_backend().device == "cpu":
        made = item * MULTIPLIED if numbers > MULTIPLIED else _LOOKED_HELD * 4 * CACHED  # of a product, or of logits
    else:
        made = _LOOKED_HELD * 4 * min(numbers, SMALL)
    return item * numbers + max(item * numbers + made, _layer(config, batch.canvases, batch.width, context, item))


def _layer(config: ModelConfig, rows: int, width: int, context: int, item: int) -> int:
    """Bytes that the largest layer takes for `rows` of `width` tokens that see `context` more."""
    tokens = rows * width
    routed = _ROUTED_HELD * tokens * config.top_experts * config.hidden_size
    seen = {layer: _cached(config, layer, context) // (2 * layer.kv_heads * layer.head_dim) for layer in config.layers}
    attended = max(  # scores, and the keys and values of each row
        config.heads * tokens * (past + width) + 2 * rows * (past + width) * layer.kv_heads * layer.head_dim
        for layer, past in seen.items()
    )
    return (routed + attended) * item
