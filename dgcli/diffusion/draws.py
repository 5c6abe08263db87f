"""Where every random number of a run comes from.

A number depends on the seed and on where it is used (canvas, step, position), and on nothing else: not on the batch,
not on which positions are free, not on what is computed beside it. Philox 4x32-10 is a function of a counter and a key
that gives exactly this (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, cast

from dgcli.platform.arguments import check_whole
from dgcli.platform.backend import mx
from dgcli.platform.blocks import in_blocks

_MASK = 0xFFFFFFFF
_LONG, _PIECE = 2**16, 512  # tokens of a row that is summed in pieces, and of a piece
_UNDER_ONE = 1 - 2**-22


class Site(NamedTuple):
    """A place that needs random numbers."""

    canvas: int
    position: int


class Draws(Protocol):
    """The random choices of a run. Tests replace them with recorded ones."""

    def initial(self, sites: Sequence[Site]) -> Sequence[int]:
        """Tokens [F] that stand at `sites` [F] before the first step."""
        ...

    def sample(self, step: int, sites: Sequence[Site], probabilities: mx.array) -> Sequence[int]:
        """Tokens [F]: one for each row of `probabilities` [F, V], drawn from that row."""
        ...

    def noise(self, step: int, sites: Sequence[Site]) -> Sequence[int]:
        """Fresh noise [F] for `sites` [F], to be read at the step after `step`."""
        ...


@dataclass(frozen=True)
class PhiloxDraws:
    """Draws by counter: `(position, step, canvas)` under the key `seed` (0 … 2^64 - 1).

    Raises:
        ArgumentError: the seed or the size of the vocabulary is out of range.
    """

    seed: int
    vocab_size: int
    noise_id: int | None = None
    """The token that all noise is; None: noise is uniform over the vocabulary."""

    def __post_init__(self) -> None:
        check_whole("The seed", self.seed, 0, 2**64 - 1)
        check_whole("The size of the vocabulary", self.vocab_size, 1, 2**31)

    def initial(self, sites: Sequence[Site]) -> Sequence[int]:
        """The noise [F] of step 0."""
        return self.noise(0, sites)

    def sample(self, step: int, sites: Sequence[Site], probabilities: mx.array) -> Sequence[int]:
        """Tokens [F]: the inverse of the cumulative distribution [F, V] at one uniform number for each site [F]."""
        uniform = mx.array([self._block(step, site)[0] / 2**32 for site in sites], dtype=mx.float32)  # [F]

        return cast("list[int]", in_blocks(_pick, probabilities, uniform)[0].tolist())

    def noise(self, step: int, sites: Sequence[Site]) -> Sequence[int]:
        """Tokens [F] of the whole vocabulary, each as likely as any other, or the one token that all noise is."""
        if self.noise_id is not None:
            return [self.noise_id] * len(sites)
        return [(self._block(step, site)[1] * self.vocab_size) >> 32 for site in sites]

    def _block(self, step: int, site: Site) -> tuple[int, int, int, int]:
        key = (self.seed & _MASK, (self.seed >> 32) & _MASK)
        return philox((site.position, step, site.canvas, 0), key)


@dataclass(frozen=True)
class OtherDraws:
    """Those that other draws have for canvases so many further on."""

    draws: Draws
    further: int

    def initial(self, sites: Sequence[Site]) -> Sequence[int]:
        """Tokens [F] of `sites` [F]."""
        return self.draws.initial(self._moved(sites))

    def sample(self, step: int, sites: Sequence[Site], probabilities: mx.array) -> Sequence[int]:
        """Tokens [F] from rows [F, V]."""
        return self.draws.sample(step, self._moved(sites), probabilities)

    def noise(self, step: int, sites: Sequence[Site]) -> Sequence[int]:
        """Fresh noise [F]."""
        return self.draws.noise(step, self._moved(sites))

    def _moved(self, sites: Sequence[Site]) -> list[Site]:
        return [site._replace(canvas=site.canvas + self.further) for site in sites]


def _pick(rows: mx.array, uniform: mx.array) -> tuple[mx.array]:
    """Where the cumulative sums of rows [F, V] pass so large a part [F] of the whole, 0 to 1: [F]

    A long row is summed in pieces first: one pass over it, and then one over the piece where that is.
    """
    if rows.shape[-1] < _LONG or rows.shape[-1] % _PIECE:
        cumulative = mx.cumsum(rows, axis=-1)
        below = cumulative <= uniform[:, None] * cumulative[:, -1:]
        return (mx.minimum(below.sum(axis=-1), rows.shape[-1] - 1),)
    pieces = rows.reshape(rows.shape[0], -1, _PIECE)
    sums = pieces.sum(axis=-1)  # [F, V / piece]
    cumulative = mx.cumsum(sums, axis=-1)
    goal = mx.minimum(uniform, _UNDER_ONE)[:, None] * cumulative[:, -1:]  # [F, 1]
    piece = (cumulative <= goal).sum(axis=-1, keepdims=True)  # [F, 1]
    before = mx.take_along_axis(cumulative, piece, axis=-1) - mx.take_along_axis(sums, piece, axis=-1)
    within = mx.cumsum(mx.take_along_axis(pieces, piece[..., None], axis=1)[:, 0], axis=-1)  # [F, piece]
    rest = mx.minimum(goal - before, within[:, -1:] * _UNDER_ONE)  # under the sum: no token of probability 0 is drawn
    return (piece[:, 0] * _PIECE + (within <= rest).sum(axis=-1),)


def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Four random 32-bit words for a counter and a key: Philox 4x32 with ten rounds."""
    a, b, c, d = counter
    k, m = key
    for _ in range(10):
        first, second = a * 0xD2511F53, c * 0xCD9E8D57
        a, b, c, d = (second >> 32) ^ b ^ k, second & _MASK, (first >> 32) ^ d ^ m, first & _MASK
        k, m = (k + 0x9E3779B9) & _MASK, (m + 0xBB67AE85) & _MASK
    return a, b, c, d
