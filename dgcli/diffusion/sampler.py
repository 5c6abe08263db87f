"""Samplers: which tokens stay on a canvas after a step, and what is written elsewhere.

A sampler is a frozen object with one method. It is told what stands on the free positions of one canvas and what the
denoiser believes of them, and sees neither the model nor the loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Protocol

from dgcli.diffusion.draws import Site
from dgcli.errors import ModelError
from dgcli.platform.arguments import check_kind, require
from dgcli.platform.backend import mx


@dataclass(frozen=True)
class Standing:
    """What the F free positions of one canvas hold when a step begins."""

    number: int  # of the step: 1 … of
    of: int
    sites: tuple[Site, ...]  # [F]
    tokens: tuple[int, ...]  # [F]
    accepted: tuple[bool, ...]  # [F] False: nobody chose the token
    width: int  # of the whole canvas


@dataclass(frozen=True)
class Guess:
    """What the denoiser says of these positions."""

    sampled: Sequence[int]  # [F]
    argmax: Sequence[int]  # [F]
    entropy: Sequence[float]  # [F] nats
    probability: mx.array  # [F, V]


@dataclass(frozen=True)
class Move:
    """What a sampler makes of it."""

    accepted: tuple[bool, ...]  # [F]
    tokens: tuple[int, ...]  # [F] what stands there next


class Sampler(Protocol):
    """How a canvas goes from one step to the next."""

    def move(self, now: Standing, guess: Guess, noise: Sequence[int]) -> Move:
        """`noise` [F] is what stands next at a position that is not accepted."""
        ...


@dataclass(frozen=True)
class EntropyBound:
    """The reference's (`EntropyBoundSampler`, arXiv 2505.24857): the surest are accepted, all others become noise.

    An accepted token is not kept: at the next step it may go back.

    Raises:
        UsageError: the bound is negative or not a number.
    """

    bound: float = 0.1  # nats: what the accepted tokens' entropies may add up to, the largest left out

    def __post_init__(self) -> None:
        check_kind("The entropy bound", self.bound, int, float)
        require(self.bound >= 0, f"The entropy bound is {self.bound}", "Use 0 or more.")

    def move(self, now: Standing, guess: Guess, noise: Sequence[int]) -> Move:
        """What was sampled where it is accepted, `noise` [F] elsewhere.

        Raises:
            ModelError: an entropy is not a number.
        """
        accepted = accept(guess.entropy, self.bound)
        following = zip(guess.sampled, accepted, noise, strict=True)
        return Move(accepted, tuple(token if keep else fresh for token, keep, fresh in following))


def accept(entropies: Sequence[float], bound: float) -> tuple[bool, ...]:
    """Accept the surest positions [F] while their entropies (nats), without the largest, add up to at most `bound`.

    The sum bounds the mutual information of what is accepted at once, so the tokens are nearly independent.
    At least one position is always accepted. Equal entropies are taken from left to right.

    Raises:
        ModelError: an entropy is not a number, so neither are the model's logits.
    """
    if not all(map(isfinite, entropies)):
        raise ModelError("The model's logits are not numbers.", "Its weights are damaged: fetch the model again.")
    accepted = [False] * len(entropies)
    total = 0.0
    for position in sorted(range(len(entropies)), key=entropies.__getitem__):
        if total > bound:
            break
        accepted[position] = True
        total += entropies[position]
    return tuple(accepted)
