"""What a position's own token counts for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.diffusion import DenoiseSettings, PhiloxDraws, denoise
from dgcli.diffusion.belief import discounted
from dgcli.diffusion.own_token import CERTAIN, AcceptedKept, Counted, NoiseExcluded, OwnToken
from dgcli.diffusion.sampler import EntropyBound
from dgcli.events import Canvas
from dgcli.platform.backend import mx
from tests.diffusion.beliefs import VOCAB, Copycat, standing
from tests.fakes import Oracle


def test_the_nats_that_it_loses() -> None:
    now = standing(accepted=(True, False, True))
    assert Counted().discount(now) is None
    assert NoiseExcluded().discount(now) == [0.0, CERTAIN, 0.0]
    assert AcceptedKept().discount(now) == [-CERTAIN, 0.0, -CERTAIN]


def test_a_discounted_token_loses_so_many_nats_and_no_other_does() -> None:
    logits = discounted(mx.zeros((2, 4)), mx.array([1, 3]), mx.array([2.0, 0.0]))
    assert logits.tolist() == [[0, -2, 0, 0], [0, 0, 0, 0]]


@given(st.integers(1, 9), st.integers(0, 1000))
def test_known_noise_is_never_proposed_where_it_stands(steps: int, seed: int) -> None:
    plan = replace(DenoiseSettings(), own_token=NoiseExcluded()).with_steps(steps)
    noise = (True,) * 6
    for step in denoise(Copycat(), Canvas.blank(6), plan, PhiloxDraws(seed, VOCAB)):
        for token, read, is_noise in zip(step.argmax, step.input, noise, strict=True):
            assert not is_noise or token != read
        noise = tuple(not accepted for accepted in step.accepted)


@pytest.mark.parametrize("own", [Counted(), NoiseExcluded(), AcceptedKept()])
@given(steps=st.integers(1, 9))
def test_a_sure_denoiser_s_tokens_come_out(own: OwnToken, steps: int) -> None:
    target = [1, 2, 3, 4, 5]
    plan = replace(DenoiseSettings(), own_token=own).with_steps(steps)
    run = list(denoise(Oracle(target, VOCAB), Canvas.blank(5), plan, PhiloxDraws(3, VOCAB)))
    right = [a == b for a, b in zip(run[-1].argmax, target, strict=True)]
    assert all(right) or own != Counted()  # noise may be the right token by chance, and then it is not proposed


@given(st.lists(st.lists(st.floats(-8, 8), min_size=VOCAB, max_size=VOCAB), min_size=3, max_size=3), st.integers(0, 99))
def test_what_was_accepted_from_one_token_of_noise_is_kept(logits: list[list[float]], seed: int) -> None:
    """Whatever the denoiser says of it afterwards."""

    def predict(tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None) -> mx.array:
        found = mx.array([logits[place] for row in free for place in row], dtype=mx.float32)
        return found - 1e9 * mx.eye(VOCAB)[0]  # never noise itself

    plan = replace(DenoiseSettings(), own_token=AcceptedKept(), sampler=EntropyBound(0.5)).with_steps(6)
    draws = PhiloxDraws(seed, VOCAB, noise_id=0)
    steps = list(denoise(predict, Canvas.blank(3), plan, draws))
    assert steps[0].input == (0, 0, 0)
    kept: dict[int, int] = {}
    for step in steps:
        assert all(step.argmax[place] == token and step.accepted[place] for place, token in kept.items())
        assert all((token == 0) != step.accepted[place] for place, token in enumerate(step.next_input))
        kept |= {place: step.next_input[place] for place in range(3) if step.accepted[place]}
    assert len(kept) >= min(3, len(steps))
