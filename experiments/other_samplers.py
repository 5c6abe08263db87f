"""Samplers, and rules beside them, that were measured and are not what `dg` uses.

Each is an object as `DenoiseSettings` takes it; README.md has what they came to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import log1p
from typing import cast

from dgcli.diffusion import DenoiseSettings, Site
from dgcli.diffusion.draws import philox
from dgcli.diffusion.own_token import OwnToken
from dgcli.diffusion.sampler import Guess, Move, Standing
from dgcli.diffusion.stopping import STABLE_AND_CONFIDENT
from dgcli.events import Step
from dgcli.platform.backend import mx

Chance = Callable[[int, Sequence[Site]], Sequence[float]]  # numbers in [0, 1) of a step, for places [F]


@dataclass(frozen=True)
class PhiloxChance:
    """A number in [0, 1) for each place and step: the third word of the numbers that `PhiloxDraws` takes two of."""

    seed: int

    def __call__(self, step: int, sites: Sequence[Site]) -> list[float]:
        """[F], for `sites` [F]."""
        key = (self.seed & 0xFFFFFFFF, self.seed >> 32)
        return [philox((site.position, step, site.canvas, 0), key)[2] / 2**32 for site in sites]


@dataclass(frozen=True)
class Confidence:
    """mlx-vlm's `confidence-threshold` (0.7.10): a token sampled with at least so much probability stays for good.

    At least one is accepted at each step, and all at the last; what stands is never taken back. What is kept is still
    the argmax canvas of the last step, which is finished when all of it stands (`AllStand`).
    """

    threshold: float  # 0 … 1

    def move(self, now: Standing, guess: Guess, noise: Sequence[int]) -> Move:
        """What stands, what is newly accepted, and noise elsewhere."""
        sure = probability_of(guess, guess.sampled)
        open_ = [place for place, stands in enumerate(now.accepted) if not stands]
        taken = {place for place in open_ if sure[place] >= self.threshold or now.number == now.of}
        if open_ and not taken:
            taken = {max(open_, key=sure.__getitem__)}
        tokens = [
            now.tokens[place] if stands else guess.sampled[place] if place in taken else noise[place]
            for place, stands in enumerate(now.accepted)
        ]
        return Move(tuple(stands or place in taken for place, stands in enumerate(now.accepted)), tuple(tokens))


@dataclass(frozen=True)
class AllStand:
    """The canvas is finished when every free token is accepted, or by the reference's rule."""

    def settled(self, step: Step, still: int) -> bool:
        """Whether it is."""
        return step.accepted == step.free or STABLE_AND_CONFIDENT.settled(step, still)


@dataclass(frozen=True)
class Ancestral:
    """Posterior sampling of uniform diffusion (D3PM, arXiv 2107.03006), as in diffusers' `DiscreteDDIMScheduler`.

    A share t of the tokens is clean before a step and s after it, in equal steps from 0 to 1. Given the sampled clean
    token, the next is drawn from q(x_s | x_t, x_0): the clean one, what stands there, or new noise.
    """

    chance: Chance

    def move(self, now: Standing, guess: Guess, noise: Sequence[int]) -> Move:
        """One step of the posterior."""
        return posterior((now.number - 1) / now.of, now.number / now.of, now, guess, noise, chance=self.chance)


