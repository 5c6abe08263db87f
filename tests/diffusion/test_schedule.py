"""Steps and temperatures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.diffusion import DenoiseSettings
from dgcli.diffusion.own_token import Counted, NoiseExcluded
from dgcli.diffusion.schedule import Schedule

shares = st.floats(0.01, 0.99)


@given(shares, st.integers(1, 64))
def test_less_noise_is_a_later_start_of_the_same_schedule(share: float, steps: int) -> None:
    whole = Schedule(steps=steps)
    rest = whole.from_noise(share)
    assert share * steps <= rest.steps < share * steps + 1
    assert rest.temperature(rest.steps) == pytest.approx(whole.t_min + (whole.t_max - whole.t_min) * share)
    assert (rest.t_min, rest.noise) == (whole.t_min, share)


def test_where_text_is_given_an_own_token_counts_as_it_is_no_noise() -> None:
    settings = DenoiseSettings(own_token=NoiseExcluded())
    assert settings.from_noise(0.5) == DenoiseSettings(schedule=settings.schedule.from_noise(0.5), own_token=Counted())
