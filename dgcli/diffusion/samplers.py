"""Samplers: which tokens stay on a canvas after a step, and what is written elsewhere.

A sampler is a frozen value that is told what stands on the free positions of one canvas and what the denoiser believes
of them. Before the denoiser's logits are looked at, it may take back some of what a position's own token says for
itself: a denoiser trained on uniform noise leans to copying what it reads, also where that is known to be noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p
from typing import Protocol, cast

from dgcli.diffusion.acceptance import accept
from dgcli.diffusion.draws import Draws, Site
from dgcli.platform.backend import mx
from dgcli.settings import DenoiseSettings, Discount

NEVER = 1e9  # nats: exp() of minus this is 0, and 0 times it is no NaN


@dataclass(frozen=True)
class Standing:
    """What the F free positions of one canvas hold when a step begins."""

    number: int  # of the step: 1 … of
    of: int
    sites: tuple[Site, ...]  # [F]
    tokens: tuple[int, ...]  # [F]
    accepted: tuple[bool, ...]  # [F] False: the token is noise, drawn without looking
    held: int  # positions of the canvas that are not free

    @property
    def clean(self) -> float:
        """Share of the canvas that is not noise, short of 1, as the denoiser sees it."""
        length = self.held + len(self.tokens)
        return min(self.held + sum(self.accepted), length - 1) / length


@dataclass(frozen=True)
class Guess:
    """What the denoiser says of these positions."""

    sampled: Sequence[int]  # [F]
    argmax: Sequence[int]  # [F]
    entropy: Sequence[float]  # [F] nats
    probability: mx.array  # [F, V]

    def of(self, tokens: Sequence[int]) -> list[float]:
        """The probability of one token at each position."""
        column = mx.array(list(tokens), dtype=mx.int32)[:, None]
        return cast("list[float]", mx.take_along_axis(self.probability, column, axis=-1)[:, 0].tolist())


@dataclass(frozen=True)
class Move:
    """What a sampler makes of it."""

    accepted: tuple[bool, ...]  # [F]
    tokens: tuple[int, ...]  # [F] what stands there next
    finished: bool = False  # nothing is left to be decided


class Sampler(Protocol):
    """How a canvas goes from one step to the next."""

    def discount(self, now: Standing, vocab_size: int) -> Sequence[float] | None:
        """Nats [F] that the logit of each position's own token loses; None: nothing is taken."""
        ...

    def move(self, now: Standing, guess: Guess, draws: Draws) -> Move: ...


@dataclass(frozen=True)
class EntropyBound:
    """The reference's (`EntropyBoundSampler`, arXiv 2505.24857): the surest are accepted, all others become new noise.

    An accepted token is not kept: at the next step it may go back.
    """

    bound: float  # nats
    own: Discount

    def discount(self, now: Standing, vocab_size: int) -> Sequence[float] | None:
        return discounts(self.own, now, vocab_size)

    def move(self, now: Standing, guess: Guess, draws: Draws) -> Move:
        return _accepting(accept(guess.entropy, self.bound), guess.sampled, now, draws)


@dataclass(frozen=True)
class Confidence:
    """mlx-vlm's `confidence-threshold` (0.7.10): a token sampled with at least so much probability stays for good.

    At least one is accepted at each step, and all at the last; what stands is never taken back, and the canvas is
    finished when all of it does. What is kept is still the argmax canvas of the last step.
    """

    threshold: float  # 0 … 1
    own: Discount

    def discount(self, now: Standing, vocab_size: int) -> Sequence[float] | None:
        return discounts(self.own, now, vocab_size)

    def move(self, now: Standing, guess: Guess, draws: Draws) -> Move:
        sure = guess.of(guess.sampled)
        open_ = [place for place, stands in enumerate(now.accepted) if not stands]
        taken = {place for place in open_ if sure[place] >= self.threshold or now.number == now.of}
        if open_ and not taken:
            taken = {max(open_, key=sure.__getitem__)}
        pairs = zip(guess.sampled, now.tokens, strict=True)
        written = [new if place in taken else old for place, (new, old) in enumerate(pairs)]
        accepted = tuple(stands or place in taken for place, stands in enumerate(now.accepted))
        move = _accepting(accepted, written, now, draws)
        return Move(move.accepted, move.tokens, finished=all(accepted))


@dataclass(frozen=True)
class Ancestral:
    """Posterior sampling of uniform diffusion (D3PM, arXiv 2107.03006), as in diffusers' `DiscreteDDIMScheduler`.

    A share t of the tokens is clean before a step and s after it, in equal steps from 0 to 1. Given the sampled clean
    token, the next is drawn from q(x_s | x_t, x_0): the clean one, what stands there, or new noise.
    """

    own: Discount

    def discount(self, now: Standing, vocab_size: int) -> Sequence[float] | None:
        return discounts(self.own, now, vocab_size)

    def move(self, now: Standing, guess: Guess, draws: Draws) -> Move:
        return _posterior((now.number - 1) / now.of, now.number / now.of, now, guess, draws)


