"""Which canvas is followed."""

from __future__ import annotations

from dgcli.events import Step
from dgcli.watch.race import AHEAD, Race


def step(canvas: int, number: int, entropy: float, *, settled: bool = False) -> Step:
    one = {"input": (1,), "sampled": (1,), "argmax": (1,), "accepted": (settled,), "free": (True,), "next_input": (1,)}
    return Step(canvas=canvas, step=number, of=9, temperature=1.0, entropy=(entropy,), settled=settled, **one)  # type: ignore[arg-type]


def test_the_lead_changes_only_where_another_is_clearly_surer() -> None:
    race = Race()
    assert race.see(step(0, 1, 2.0))
    assert not race.see(step(1, 1, 2.0 * AHEAD + 0.01))
    assert race.see(step(1, 2, 2.0 * AHEAD - 0.01))
    assert race.lead == 1


def test_one_that_is_done_is_left_for_the_surest_of_those_that_are_not() -> None:
    race = Race()
    for each in (step(0, 1, 0.1), step(1, 1, 3.0), step(2, 1, 1.0), step(0, 2, 0.0, settled=True)):
        race.see(each)
    assert not race.see(step(1, 2, 2.9))
    assert race.see(step(2, 2, 0.9))
    assert race.entropies == (1.0, 0.9)
    assert race.before == step(2, 1, 1.0)
