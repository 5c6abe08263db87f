"""The reference's sampler: the surest tokens are accepted, within a bound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dgcli.diffusion.sampler import EntropyBound, accept
from tests.diffusion.beliefs import NOISE, guess, standing

entropies = st.lists(st.floats(0, 12), min_size=1, max_size=40)
bounds = st.floats(0, 30)


def test_a_hand_written_case() -> None:
    # Sorted: 0.01, 0.02, 0.08, 0.5. Sums before each: 0, 0.01, 0.03, 0.11. The last is over a bound of 0.1.
    assert accept([0.5, 0.02, 0.08, 0.01], 0.1) == (False, True, True, True)


def test_equal_entropies_are_taken_from_left_to_right() -> None:
    assert accept([0.06, 0.06, 0.06], 0.1) == (True, True, False)


@given(entropies, bounds)
def test_at_least_the_surest_is_accepted(values: list[float], bound: float) -> None:
    assert accept(values, bound)[values.index(min(values))]


@given(entropies, bounds, bounds)
def test_a_larger_bound_accepts_no_fewer(values: list[float], one: float, other: float) -> None:
    small, large = accept(values, min(one, other)), accept(values, max(one, other))
    assert all(after or not before for before, after in zip(small, large, strict=True))


@given(entropies, bounds)
def test_what_is_accepted_is_within_the_bound(values: list[float], bound: float) -> None:
    taken = sorted(value for value, accepted in zip(values, accept(values, bound), strict=True) if accepted)
    assert sum(taken[:-1]) <= bound


def test_noise_is_written_where_nothing_is_accepted() -> None:
    move = EntropyBound(0.03).move(standing(), guess([0.99, 0.5, 0.97]), NOISE)
    assert (move.accepted, move.tokens) == ((True, False, True), (1, 8, 3))


def test_an_accepted_token_may_go_back() -> None:
    move = EntropyBound(0.03).move(standing(2, accepted=(True, True, True)), guess([0.5, 0.99, 0.97]), NOISE)
    assert (move.accepted, move.tokens) == ((False, True, True), (7, 2, 3))
