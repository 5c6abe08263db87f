"""What the encoder leaves behind and the denoiser reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dgcli.model.attention import KeysValues
from dgcli.platform.backend import mx


@dataclass(frozen=True, eq=False)
class Cache:
    """Keys and values of everything encoded so far. Never changed: encoding more gives a new one.

    Arrays are shared between a cache and those that continue it.
    """

    layers: tuple[KeysValues, ...] = field(repr=False)
    """Per layer; a sliding one keeps the last window - 1 positions. Empty where nothing is encoded."""
    length: int
    """Tokens encoded so far; the next token's position."""
    hidden: mx.array = field(repr=False)
    """Final-normed hidden states of the ids encoded last, [L, H], or [B, L, H] for a batch."""
    last: mx.array | None = field(repr=False)
    """Hidden state of the last token encoded, [B, H]: it predicts the next one. None where nothing is encoded."""

    shared: tuple[KeysValues, ...] = field(default=(), repr=False)
    """Per layer, of one row: what all rows of a batch read before `layers`. Empty where each has all of its own."""

    def before(self, layer: int, rows: int) -> tuple[KeysValues | None, KeysValues | None]:
        """What `rows` rows that continue this read in a layer: keys and values that all share, and each row's own."""
        shared = self.shared[layer] if self.shared else None
        own = self.layers[layer] if self.layers else None
        return (own, None) if rows > 1 and self.batch == 1 else (shared, own)

    def of_rows(self, rows: Sequence[int]) -> Cache:
        """The cache of some of its rows, in that order."""
        chosen = mx.array(list(rows), dtype=mx.int32)
        layers = tuple((keys[chosen], values[chosen]) for keys, values in self.layers)
        hidden = self.hidden[chosen] if self.hidden.ndim == 3 else self.hidden
        return replace(self, layers=layers, hidden=hidden, last=None if self.last is None else self.last[chosen])

    @property
    def batch(self) -> int:
        """Rows; a cache of one row serves any number of canvases."""
        return 1 if self.last is None else self.last.shape[0]
