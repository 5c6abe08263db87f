"""What stays on a canvas and what is written, sampler by sampler, on beliefs that were written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgcli.diffusion import PhiloxDraws, Site, denoise
from dgcli.diffusion.belief import discounted
from dgcli.diffusion.samplers import (
    NEVER,
    Ancestral,
    Confidence,
    EntropyBound,
    Guess,
    PredictorCorrector,
    Standing,
    discounts,
)
from dgcli.events import Canvas, Step
from dgcli.platform.backend import mx
from dgcli.settings import DenoiseSettings, Discount, SamplerName
from tests.fakes import Oracle

VOCAB = 12
NOISE = (7, 8, 9)


@dataclass(frozen=True)
class Given:
    """Draws in which every noise token and every chance is written down."""

    chances: Sequence[float] = (0.0, 0.0, 0.0)
    asked: list[int] = field(default_factory=list)

    def initial(self, sites: Sequence[Site]) -> Sequence[int]:
        return NOISE[: len(sites)]

    def sample(self, step: int, sites: Sequence[Site], probabilities: mx.array) -> Sequence[int]:
        raise AssertionError("samplers are given what was sampled")

    def noise(self, step: int, sites: Sequence[Site]) -> Sequence[int]:
        return NOISE[: len(sites)]

    def chance(self, step: int, sites: Sequence[Site]) -> Sequence[float]:
        return self.chances


def standing(number: int = 1, of: int = 4, accepted: Sequence[bool] = (False,) * 3, held: int = 0) -> Standing:
    sites = tuple(Site(0, position) for position in range(3))
    return Standing(number, of, sites, (4, 5, 6), tuple(accepted), held)


def guess(sure: Sequence[float], sampled: Sequence[int] = (1, 2, 3)) -> Guess:
    """The sampled tokens with these probabilities, the rest spread evenly."""
    rows = [
        [one if token == own else (1 - one) / (VOCAB - 1) for token in range(VOCAB)]
        for one, own in zip(sure, sampled, strict=True)
    ]
    return Guess(sampled, sampled, [1 - one for one in sure], mx.array(rows))


def test_entropy_bound_writes_noise_where_it_does_not_accept() -> None:
    move = EntropyBound(0.03, "none").move(standing(), guess([0.99, 0.5, 0.97]), Given())
    assert (move.accepted, move.tokens, move.finished) == ((True, False, True), (1, 8, 3), False)


def test_confidence_never_takes_back_what_stands() -> None:
    sampler = Confidence(0.9, "none")
    move = sampler.move(standing(2, accepted=(True, False, False)), guess([0.1, 0.95, 0.5]), Given())
    assert (move.accepted, move.tokens, move.finished) == ((True, True, False), (4, 2, 9), False)


def test_confidence_accepts_at_least_one_and_at_last_all() -> None:
    sampler, unsure = Confidence(0.9, "none"), guess([0.3, 0.5, 0.4])
    assert sampler.move(standing(1), unsure, Given()).accepted == (False, True, False)
    last = sampler.move(standing(4), unsure, Given())
    assert (last.accepted, last.tokens, last.finished) == ((True, True, True), (1, 2, 3), True)


def test_ancestral_takes_the_three_routes_of_the_posterior() -> None:
    """From a clean share of 1/4 to 2/4: where the guess is another token, 1/3 become clean, 1/3 stay, 1/3 are noise."""
    move = Ancestral("none").move(standing(2, accepted=(True,) * 3), guess([0.9] * 3), Given((0.32, 0.34, 0.67)))
    assert (move.accepted, move.tokens) == ((True, True, False), (1, 5, 9))


def test_ancestral_keeps_a_token_that_the_denoiser_confirms() -> None:
    confirmed = guess([0.9] * 3, sampled=(4, 5, 6))
    move = Ancestral("none").move(standing(2), confirmed, Given((0.0, 0.5, 0.7)))
    assert (move.accepted, move.tokens) == ((True,) * 3, (4, 5, 6))


def test_ancestral_ends_with_the_guess_alone() -> None:
    move = Ancestral("none").move(standing(4), guess([0.2] * 3), Given((0.9, 0.99, 0.999)))
    assert (move.accepted, move.tokens) == ((True,) * 3, (1, 2, 3))


def test_the_corrector_takes_up_what_is_least_likely_in_its_place() -> None:
    doubtful = Guess(
        [1, 2, 3],
        [1, 2, 3],
        [0.1] * 3,
        mx.array([[0.5 if token == own else 0.05 for token in range(VOCAB)] for own in (4, 0, 6)]),
    )
    now = standing(2, of=5, accepted=(True,) * 3)
    sampler = PredictorCorrector(0.25, "none")
    assert sampler.discount(now, VOCAB) == discounts("all", now, VOCAB)
    assert sampler.move(now, doubtful, Given()).tokens == (4, 2, 6)
    fresh = sampler.move(now, doubtful, Given((0.99,) * 3))
    assert (fresh.accepted, fresh.tokens) == ((True, False, True), (4, 8, 6))


def test_a_corrector_step_is_neither_the_first_nor_the_last() -> None:
    sampler = PredictorCorrector(0.25, "none")
    for of in range(1, 9):
        corrected = [number for number in range(1, of + 1) if sampler.discount(standing(number, of), VOCAB)]
        assert corrected == [number for number in range(2, of) if number % 2 == 0]


def test_what_a_position_says_for_itself() -> None:
    now = standing(accepted=(True, False, True), held=7)
    assert discounts("none", now, VOCAB) is None
    assert discounts("noise", now, VOCAB) == [0.0, NEVER, 0.0]
    assert discounts("all", now, VOCAB) == pytest.approx([log(1 + VOCAB * 0.9 / 0.1)] * 3)


def test_a_discounted_token_loses_so_many_nats_and_no_other_does() -> None:
    logits = discounted(mx.zeros((2, 4)), [1, 3], [2.0, 0.0])
    assert logits.tolist() == [[0, -2, 0, 0], [0, 0, 0, 0]]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(get_args(SamplerName)), st.integers(1, 9), st.integers(0, 1000))
def test_known_noise_is_never_proposed_where_it_stands(sampler: SamplerName, steps: int, seed: int) -> None:
    plan = DenoiseSettings(max_steps=steps, sampler=sampler, discount="noise")
    run: list[Step] = list(denoise(Copycat(), Canvas.blank(6), plan, PhiloxDraws(seed, VOCAB)))
    noise = (True,) * 6
    for step in run:
        if sampler != "predictor-corrector" or step.step % 2 or step.last:
            for token, read, is_noise in zip(step.argmax, step.input, noise, strict=True):
                assert not is_noise or token != read
        noise = tuple(not accepted for accepted in step.accepted)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(get_args(SamplerName)), st.sampled_from(get_args(Discount)), st.integers(1, 9))
def test_every_sampler_comes_to_what_a_sure_denoiser_knows(sampler: SamplerName, own: Discount, steps: int) -> None:
    target = [1, 2, 3, 4, 5]
    plan = DenoiseSettings(max_steps=steps, sampler=sampler, discount=own)
    run = list(denoise(Oracle(target, VOCAB), Canvas.blank(5), plan, PhiloxDraws(3, VOCAB)))
    right = [a == b for a, b in zip(run[-1].argmax, target, strict=True)]
    assert all(right) or own != "none"  # noise may be the right token by chance, and then it is not proposed


class Copycat:
    """A denoiser that believes what it reads."""

    def __call__(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> mx.array:
        read = [row[place] for row, places in zip(tokens, free, strict=True) for place in places]
        return mx.array([[9.0 * (token == one) for token in range(VOCAB)] for one in read])


@given(st.lists(st.lists(st.floats(-8, 8), min_size=VOCAB, max_size=VOCAB), min_size=3, max_size=3), st.integers(0, 99))
def test_what_was_accepted_from_one_token_of_noise_is_kept(logits: list[list[float]], seed: int) -> None:
    """Whatever the denoiser says of it afterwards."""

    def predict(tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None) -> mx.array:
        found = mx.array([logits[place] for row in free for place in row], dtype=mx.float32)
        return found - 1e9 * mx.eye(VOCAB)[0]  # never noise itself

    settings = DenoiseSettings(max_steps=6, discount="kept", entropy_bound=0.5)
    draws = PhiloxDraws(seed, VOCAB, noise_id=0)
    steps = list(denoise(predict, Canvas.blank(3), settings, draws))
    assert steps[0].input == (0, 0, 0)
    kept: dict[int, int] = {}
    for step in steps:
        assert all(step.argmax[place] == token and step.accepted[place] for place, token in kept.items())
        assert all((token == 0) != step.accepted[place] for place, token in enumerate(step.next_input))
        kept |= {place: step.next_input[place] for place in range(3) if step.accepted[place]}
    assert len(kept) >= min(3, len(steps))
