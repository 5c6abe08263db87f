"""When a canvas is finished: two rules and their combination."""

from __future__ import annotations

import pytest

from dgcli.diffusion.stopping import STABLE_AND_CONFIDENT, AllOf, Confident, Stable
from dgcli.events import Step


def step(*entropy: float, free: tuple[bool, ...] | None = None) -> Step:
    row = (1,) * len(entropy)
    return Step(
        **{"canvas": 0, "step": 1, "of": 9, "temperature": 1.0, "settled": False},  # type: ignore[arg-type]
        **{"input": row, "sampled": row, "argmax": row, "next_input": row},  # type: ignore[arg-type]
        accepted=(False,) * len(entropy),
        entropy=entropy,
        free=free or (True,) * len(entropy),
    )


def test_stable_counts_the_steps_before() -> None:
    for needed in range(4):
        assert [Stable(needed).settled(step(9.0), still) for still in range(4)] == [
            still >= needed for still in range(4)
        ]


def test_confident_looks_at_the_mean_of_the_free_positions() -> None:
    rule = Confident(0.5)
    assert rule.settled(step(0.9, 0.0), 0)
    assert not rule.settled(step(0.9, 0.0, free=(True, False)), 0)
    assert not rule.settled(step(0.5), 9)  # not under it


def test_all_of_them_have_to_say_so() -> None:
    yes, no = Stable(0), Confident(0.0)
    outcomes = [AllOf(rules).settled(step(1.0), 0) for rules in ((yes, yes), (yes, no), (no, yes), (no, no))]
    assert outcomes == [True, False, False, False]


@pytest.mark.parametrize(("entropy", "still", "finished"), [(0.001, 1, True), (0.001, 0, False), (0.005, 1, False)])
def test_the_reference_s_rule(entropy: float, still: int, finished: bool) -> None:
    assert STABLE_AND_CONFIDENT.settled(step(entropy), still) is finished
