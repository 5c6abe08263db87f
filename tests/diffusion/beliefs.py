"""What stands on a canvas and what a denoiser believes of it, written by hand."""

from __future__ import annotations

from collections.abc import Sequence

from dgcli.diffusion import Site
from dgcli.diffusion.sampler import Guess, Standing
from dgcli.platform.backend import mx

VOCAB = 12
NOISE = (7, 8, 9)


def standing(number: int = 1, of: int = 4, accepted: Sequence[bool] = (False,) * 3, width: int = 3) -> Standing:
    """Three free positions with the tokens 4, 5, 6."""
    sites = tuple(Site(0, position) for position in range(3))
    return Standing(number, of, sites, (4, 5, 6), tuple(accepted), width)


def guess(sure: Sequence[float], sampled: Sequence[int] = (1, 2, 3)) -> Guess:
    """The sampled tokens with these probabilities, the rest spread evenly."""
    rows = [
        [one if token == own else (1 - one) / (VOCAB - 1) for token in range(VOCAB)]
        for one, own in zip(sure, sampled, strict=True)
    ]
    return Guess(sampled, sampled, [1 - one for one in sure], mx.array(rows))


class Copycat:
    """A denoiser that believes what it reads."""

    def __call__(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> mx.array:
        read = [row[place] for row, places in zip(tokens, free, strict=True) for place in places]
        return mx.array([[9.0 * (token == one) for token in range(VOCAB)] for one in read])
