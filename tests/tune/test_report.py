from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.checkpoint.config import read_config
from dgcli.settings import HoleSettings
from dgcli.tune import planning
from dgcli.tune.curve import Curve, Point, smoothed
from dgcli.tune.example import Example
from dgcli.tune.origin import Origin
from dgcli.tune.plan import Plan
from dgcli.tune.progress import Done, Measured, Progress
from dgcli.tune.report import Report, facts, picture
from tests.checkpoints import TINY


def progress(step: int, loss: float) -> Progress:
    return Progress(step, 10, loss, 1e-4, 1.0, 100, float(step), 10.0 - step)


def measured(step: int, loss: float, **by_kind: float) -> Measured:
    return Measured(step, loss, by_kind or {"infill": loss}, loss, float(step))


def origin(**fields: Any) -> Origin:
    told = {"model": "small", "data": "a.jsonl", "source": "300 pairs", "registers": (), "digest": "", "made": "today"}
    return Origin(**{**told, "dg": "1", "examples": {}, "held_out": {}, **fields})


def test_a_curve_is_read_as_it_was_written(tmp_path: Path) -> None:
    curve = Curve.open(tmp_path, 0)
    for event in (measured(0, 3.0), progress(1, 2.9), measured(1, 2.8), Done("steps", 1, 1, 3.0, 2.8, tmp_path, 1.0)):
        curve.take(event)
    again = Curve.open(tmp_path, 1)
    assert (again.steps, again.held_out) == (curve.steps, curve.held_out)
    assert [point.step for point in again.held_out] == [0, 1]


def test_what_comes_again_after_a_run_was_killed_counts_once(tmp_path: Path) -> None:
    """Steps behind the last saved state are made again; half a line may stand at the end."""
    curve = Curve.open(tmp_path, 0)
    for step in range(1, 5):
        curve.take(progress(step, 3.0))
    with curve.path.open("a") as file:
        file.write("[5, 2.")
    curve = Curve.open(tmp_path, 2)
    curve.take(measured(2, 2.5))
    curve.take(measured(2, 2.5))
    assert [point.step for point in curve.steps] == [1, 2]
    assert len(curve.held_out) == 1
    curve.take(progress(3, 2.4))
    again = Curve.open(tmp_path, 3)
    assert [point.step for point in again.steps] == [1, 2, 3]
    assert again.steps[-1].loss == 2.4


@given(st.integers(0, 1000), st.integers(1, 50))
def test_what_is_smoothed_keeps_its_mean_and_its_end(count: int, most: int) -> None:
    points = [Point(step, float(step)) for step in range(count)]
    found = smoothed(points, most)
    assert len(found) <= most
    if points:
        assert found[-1].step == points[-1].step
        assert min(point.loss for point in found) >= 0


def test_the_picture_has_every_curve_and_stays_within_its_frame(tmp_path: Path) -> None:
    curve = Curve.open(tmp_path, 0)
    for step in range(10):
        curve.take(progress(step + 1, 3.0 - step / 5))
        curve.take(measured(step, 3.0 - step / 10, infill=2.0, restyle=4.0))
    drawn = picture(curve)
    svg = ElementTree.fromstring(drawn[: drawn.index("</svg>") + 6])
    lines = svg.findall("polyline")
    assert len(lines) == 4
    for line in lines:
        for x, y in (map(float, place.split(",")) for place in line.attrib["points"].split()):
            assert 0 <= x <= 720
            assert 0 <= y <= 260
    assert "fills of holes, rewritings" in drawn
    assert "<svg" not in picture(Curve.open(tmp_path / "none", 0))
    assert not re.search(r"https?:|<script|url\(", drawn)


def test_how_far_other_texts_have_moved_is_told_of_the_step_that_was_kept(tmp_path: Path) -> None:
    curve = Curve.open(tmp_path, 0)
    for step, moved in enumerate((0.0, 0.25, 0.5)):
        curve.take(measured(step, 3.0 - step, restyle=3.0 - step, unchanged=moved))
    made = origin(examples={"restyle": 270, "unchanged": 30}, step=1)
    told = dict(facts(Report("ship", made, "all its steps", curve)))
    assert told["other texts"].startswith("moved by 0.250 nats a token")
    assert "restyle" not in picture(curve)  # one kind is the whole
    alone = Curve(tmp_path, held_out=[Point(1, 2.0, {"restyle": 2.0})])
    assert "other texts" not in dict(facts(Report("ship", made, "all its steps", alone)))


@pytest.mark.parametrize(("holes", "mode"), [(HoleSettings(), "denoiser"), (HoleSettings(continuations=8), "encoder")])
def test_what_writes_for_a_person_learns(holes: HoleSettings, mode: str) -> None:
    assert planning.usual_mode(holes) == mode


def test_a_narrower_model_learns_at_a_higher_rate() -> None:
    assert planning.usual_rate(2816) == planning.usual_rate(5632) == 1.5e-4
    assert planning.usual_rate(576) == pytest.approx(7.3e-4, rel=0.01)


def test_the_data_are_read_three_times() -> None:
    config = read_config(TINY)
    examples = [Example(tuple(range(number, number + 128)), 1) for number in range(160)]
    plan = Plan(steps=1, mode="encoder", batch_tokens=1024)
    assert 60 <= planning.usual_steps(config, plan, examples) <= 70
    assert planning.usual_steps(config, replace(plan, accumulate=2, batch_tokens=512), examples) <= 75
    assert planning.usual_steps(config, plan, examples[:2]) == planning.FEWEST_STEPS


def test_few_data_are_learned_in_smaller_batches() -> None:
    config, plan = read_config(TINY), Plan(steps=1, mode="encoder", batch_tokens=1024)
    examples = [Example(tuple(range(number, number + 128)), 1) for number in range(400)]
    assert planning.sized(config, plan, examples) == plan
    fewer = planning.sized(config, plan, examples[:200])
    assert fewer.batch_tokens == 512
    assert planning.usual_steps(config, fewer, examples[:200]) >= planning.MANY_STEPS
    assert planning.sized(config, plan, examples[:1]).batch_tokens == planning.LEAST_BATCH


@given(st.integers(1, 5000))
def test_a_short_run_warms_up_and_measures_sooner(steps: int) -> None:
    plan = planning.paced(Plan(steps=steps))
    assert 1 <= plan.warm_up <= max(1, steps / 10, 1)
    assert plan.measure_every <= max(1, steps)
    assert steps // plan.measure_every <= 2 * planning.MOST_MEASURED


@given(st.integers(1, 2000))
def test_what_fits_makes_the_same_steps(room: int) -> None:
    """The first that fits is taken: states kept, computed again, then smaller batches whose gradients are summed."""
    plan = Plan(steps=10)

    def peak(each: Plan) -> int:
        return each.batch_tokens // (2 if each.checkpointing else 1)

    found = planning.fitted(plan, peak, room)
    assert found.batch_tokens * found.accumulate == plan.batch_tokens
    assert peak(found) <= room or (found.batch_tokens, found.checkpointing) == (planning.SMALLEST_BATCH, True)
    if peak(plan) <= room:
        assert found == plan
