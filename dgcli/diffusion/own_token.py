"""What the token that stands at a position says for itself.

A denoiser trained on uniform noise leans to copying what it reads, also where that is known to be noise. Before its
logits are looked at, some of the logit of each position's own token may be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dgcli.diffusion.sampler import Standing

CERTAIN = 1e9  # nats: exp() of minus this is 0, and 0 times it is not NaN


class OwnToken(Protocol):
    """How much a position's own token counts."""

    def discount(self, now: Standing) -> Sequence[float] | None:
        """Nats [F] that the logit of each position's own token loses; None: nothing is taken."""
        ...


@dataclass(frozen=True)
class Counted:
    """It counts as the denoiser says, as in the reference."""

    def discount(self, now: Standing) -> Sequence[float] | None:
        """Nothing."""
        return None


@dataclass(frozen=True)
class NoiseExcluded:
    """Where it is known to be noise, it cannot be the answer."""

    def discount(self, now: Standing) -> Sequence[float] | None:
        """[F] nats: everything where nothing was accepted."""
        return [0.0 if stands else CERTAIN for stands in now.accepted]


@dataclass(frozen=True)
class AcceptedKept:
    """What was accepted stays: for denoisers that learned from one token of noise, and not what else may be wrong."""

    def discount(self, now: Standing) -> Sequence[float] | None:
        """[F] nats: an accepted token gains what makes it certain."""
        return [-CERTAIN if stands else 0.0 for stands in now.accepted]
