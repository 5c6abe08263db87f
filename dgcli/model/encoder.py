"""The causal mode: reads the prompt and every finished canvas, and scores and continues text as a language model.

Reference: transformers, models/diffusion_gemma/modeling_diffusion_gemma.py (DiffusionGemmaEncoderTextModel), and
cache_utils.py (DynamicSlidingWindowLayer) for what a sliding layer keeps.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dgcli.model.attention import KeysValues, Mask
from dgcli.model.cache import Cache
from dgcli.model.network import Network
from dgcli.platform.backend import mx
from dgcli.platform.blocks import in_blocks
from dgcli.platform.elementwise import logsumexp

_SCORED_ROWS = 128  # rows of logits held at once while scoring


def empty_cache(network: Network) -> Cache:
    """A cache that has read nothing: `hidden` is [0, H]."""
    hidden = mx.zeros((0, network.config.hidden_size), dtype=network.dtype)
    return Cache(layers=(), length=0, hidden=hidden, last=None)


def could_be(network: Network, cache: Cache) -> bool:
    """Whether a cache could be what this network made of one row of P ids, at least one. It may be read from a file.

    Looks at shapes (keys and values [1, kv heads, P or what a window keeps, head_dim], last state [1, H]), types, and
    that all numbers are finite.
    """
    config = network.config
    kept = {True: min(cache.length, config.sliding_window - 1), False: cache.length}  # of sliding layers, and others
    wanted: list[tuple[int, ...]] = [(1, config.hidden_size)]
    wanted += [(1, layer.kv_heads, kept[layer.sliding], layer.head_dim) for layer in config.layers for _ in range(2)]
    found = [cache.last, *(array for layer in cache.layers for array in layer)]
    if [None if array is None else array.shape for array in found] != wanted:
        return False
    arrays = [array for array in found if array is not None]
    sound = [mx.issubdtype(array.dtype, mx.floating) and mx.all(mx.isfinite(array)) for array in arrays]
    return cache.length > 0 and all(map(bool, sound))


def encode(network: Network, ids: mx.array, cache: Cache, chunk: int) -> Cache:
    """Read ids [B, L] after what is cached, `chunk` tokens at a time. Returns a new cache with hidden [B, L, H].

    A chunk is evaluated before the next begins, so memory grows with `chunk` and not with L.
    """
    parts = []
    for start in range(0, ids.shape[1], chunk):
        hidden, layers = _pass(network, ids[:, start : start + chunk], cache)
        cache = _after(network, cache, layers, hidden)
        mx.eval(hidden, cache.layers)
        parts.append(hidden)
    hidden = parts[0] if len(parts) == 1 else mx.concatenate(parts, axis=1)
    last = hidden[:, -1]
    mx.eval(hidden, last)
    return replace(cache, hidden=hidden, last=last)


@dataclass(frozen=True, eq=False)
class Reading:
    """Ids that were read after a cache, and may be taken back from the end."""

    network: Network = field(repr=False)
    before: Cache
    hidden: mx.array = field(repr=False)  # [1, L, H], final-normed
    layers: tuple[KeysValues, ...] = field(repr=False)  # of what was cached and of all L ids
    logits: mx.array = field(repr=False)  # [L, V], float32: what follows each of the ids

    def kept(self, count: int) -> Cache:
        """The cache after the first `count` of the ids [L], at least one, as if no other had been read."""
        hidden = self.hidden[:, :count]
        dropped = self.hidden.shape[1] - count
        ends = [keys.shape[2] - dropped for keys, _ in self.layers]
        pairs = zip(self.layers, ends, strict=True)
        layers = tuple((keys[:, :, :end], values[:, :, :end]) for (keys, values), end in pairs)
        return replace(_after(self.network, self.before, layers, hidden), hidden=hidden[0])


def read(network: Network, ids: mx.array, cache: Cache) -> Reading:
    """Read ids [1, L], at least one, after a cache of one row, in one pass."""
    hidden, layers = _pass(network, ids, cache)
    logits = network.logits(hidden[0])
    mx.eval(hidden, layers, logits)
    return Reading(network, cache, hidden, layers, logits)


def score(network: Network, ids: mx.array, cache: Cache) -> mx.array:
    """Log-probabilities, in nats, of ids [B, L] after what is cached -> [B, L], float32. The cache is not empty."""
    assert cache.last is not None
    before = mx.broadcast_to(cache.last[:, None], (ids.shape[0], 1, cache.last.shape[-1]))  # [B, 1, H]
    if ids.shape[1] > 1:
        hidden = _pass(network, ids[:, :-1], cache)[0]  # keys and values that nobody keeps go layer by layer
        before = mx.concatenate([before, hidden], axis=1)  # [B, L, H]
    rows, wanted = before.reshape(-1, before.shape[-1]), ids.reshape(-1)
    parts = []
    for start in range(0, wanted.shape[0], _SCORED_ROWS):
        part = slice(start, start + _SCORED_ROWS)
        logits = network.logits(rows[part])  # [rows, V]
        chosen = mx.take_along_axis(logits, wanted[part][:, None], axis=-1)[:, 0]
        (total,) = in_blocks(lambda block: (logsumexp(block),), logits)
        parts.append(chosen - total)
        mx.eval(parts[-1])
    return mx.concatenate(parts).reshape(ids.shape)


def _pass(network: Network, ids: mx.array, cache: Cache) -> tuple[mx.array, tuple[KeysValues, ...]]:
    """One pass over ids [B, L]: final-normed hidden states [B, L, H], and all keys and values of each row."""
    config, length = network.config, ids.shape[1]
    rotations = network.rotations(cache.length, length)
    sliding = sliding_mask(min(cache.length, config.sliding_window - 1), length, config.sliding_window)
    x = network.embed(ids)  # [B, L, H]
    kept = []
    for index, layer in enumerate(network.encoder_layers):
        shape = config.layers[index]
        shared, past = cache.before(index, ids.shape[0])
        mask = sliding if shape.sliding else "causal"
        x, keys_values = layer(x, network.encoder_scalars[index], rotations[index], past, mask, shared=shared)
        kept.append(keys_values)
    return network.norm(x), tuple(kept)


def _after(network: Network, before: Cache, layers: tuple[KeysValues, ...], hidden: mx.array) -> Cache:
    """The cache of rows that have read states [B, L, H] after `before`, with what later tokens can see of `layers`."""
    shapes, rows = network.config.layers, len(hidden)
    seen = [before.before(index, rows)[0] for index in range(len(shapes))]
    kept = [
        _window(shared, own, network.config.sliding_window) if shape.sliding else (shared, own)
        for shape, shared, own in zip(shapes, seen, layers, strict=True)
    ]
    shared = tuple(each for each, _ in kept if each is not None)
    return Cache(tuple(own for _, own in kept), before.length + hidden.shape[1], hidden, hidden[:, -1], shared)


def sliding_mask(past: int, length: int, window: int) -> Mask:
    """What each of `length` tokens sees of `past` cached positions and of its own pass: [length, past + length]."""
    if past + length <= window:
        return "causal"
    query = mx.arange(past, past + length)[:, None]
    key = mx.arange(past + length)[None]
    return (key <= query) & (key > query - window)


def _window(shared: KeysValues | None, own: KeysValues, window: int) -> tuple[KeysValues | None, KeysValues]:
    """The last window - 1 positions of both: all that a later token of a sliding layer can see."""
    room = window - 1 - own[0].shape[2]
    if shared is not None and shared[0].shape[2] > max(0, room):
        shared = _from(shared, shared[0].shape[2] - max(0, room))
    return shared, own if room >= 0 else _from(own, -room)


def _from(keys_values: KeysValues, start: int) -> KeysValues:
    """Without the first positions."""
    keys, values = (mx.contiguous(array[:, :, start:]) for array in keys_values)  # a view would keep all of it alive
    return keys, values
