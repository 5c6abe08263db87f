"""Samplers that are not in use: what stays on a canvas, on beliefs that were written by hand."""

from __future__ import annotations

from dataclasses import replace
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.diffusion import DenoiseSettings, PhiloxDraws, denoise
from dgcli.diffusion.own_token import Counted, NoiseExcluded
from dgcli.diffusion.sampler import Guess
from dgcli.events import Canvas
from dgcli.platform.backend import mx
from experiments.other_samplers import (
    Ancestral,
    Chance,
    Confidence,
    LeftOut,
    LeftOutWhereCorrected,
    PhiloxChance,
    PredictorCorrector,
    with_confidence,
    with_corrector,
)
from tests.diffusion.beliefs import NOISE, VOCAB, Copycat, guess, standing
from tests.fakes import Oracle

REFERENCE, EXCLUDED = DenoiseSettings(), replace(DenoiseSettings(), own_token=NoiseExcluded())


def given_chances(*chances: float) -> Chance:
    return lambda step, sites: chances


def test_confidence_never_takes_back_what_stands() -> None:
    sampler = Confidence(0.9)
    move = sampler.move(standing(2, accepted=(True, False, False)), guess([0.1, 0.95, 0.5]), NOISE)
    assert (move.accepted, move.tokens) == ((True, True, False), (4, 2, 9))


def test_confidence_accepts_at_least_one_and_at_last_all() -> None:
    sampler, unsure = Confidence(0.9), guess([0.3, 0.5, 0.4])
    assert sampler.move(standing(1), unsure, NOISE).accepted == (False, True, False)
    last = sampler.move(standing(4), unsure, NOISE)
    assert (last.accepted, last.tokens) == ((True, True, True), (1, 2, 3))


def test_ancestral_takes_the_three_routes_of_the_posterior() -> None:
    """From a clean share of 1/4 to 2/4: where the guess is another token, 1/3 become clean, 1/3 stay, 1/3 are noise."""
    move = Ancestral(given_chances(0.32, 0.34, 0.67)).move(standing(2, accepted=(True,) * 3), guess([0.9] * 3), NOISE)
    assert (move.accepted, move.tokens) == ((True, True, False), (1, 5, 9))


def test_ancestral_keeps_a_token_that_the_denoiser_confirms() -> None:
    confirmed = guess([0.9] * 3, sampled=(4, 5, 6))
    move = Ancestral(given_chances(0.0, 0.5, 0.7)).move(standing(2), confirmed, NOISE)
    assert (move.accepted, move.tokens) == ((True,) * 3, (4, 5, 6))


def test_ancestral_ends_with_the_guess_alone() -> None:
    move = Ancestral(given_chances(0.9, 0.99, 0.999)).move(standing(4), guess([0.2] * 3), NOISE)
    assert (move.accepted, move.tokens) == ((True,) * 3, (1, 2, 3))


def test_the_corrector_takes_up_what_is_least_likely_in_its_place() -> None:
    doubtful = Guess(
        [1, 2, 3],
        [1, 2, 3],
        [0.1] * 3,
        mx.array([[0.5 if token == own else 0.05 for token in range(VOCAB)] for own in (4, 0, 6)]),
    )
    now = standing(2, of=5, accepted=(True,) * 3)
    kept = PredictorCorrector(0.25, given_chances(0.0, 0.0, 0.0)).move(now, doubtful, NOISE)
    assert kept.tokens == (4, 2, 6)
    fresh = PredictorCorrector(0.25, given_chances(0.99, 0.99, 0.99)).move(now, doubtful, NOISE)
    assert (fresh.accepted, fresh.tokens) == ((True, False, True), (4, 8, 6))


def test_a_corrector_step_is_neither_the_first_nor_the_last() -> None:
    own_token = LeftOutWhereCorrected(VOCAB, Counted())
    for of in range(1, 9):
        corrected = [number for number in range(1, of + 1) if own_token.discount(standing(number, of))]
        assert corrected == [number for number in range(2, of) if number % 2 == 0]


def test_leave_one_out_forbids_more_the_cleaner_the_canvas_is() -> None:
    """a of the log(1 + V a / (1 - a)) nats that a token loses is the clean share of the canvas."""
    now = standing(accepted=(True, False, True), width=10)
    assert LeftOut(VOCAB).discount(now) == pytest.approx([log(1 + VOCAB * 0.9 / 0.1)] * 3)


def variants(own: DenoiseSettings) -> list[DenoiseSettings]:
    return [
        with_confidence(own, 0.9),
        replace(own, sampler=Ancestral(PhiloxChance(3))),
        with_corrector(own, 0.25, 3, VOCAB),
    ]


@pytest.mark.parametrize("plan", variants(EXCLUDED)[:2])
@given(steps=st.integers(1, 9), seed=st.integers(0, 1000))
def test_known_noise_is_never_proposed_where_it_stands(plan: DenoiseSettings, steps: int, seed: int) -> None:
    noise = (True,) * 6
    for step in denoise(Copycat(), Canvas.blank(6), plan.with_steps(steps), PhiloxDraws(seed, VOCAB)):
        for token, read, is_noise in zip(step.argmax, step.input, noise, strict=True):
            assert not is_noise or token != read
        noise = tuple(not accepted for accepted in step.accepted)


@pytest.mark.parametrize("plan", variants(REFERENCE))
@given(steps=st.integers(1, 9))
def test_every_sampler_comes_to_what_a_sure_denoiser_knows(plan: DenoiseSettings, steps: int) -> None:
    target = [1, 2, 3, 4, 5]
    run = list(denoise(Oracle(target, VOCAB), Canvas.blank(5), plan.with_steps(steps), PhiloxDraws(3, VOCAB)))
    assert list(run[-1].argmax) == target


def test_confidence_is_finished_when_all_stands() -> None:
    """Although the argmax has only just changed."""
    target = [1, 2, 3]
    (step,) = denoise(Oracle(target, VOCAB), Canvas.blank(3), with_confidence(REFERENCE, 0.9), PhiloxDraws(3, VOCAB))
    assert step.settled
