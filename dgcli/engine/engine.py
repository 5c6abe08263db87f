"""The one engine: reads, denoises, scores and continues text over one set of weights.

Wrong arguments (an id outside the vocabulary, shapes that do not fit) raise ArgumentError.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias, cast

from dgcli.checkpoint.adapters import Adapter
from dgcli.checkpoint.config import ModelConfig
from dgcli.checkpoint.memory import DEFAULT_CHUNK
from dgcli.diffusion import Logits, Predict
from dgcli.engine.prompt_cache import PromptCache
from dgcli.errors import ArgumentError
from dgcli.model.cache import Cache
from dgcli.model.denoiser import Wanted, denoise_at, soft_embeddings
from dgcli.model.encoder import Reading, empty_cache, encode, read, score
from dgcli.model.lora import adapt
from dgcli.model.network import Network
from dgcli.platform.arguments import check_kind, check_whole
from dgcli.platform.backend import mx
from dgcli.platform.elementwise import softmax

Ids: TypeAlias = "Sequence[int] | Sequence[Sequence[int]] | mx.array"
"""Token ids [L] or [B, L]."""

_LONGEST_CONTEXT = 4096  # tokens of a document in a prompt; more costs time and helps little


@dataclass(frozen=True, eq=False, kw_only=True)
class Engine:
    """The causal encoder and the bidirectional denoiser of a checkpoint.

    Nothing in it changes but `prompts`: caches are values that the caller keeps.
    """

    path: Path
    """The checkpoint's folder."""
    network: Network = field(repr=False)
    parameters: int
    """Weights of the text stack, counted before quantisation."""
    nbytes: int
    """Memory that the weights take."""
    prompts: PromptCache | None = None
    """What one run remembers of its prompts; None: nothing."""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def config(self) -> ModelConfig:
        return self.network.config

    @property
    def vocab_size(self) -> int:
        """Rows of the embedding; a tokenizer may have fewer tokens."""
        return self.config.vocab_size

    @property
    def canvas_length(self) -> int:
        """Tokens of a canvas, at most."""
        return self.config.canvas_length

    @property
    def context_length(self) -> int:
        """Tokens of a document that a prompt may quote."""
        return min(_LONGEST_CONTEXT, self.max_positions // 4)

    @property
    def max_positions(self) -> int:
        """Tokens that the model can tell the order of: prompt, text and canvas together."""
        return self.config.max_positions

    def adapted(self, adapters: Sequence[Adapter]) -> Engine:
        """The same engine with LoRA adapters; weights are shared. Raises ModelError where one does not fit it."""
        return replace(self, network=adapt(self.network, adapters)) if adapters else self

    def encode(self, ids: Ids, cache: Cache | None = None, chunk: int = DEFAULT_CHUNK) -> Cache:
        """Read ids [L] or [B, L] after what `cache` holds, at most `chunk` tokens in one pass.

        Returns a new cache; the one given stays valid. Its `hidden` are the final-normed hidden states of these ids,
        [L, H] or [B, L, H]. The size of the chunks changes nothing but rounding.

        An engine with `prompts` reads only so much of a prompt [L] (there is no `cache`) as no earlier one began with,
        and `hidden` are the states of its last ids, of at least one.

        Raises:
            ArgumentError: ids are none of the vocabulary, `chunk` is less than 1, or `cache` is none or of other rows.
        """
        rows = self._rows(ids)
        check_whole("chunk", chunk, 1)
        if cache is None and self.prompts is not None and _is_flat(ids):
            return self._encode_prompt(self.prompts, tuple(cast("list[int]", rows[0].tolist())), chunk)
        before = empty_cache(self.network) if cache is None else cache
        check_kind("The cache", before, Cache)
        if rows.shape[1] == 0:
            return replace(before, hidden=before.hidden[..., :0, :])
        _check_rows(rows, before)
        after = encode(self.network, rows, before, chunk)
        return replace(after, hidden=after.hidden[0]) if _is_flat(ids) else after

    def encode_rows(self, rows: Sequence[Sequence[int]], cache: Cache, continued: Sequence[int] | None = None) -> Cache:
        """A new cache of B rows, that have read `rows` [B, L] after `cache`, which is of one row or of B.

        continued: the B rows of `cache` that are read on from, if not all.
        """
        return self.encode(rows, cache if continued is None else cache.of_rows(continued))

    def read(self, ids: Sequence[int], cache: Cache) -> Reading:
        """Read ids [L], at least one, after a cache of one row, some of which may have to be taken back.

        One pass gives both: what follows each of them, and the cache of as many as are kept.
        Raises ArgumentError where there is not one row of each.
        """
        rows = self._rows(ids)
        if rows.shape[0] != 1 or not rows.size or cache.batch != 1:
            raise ArgumentError("one row of at least one id is read after a cache of one row.")
        return read(self.network, rows, cache)

    def following(self, cache: Cache) -> mx.array:
        """Logits [B, V], float32, softcapped, of the token that follows each row of a cache.

        Raises ArgumentError where the cache is empty.
        """
        return self.network.logits(_last(cache))

    def score(self, ids: Ids, cache: Cache) -> mx.array:
        """Log-probability, in nats, of each id after what is cached, by the causal encoder with the tied head.

        ids: [L], or [B, L] for several continuations of one cache. Returns the same shape, float32. The first id is
        scored by the cache's last hidden state. Raises ArgumentError where the cache is empty, or of other rows.
        """
        rows = self._rows(ids)
        check_kind("The cache", cache, Cache)
        _last(cache)
        _check_rows(rows, cache)
        found = score(self.network, rows, cache) if rows.size else mx.zeros(rows.shape, dtype=mx.float32)
        return found[0] if _is_flat(ids) else found

    def score_rows(self, rows: Sequence[Sequence[int]], cache: Cache) -> list[list[float]]:
        """As `score`, of rows that may differ in length: of each its own log-probabilities, in nats."""
        longest = max(map(len, rows))
        padded = [[*row, *(row[-1],) * (longest - len(row))] for row in rows]  # causal: what follows changes nothing
        scores = cast("list[list[float]]", self.score(padded, cache).tolist())
        return [scores[index][: len(row)] for index, row in enumerate(rows)]

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

        Raises:
            ArgumentError: the canvas is empty or longer than the model's, or any other argument does not fit it.
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
        logits = self._denoise(tokens, wanted, soft, cache).array()
        return logits if _is_flat(canvas_ids) else logits.reshape(batch, len(places), -1)

    def unfinished(
        self, tokens: mx.array, free: Sequence[Sequence[int]], previous: mx.array | None, cache: Cache
    ) -> Logits:
        """One pass over canvases of which only some positions are free, with logits at those alone.

        tokens: [B, L]; free: the positions of each row, any number of each, F in all; previous: [F, V], the
        probabilities that the step before gave the same positions, at its temperature; None: the first step, with zero
        soft embeddings there. Held positions are conditioned on their own token at every step.
        Returns logits of [F, V], float32, that are still to be softcapped. Ids and places are not checked here.
        """
        wanted = Wanted.of(free, tokens.shape[1], self.config.head_shift)
        return self._denoise(tokens, wanted, self._soft(tokens, wanted.flat, previous), cache)

    def predictor(self, cache: Cache) -> Predict:
        """The denoiser after `cache`, as the denoise loop calls it: free places of canvases [B, L] -> logits [F, V].

        See `dgcli.diffusion.Predict`. It raises ArgumentError for a canvas that is longer than the model's, or with ids
        outside the vocabulary.
        """
        check_kind("The cache", cache, Cache)
        return Predictor(self, cache)

    def head_seconds(self, rows: int = 32) -> float:
        """Seconds that the head takes for one position, as measured now for `rows` of them, at least one.

        A step is evaluated at once, so within a run the head cannot be told from the layers before it.
        """
        check_whole("rows", rows, 1)
        hidden = mx.zeros((rows, self.config.hidden_size), dtype=self.network.dtype)
        mx.eval(self.network.logits(hidden))
        started = time.perf_counter()
        mx.eval(self.network.logits(hidden))
        return (time.perf_counter() - started) / rows

    def _encode_prompt(self, prompts: PromptCache, ids: tuple[int, ...], chunk: int) -> Cache:
        known, cache = prompts.beginning(ids, self.network)
        if cache is None or known < len(ids):
            cache = self.encode(ids[known:], empty_cache(self.network) if cache is None else cache, chunk)
        prompts.keep(ids, cache, read=len(ids) - known)
        return cache

    def _denoise(self, tokens: mx.array, wanted: Wanted, soft: mx.array | None, cache: Cache) -> Logits:
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
            raise ArgumentError("ids are not whole numbers, in rows of one length.") from None
        if array.size and not mx.issubdtype(array.dtype, mx.integer):
            raise ArgumentError(f"ids are of type {array.dtype}, not whole numbers.")
        if array.ndim not in (1, 2):
            raise ArgumentError(f"ids have shape {array.shape}, not [L] or [B, L].")
        if array.size and not mx.all((array >= 0) & (array < self.vocab_size)).item():
            raise ArgumentError(f"ids must lie in a vocabulary of {self.vocab_size}.")
        return array[None] if array.ndim == 1 else array


@dataclass(frozen=True, eq=False)
class Predictor:
    """The denoiser after a cache: `Predict` and `PredictUnfinished`."""

    engine: Engine
    cache: Cache

    def __call__(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> mx.array:
        """Canvases [B, L] and their free positions, F in all -> logits [F, V], float32."""
        return self.unfinished(tokens, free, previous).array()

    def unfinished(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> Logits:
        """The same, to be finished."""
        for row in tokens:
            check_whole("The length of a canvas", len(row), 1, self.engine.canvas_length)
            check_whole("A token of a canvas", max(row), 0, self.engine.vocab_size - 1)
        return self.engine.unfinished(mx.array([list(row) for row in tokens]), free, previous, self.cache)


def _check_rows(rows: mx.array, cache: Cache) -> None:
    if cache.batch not in (1, rows.shape[0]):
        raise ArgumentError(f"{rows.shape[0]} rows cannot continue a cache of {cache.batch}.")


def _last(cache: Cache) -> mx.array:
    """The state that predicts what comes next, [B, H]."""
    if cache.last is None:
        raise ArgumentError("an empty cache predicts nothing: encode at least one token first.")
    return cache.last


def _is_flat(ids: Ids) -> bool:
    if isinstance(ids, mx.array):
        return ids.ndim == 1
    return not len(ids) or not isinstance(ids[0], Sequence)
