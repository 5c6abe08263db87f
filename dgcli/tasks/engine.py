"""What tasks need of a model. `dgcli.api` gives them the real one, tests a fake."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from dgcli.checkpoint.chat_template import Chat
from dgcli.diffusion import Draws, Logits, Predict, unfinished
from dgcli.platform.backend import mx
from dgcli.settings import AS_RELEASED, DenoiseSettings, HoleSettings, WritingSettings

JUDGED_AT_ONCE = 4  # texts: all in one pass would be hardly quicker, and people see how far it is
Cache = Any  # what the encoder has read; only the engine looks inside


class Reading(Protocol):
    """Ids that were read after a cache, in one pass, and may be taken back from the end."""

    @property
    def logits(self) -> mx.array:
        """What follows each of them: [L, V], float32."""
        ...

    def kept(self, count: int) -> Cache:
        """The cache after the first `count` of them, at least one."""
        ...


class Engine(Protocol):
    """Encoder and denoiser over one set of weights."""

    @property
    def vocab_size(self) -> int: ...
    @property
    def canvas_length(self) -> int: ...
    @property
    def context_length(self) -> int:
        """Tokens of a document that a prompt may quote."""
        ...

    @property
    def max_positions(self) -> int:
        """Tokens that the model can tell the order of: prompt, text and canvas together."""
        ...

    def encode(self, ids: Sequence[int], cache: Cache | None = None) -> Cache:
        """A new cache that has read `ids` after `cache`."""
        ...

    def read(self, ids: Sequence[int], cache: Cache) -> Reading:
        """Read `ids`, at least one, after `cache`, some of which may have to be taken back."""
        ...

    def predictor(self, cache: Cache) -> Predict:
        """The denoiser for canvases right after `cache`."""
        ...

    def score_rows(self, rows: Sequence[Sequence[int]], cache: Cache) -> list[list[float]]:
        """Log-probability of each id of each row, read after `cache` by the causal encoder."""
        ...

    def encode_rows(self, rows: Sequence[Sequence[int]], cache: Cache, continued: Sequence[int] | None = None) -> Cache:
        """A new cache of B rows, that have read `rows` [B, L] after `cache`, which is of one row or of B."""
        ...

    def following(self, cache: Cache) -> mx.array:
        """Logits [B, V], float32, of what follows each row of `cache`, by the causal encoder."""
        ...


@dataclass(frozen=True, kw_only=True)
class Session:
    """Everything a task runs with."""

    engine: Engine
    chat: Chat
    settings: DenoiseSettings
    draws: Draws
    stop_ids: frozenset[int]
    pad_id: int
    holes: HoleSettings = AS_RELEASED
    window: int | None = None  # tokens that layers with a sliding window see; None: there are none
    writing: WritingSettings | None = None  # the encoder writes, and the denoiser drafts for it; None: the denoiser
    first_canvas: int | None = None  # tokens; of an answer's next canvases twice as many; None: of all the model's own

    @property
    def unused(self) -> frozenset[int]:
        """Ids that are in reserve: they are never proposed, whatever is written."""
        return self.chat.tokenizer.unused - self.stop_ids - {self.pad_id}


@dataclass(frozen=True)
class Restricted:
    """A denoiser that never proposes some of the tokens."""

    predict: Predict
    penalty: mx.array  # [V]

    def __call__(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> mx.array:
        """As `Predict`: logits [F, V] of the free positions, those of the forbidden tokens lowered by `penalty`."""
        return self.unfinished(tokens, free, previous).array()

    def unfinished(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> Logits:
        """The same, to be finished."""
        return unfinished(self.predict, tokens, free, previous).lowered(self.penalty)


def without(predict: Predict, forbidden: frozenset[int], vocab_size: int) -> Predict:
    """`predict` as it is where nothing is forbidden, else without those ids."""
    return Restricted(predict, penalty(forbidden, vocab_size)) if forbidden else predict


def penalty(forbidden: Collection[int], vocab_size: int) -> mx.array:
    """What logits are to be added to [V]: 0, or -1e9 for an id that may not appear.

    exp() of that is 0, and 0 times it is not NaN.
    """
    found = mx.zeros((vocab_size,), dtype=mx.float32)
    if ids := sorted(token for token in forbidden if token < vocab_size):
        found[mx.array(ids, dtype=mx.int32)] = -1e9
    return found