@dataclass(frozen=True)
class PredictorCorrector:
    """Steps of `Ancestral`, and between them steps that take up again what the leave-one-out denoiser doubts most.

    A corrector step (arXiv 2605.22765, as in diffusers' `DiscreteDDIMScheduler.step_correct`) draws positions anew from
    the one-coordinate conditional s * p_loo + (1 - s) / V, all others as they are. Those with the least probability of
    their own token are taken; the paper perturbs this order by Gumbel noise, here it is not. Both kinds of step cost a
    pass, so both are counted.
    """

    share: float  # of the free positions, taken up at a corrector step; at least one is
    own: Discount

    def discount(self, now: Standing, vocab_size: int) -> Sequence[float] | None:
        return discounts("all" if _corrects(now) else self.own, now, vocab_size)

    def move(self, now: Standing, guess: Guess, draws: Draws) -> Move:
        levels = now.of // 2 + 1  # predictor steps; the first and the last step are such
        level = min((now.number + 1) // 2, levels) if now.number < now.of else levels
        if not _corrects(now):
            return _posterior((level - 1) / levels, level / levels, now, guess, draws)
        doubt = guess.of(now.tokens)
        worst = sorted(range(len(doubt)), key=doubt.__getitem__)[: max(1, round(self.share * len(doubt)))]
        fresh, chance = draws.noise(now.number, now.sites), draws.chance(now.number, now.sites)
        tokens, accepted = list(now.tokens), list(now.accepted)
        for place in worst:
            accepted[place] = chance[place] < level / levels
            tokens[place] = guess.sampled[place] if accepted[place] else fresh[place]
        return Move(tuple(accepted), tuple(tokens))


def sampler_of(settings: DenoiseSettings) -> Sampler:
    """The sampler that the settings name."""
    own = settings.discount
    if settings.sampler == "confidence":
        return Confidence(settings.threshold, own)
    if settings.sampler == "ancestral":
        return Ancestral(own)
    if settings.sampler == "predictor-corrector":
        return PredictorCorrector(settings.corrected, own)
    return EntropyBound(settings.entropy_bound, own)


def discounts(own: Discount, now: Standing, vocab_size: int) -> list[float] | None:
    """What each position's own token loses, in nats.

    "noise": everything where it is known to be noise. "all": log(1 + V a / (1 - a)) everywhere, a being the clean share
    of the canvas, which makes a denoiser leave-one-out: it no longer looks at the token itself (arXiv 2605.22765, eq.
    13). "kept": an accepted token gains what makes it certain.
    """
    if own == "none":
        return None
    if own == "noise":
        return [0.0 if stands else NEVER for stands in now.accepted]
    if own == "kept":
        return [-NEVER if stands else 0.0 for stands in now.accepted]
    return [log1p(vocab_size * now.clean / (1 - now.clean))] * len(now.tokens)


def _accepting(accepted: tuple[bool, ...], tokens: Sequence[int], now: Standing, draws: Draws) -> Move:
    """`tokens` where accepted, new noise elsewhere."""
    noise = draws.noise(now.number, now.sites)
    following = (token if keep else fresh for token, keep, fresh in zip(tokens, accepted, noise, strict=True))
    return Move(accepted, tuple(following))


def _posterior(t: float, s: float, now: Standing, guess: Guess, draws: Draws) -> Move:
    """From a clean share of t to one of s."""
    vocab_size, kept = guess.probability.shape[-1], t / s
    tokens, accepted = [], []
    places = zip(
        now.tokens,
        now.accepted,
        guess.sampled,
        draws.noise(now.number, now.sites),
        draws.chance(now.number, now.sites),
        strict=True,
    )
    for token, stood, clean, noise, chance in places:
        becomes_clean = s * (1 - kept) / vocab_size + (t if token == clean else 0.0)
        stays, becomes_noise = kept * (1 - s) / vocab_size, (1 - kept) * (1 - s) / vocab_size
        at = chance * (becomes_clean + stays + becomes_noise)
        if at < becomes_clean or s == 1:
            tokens.append(clean)
            accepted.append(True)
        elif at < becomes_clean + stays:
            tokens.append(token)
            accepted.append(stood)
        else:
            tokens.append(noise)
            accepted.append(False)
    return Move(tuple(accepted), tuple(tokens))


def _corrects(now: Standing) -> bool:
    return now.number % 2 == 0 and now.number < now.of
