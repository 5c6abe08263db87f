"""The model as everything above sees it: encode, denoise, score, continue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from dgcli.checkpoint.adapters import Adapter
from dgcli.checkpoint.config import ModelConfig
from dgcli.checkpoint.generation import GenerationDefaults
from dgcli.checkpoint.memory import DEFAULT_CHUNK
from dgcli.errors import ArgumentError
from dgcli.model.cache import Cache
from dgcli.model.denoiser import Wanted, denoise_at, soft_embeddings
from dgcli.model.encoder import Reading, could_be, empty_cache, encode, read, score
from dgcli.model.lora import adapt
from dgcli.model.network import Network
from dgcli.platform.arguments import check_kind, check_whole
from dgcli.platform.backend import mx
from dgcli.platform.elementwise import softmax

Ids: TypeAlias = "Sequence[int] | Sequence[Sequence[int]] | mx.array"
"""Token ids [L] or [B, L]."""


@dataclass(frozen=True, eq=False)
class Model:
    """A loaded DiffusionGemma. Holds nothing that changes: caches are values that the caller keeps.

    Wrong arguments (an id outside the vocabulary, shapes that do not fit) raise ArgumentError.
    """

    path: Path
    network: Network = field(repr=False)
    generation: GenerationDefaults
    parameters: int
    """Weights of the text stack, counted before quantisation."""
    nbytes: int
    """Memory that the weights take."""

    @property
    def name(self) -> str:
        return self.path.name

    def adapted(self, adapters: Sequence[Adapter]) -> Model:
        """The same model with LoRA adapters; weights are shared. Raises ModelError where one does not fit it."""
        return replace(self, network=adapt(self.network, adapters)) if adapters else self

    @property
    def config(self) -> ModelConfig:
        return self.network.config

    @property
    def vocab_size(self) -> int:
        """Rows of the embedding; a tokenizer may have fewer tokens."""
        return self.config.vocab_size

    @property
    def canvas_length(self) -> int:
        return self.config.canvas_length

    def encode(self, ids: Ids, cache: Cache | None = None, chunk: int = DEFAULT_CHUNK) -> Cache:
        """Read ids [L] or [B, L] after what `cache` holds, at most `chunk` tokens in one pass.

        Returns a new cache; the one given stays valid. Its `hidden` are the final-normed hidden states of these ids,
        [L, H] or [B, L, H]. The size of the chunks changes nothing but rounding.
        """
        rows = self._rows(ids)
        before = empty_cache(self.network) if cache is None else cache
        check_whole("chunk", chunk, 1)
        check_kind("The cache", before, Cache)
        if rows.shape[1] == 0:
            return (
                before if cache is None else Cache(before.layers, before.length, before.hidden[..., :0, :], before.last)
            )
        if before.batch not in (1, rows.shape[0]):
            raise ArgumentError(f"{rows.shape[0]} rows cannot continue a cache of {before.batch}.")
        after = encode(self.network, rows, before, chunk)
        return Cache(after.layers, after.length, after.hidden[0], after.last) if _is_flat(ids) else after

    def fits(self, cache: Cache) -> bool:
        """Whether a cache of one row is one that `encode` could have given: arrays, shapes, finite numbers."""
        return cache.length > 0 and could_be(self.network, cache)

    def denoise(
        self,
        canvas_ids: Ids,
        cache: Cache,
        self_conditioning_logits: mx.array | None = None,
        positions: Sequence[int] | None = None,
    ) -> mx.array:
        """One pass of the denoiser over canvases that stand right after what is cached.

        canvas_ids: [L] or [B, L]; a cache of one row serves all canvases.
        self_conditioning_logits: the previous step's logits, already divided by its temperature: [..., L, V]; or, with
        positions, [..., P, V] in their order, and every other position is conditioned on its own token. None: the
        first step, with zero soft embeddings everywhere.
        positions: P places in the canvas, the same in all rows. None: all.
        Returns logits, float32, softcapped: [..., L, V], or [..., P, V] with positions.
        """
        tokens = self._rows(canvas_ids)
        batch, length = tokens.shape
        check_whole("The length of a canvas", length, 1, self.canvas_length)
        check_kind("The cache", cache, Cache)
        places = list(range(length)) if positions is None else list(positions)
        if not all(type(place) is int and 0 <= place < length for place in places):
            raise ArgumentError(f"positions must lie in a canvas of {length}.")
        wanted = Wanted.of([places] * batch, length, self.config.head_shift)
        soft = None
        if self_conditioning_logits is not None:
            check_kind("self_conditioning_logits", self_conditioning_logits, mx.array)
            conditioned = self_conditioning_logits.shape[-2]
            if conditioned not in (len(places), length):
                raise ArgumentError(
                    f"self_conditioning_logits hold {conditioned} positions, not {length} or {len(places)}."
                )
            free = wanted.flat if conditioned == len(places) else mx.arange(batch * length)
            previous = softmax(self_conditioning_logits.astype(mx.float32)).reshape(
                -1, self_conditioning_logits.shape[-1]
            )
            soft = self._soft(tokens, free, previous)
        logits = self._denoise(tokens, wanted, soft, cache)
        return logits if _is_flat(canvas_ids) else logits.reshape(batch, len(places), -1)

    def denoise_free(
        self, tokens: mx.array, free: Sequence[Sequence[int]], previous: mx.array | None, cache: Cache
    ) -> mx.array:
        """One pass over canvases of which only some positions are free, with logits at those alone.

        tokens: [B, L]; free: the positions of each row, any number of each, F in all; previous: [F, V], the
        probabilities that the step before gave the same positions, at its temperature; None: the first step, with zero
        soft embeddings there. Held positions are conditioned on their own token at every step.
        Returns [F, V], float32, softcapped, for the caller to evaluate. Ids and places are not checked here.
        """
        wanted = Wanted.of(free, tokens.shape[1], self.config.head_shift)
        return self._denoise(tokens, wanted, self._soft(tokens, wanted.flat, previous), cache)

    def score(self, ids: Ids, cache: Cache) -> mx.array:
        """Log-probability, in nats, of each id after what is cached, by the causal encoder with the tied head.

        ids: [L], or [B, L] for several continuations of one cache. Returns the same shape, float32. The first id is
        scored by the cache's last hidden state, so the cache must not be empty.
        """
        rows = self._rows(ids)
        check_kind("The cache", cache, Cache)
        if cache.last is None:
            raise ArgumentError("an empty cache predicts nothing: encode at least one token first.")
        if cache.batch not in (1, rows.shape[0]):
            raise ArgumentError(f"{rows.shape[0]} rows cannot continue a cache of {cache.batch}.")
        found = score(self.network, rows, cache) if rows.size else mx.zeros(rows.shape, dtype=mx.float32)
        return found[0] if _is_flat(ids) else found

    def following(self, cache: Cache) -> mx.array:
        """Logits [B, V], float32, softcapped, of the token that follows each row of a cache that is not empty."""
        if cache.last is None:
            raise ArgumentError("an empty cache predicts nothing: encode at least one token first.")
        return self.network.logits(cache.last)

    def read(self, ids: Sequence[int], cache: Cache) -> Reading:
        """Read ids [L], at least one, after a cache of one row, some of which may have to be taken back.

        One pass gives both: what follows each of them, and the cache of as many as are kept.
        """
        rows = self._rows(ids)
        if rows.shape[0] != 1 or not rows.size or cache.batch != 1:
            raise ArgumentError("one row of at least one id is read after a cache of one row.")
        return read(self.network, rows, cache)

    def _denoise(self, tokens: mx.array, wanted: Wanted, soft: mx.array | None, cache: Cache) -> mx.array:
        if cache.batch not in (1, tokens.shape[0]):
            raise ArgumentError(f"{tokens.shape[0]} canvases cannot read a cache of {cache.batch} rows.")
        if wanted.before is not None and cache.last is None:
            raise ArgumentError("the first position of a canvas is told by what stands before it: encode a token first")
        return denoise_at(self.network, tokens, wanted, soft, cache)

    def _soft(self, tokens: mx.array, free: mx.array, previous: mx.array | None) -> mx.array | None:
        if previous is not None and previous.shape != (free.shape[0], self.vocab_size):
            raise ArgumentError(f"previous probabilities are {previous.shape}, not {(free.shape[0], self.vocab_size)}.")
        if self.network.self_conditioning is None:
            return None
        return soft_embeddings(self.network, tokens, free, previous)

    def _rows(self, ids: Ids) -> mx.array:
        """[L] or [B, L] -> [B, L], checked: an id outside the vocabulary would read memory that is not the model's."""
        try:
            array = ids if isinstance(ids, mx.array) else mx.array(list(ids) or mx.zeros((0,), dtype=mx.int32))
        except (TypeError, ValueError, RuntimeError):  # a number that is too large
            raise ArgumentError("ids are no whole numbers, in rows of one length.") from None
        if array.size and not mx.issubdtype(array.dtype, mx.integer):
            raise ArgumentError(f"ids are of type {array.dtype}, not whole numbers.")
        if array.ndim not in (1, 2):
            raise ArgumentError(f"ids have shape {array.shape}, not [L] or [B, L].")
        if array.size and not mx.all((array >= 0) & (array < self.vocab_size)).item():
            raise ArgumentError(f"ids must lie in a vocabulary of {self.vocab_size}.")
        return array[None] if array.ndim == 1 else array


def _is_flat(ids: Ids) -> bool:
    if isinstance(ids, mx.array):
        return ids.ndim == 1
    return not len(ids) or not isinstance(ids[0], Sequence)