@dataclass(frozen=True)
class PredictorCorrector:
    """Steps of `Ancestral`, and between them steps that take up again what the leave-one-out denoiser doubts most.

    A corrector step (arXiv 2605.22765, as in diffusers' `DiscreteDDIMScheduler.step_correct`) draws positions anew from
    the one-coordinate conditional s * p_loo + (1 - s) / V, all others as they are. Those with the least probability of
    their own token are taken; the paper perturbs this order by Gumbel noise, here it is not. Both kinds of step cost a
    pass, so both are counted. It wants `LeftOutWhereCorrected` of the own token.
    """

    share: float  # of the free positions, taken up at a corrector step; at least one is
    chance: Chance

    def move(self, now: Standing, guess: Guess, noise: Sequence[int]) -> Move:
        """A predictor's or a corrector's step, by its number."""
        levels = now.of // 2 + 1  # predictor steps; the first and the last step are such
        level = min((now.number + 1) // 2, levels) if now.number < now.of else levels
        if not corrects(now):
            return posterior((level - 1) / levels, level / levels, now, guess, noise, chance=self.chance)
        doubt = probability_of(guess, now.tokens)
        worst = sorted(range(len(doubt)), key=doubt.__getitem__)[: max(1, round(self.share * len(doubt)))]
        chance = self.chance(now.number, now.sites)
        tokens, accepted = list(now.tokens), list(now.accepted)
        for place in worst:
            accepted[place] = chance[place] < level / levels
            tokens[place] = guess.sampled[place] if accepted[place] else noise[place]
        return Move(tuple(accepted), tuple(tokens))


@dataclass(frozen=True)
class LeftOut:
    """At every position log(1 + V a / (1 - a)) nats are taken back, a being the clean share of the canvas.

    So the denoiser becomes leave-one-out: it no longer looks at the token itself (arXiv 2605.22765, eq. 13).
    """

    vocab_size: int

    def discount(self, now: Standing) -> Sequence[float] | None:
        """[F] nats, the same everywhere."""
        free = len(now.tokens)
        clean = min(now.width - free + sum(now.accepted), now.width - 1) / now.width
        return [log1p(self.vocab_size * clean / (1 - clean))] * free


@dataclass(frozen=True)
class LeftOutWhereCorrected:
    """Leave-one-out at the steps of a corrector, and another rule at all others."""

    vocab_size: int
    otherwise: OwnToken

    def discount(self, now: Standing) -> Sequence[float] | None:
        """[F] nats, or None."""
        return (LeftOut(self.vocab_size) if corrects(now) else self.otherwise).discount(now)


def with_confidence(settings: DenoiseSettings, threshold: float) -> DenoiseSettings:
    """The settings with mlx-vlm's sampler, finished when all stands."""
    return replace(settings, sampler=Confidence(threshold), stopping=AllStand())


def with_corrector(settings: DenoiseSettings, share: float, seed: int, vocab_size: int) -> DenoiseSettings:
    """The settings with predictor and corrector in turns."""
    own_token = LeftOutWhereCorrected(vocab_size, settings.own_token)
    return replace(settings, sampler=PredictorCorrector(share, PhiloxChance(seed)), own_token=own_token)


def probability_of(guess: Guess, tokens: Sequence[int]) -> list[float]:
    """The probability of one token at each position [F]."""
    column = mx.array(list(tokens), dtype=mx.int32)[:, None]
    return cast("list[float]", mx.take_along_axis(guess.probability, column, axis=-1)[:, 0].tolist())


def posterior(t: float, s: float, now: Standing, guess: Guess, noise: Sequence[int], *, chance: Chance) -> Move:
    """From a clean share of t to one of s."""
    vocab_size, kept = guess.probability.shape[-1], t / s
    tokens, accepted = [], []
    chances = chance(now.number, now.sites)
    for token, stood, clean, fresh, at in zip(now.tokens, now.accepted, guess.sampled, noise, chances, strict=True):
        becomes_clean = s * (1 - kept) / vocab_size + (t if token == clean else 0.0)
        stays, becomes_noise = kept * (1 - s) / vocab_size, (1 - kept) * (1 - s) / vocab_size
        place = at * (becomes_clean + stays + becomes_noise)
        if place < becomes_clean or s == 1:
            tokens.append(clean)
            accepted.append(True)
        elif place < becomes_clean + stays:
            tokens.append(token)
            accepted.append(stood)
        else:
            tokens.append(fresh)
            accepted.append(False)
    return Move(tuple(accepted), tuple(tokens))


def corrects(now: Standing) -> bool:
    """Whether a step of `PredictorCorrector` is the corrector's: every second, but for the last."""
    return now.number % 2 == 0 and now.number < now.of
