"""Laws of the denoise loop, on a denoiser and on draws that were written by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgcli.diffusion import DenoiseSettings, PhiloxDraws, Site, denoise, denoise_rows
from dgcli.diffusion.schedule import Schedule
from dgcli.diffusion.stopping import AllOf, Confident, Stable
from dgcli.errors import ModelError
from dgcli.events import Canvas, Step
from dgcli.platform.backend import mx
from tests.fakes import Oracle, RecordedDraws

VOCAB = 12
SURE = AllOf((Stable(), Confident(0.5)))


def test_a_hand_written_trajectory() -> None:
    """Three tokens, two steps. At first two are unsure: one of them is within the bound, the other goes to noise."""

    def predict(tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None) -> mx.array:
        sure = [[20.0 * (token == one) for token in range(4)] for one in (1, 2, 3)]
        return mx.array(sure if previous is not None else [sure[0], [0.0] * 4, [0.0] * 4])

    draws = RecordedDraws(inputs=[[0, 0, 0], [1, 0, 2], [1, 2, 3]], sampled=[[1, 0, 3], [1, 2, 3]])
    plan = DenoiseSettings(schedule=Schedule(steps=2, t_min=1.0, t_max=1.0))
    first, second = denoise(predict, Canvas.blank(3), plan, draws)
    assert first.input == (0, 0, 0)
    assert first.entropy == pytest.approx((0, 1.386294, 1.386294), abs=1e-5)  # ln 4
    assert first.accepted == (True, True, False)
    assert first.next_input == (1, 0, 2)  # what was sampled, and fresh noise
    assert second.input == first.next_input
    assert second.accepted == (True, True, True)
    assert second.argmax == (1, 2, 3)
    assert not second.settled  # the last tokens have only just changed their mind
    assert second.last


@pytest.mark.parametrize("value", [mx.nan, mx.inf, -mx.inf])
def test_logits_that_are_no_numbers_are_refused(value: float) -> None:
    """Nothing sound could come of them, and a recording could not hold them."""
    with pytest.raises(ModelError, match="not numbers"):
        list(denoise(lambda *_: mx.full((3, 4), value), Canvas.blank(3), DenoiseSettings(), PhiloxDraws(1, 4)))


canvases = st.lists(st.tuples(st.integers(0, VOCAB - 1), st.booleans()), min_size=1, max_size=20).map(
    lambda cells: Canvas(tokens=tuple(token for token, _ in cells), free=tuple(free for _, free in cells))
)


@settings(max_examples=60, deadline=None)
@given(canvases, st.integers(0, 2**64 - 1), st.floats(0.5, 6))
def test_held_text_never_changes_at_any_step(canvas: Canvas, seed: int, sharpness: float) -> None:
    target = [(position * 5) % VOCAB for position in range(len(canvas.tokens))]
    oracle = Oracle(target, VOCAB, lambda step: sharpness * step)
    steps = list(denoise(oracle, canvas, DenoiseSettings().with_steps(4), PhiloxDraws(seed, VOCAB)))
    assert bool(steps) == any(canvas.free)
    for step in steps:
        for row in (step.input, step.sampled, step.argmax, step.next_input):
            assert all(row[i] == token for i, token in enumerate(canvas.tokens) if not canvas.free[i])
        assert not any(accepted and not free for accepted, free in zip(step.accepted, canvas.free, strict=True))
        assert step.fill == tuple(target[position] for position in canvas.free_positions)


def test_only_free_positions_are_asked_for() -> None:
    canvas = Canvas(tokens=(3, 0, 4, 0), free=(False, True, False, True))
    oracle = Oracle([3, 1, 4, 1], VOCAB)
    list(denoise(oracle, canvas, DenoiseSettings().with_steps(3), PhiloxDraws(1, VOCAB)))
    assert {tuple(map(tuple, free)) for _, free, _ in oracle.calls} == {((1, 3),)}
    assert [conditioned for _, _, conditioned in oracle.calls] == [False] + [True] * (len(oracle.calls) - 1)


def test_a_sure_and_stable_canvas_stops_early() -> None:
    steps = list(denoise(Oracle([1, 2, 3], VOCAB), Canvas.blank(3), DenoiseSettings(), PhiloxDraws(1, VOCAB)))
    assert [step.step for step in steps] == [1, 2]
    assert [step.last for step in steps] == [False, True]


def test_the_mean_entropy_is_over_free_positions_only() -> None:
    held = Canvas(tokens=(0,) * 50, free=(True,) + (False,) * 49)
    unsure = Oracle([1] * 50, VOCAB, lambda step: 0.0)
    steps = list(denoise(unsure, held, DenoiseSettings().with_steps(5), PhiloxDraws(1, VOCAB)))
    assert len(steps) == 5  # one unsure token among 49 held ones does not settle
    assert steps[0].mean_entropy == pytest.approx(2.4849, abs=1e-4)  # ln 12


def test_temperature_falls_linearly() -> None:
    unsure = Oracle([1], VOCAB, lambda step: 0.0)
    steps = list(denoise(unsure, Canvas.blank(1), DenoiseSettings().with_steps(4), PhiloxDraws(1, VOCAB)))
    assert [step.temperature for step in steps] == pytest.approx([0.8, 0.7, 0.6, 0.5])
    assert [step.remaining for step in steps] == [4, 3, 2, 1]


@settings(max_examples=30, deadline=None)
@given(st.lists(canvases, min_size=1, max_size=4), st.integers(0, 1000))
def test_a_batch_goes_as_its_rows_go_alone(rows: list[Canvas], seed: int) -> None:
    width = max(len(row.tokens) for row in rows)
    padded = {
        index: Canvas(
            tokens=row.tokens + (0,) * (width - len(row.tokens)), free=row.free + (False,) * (width - len(row.free))
        )
        for index, row in enumerate(rows)
    }
    plan, draws = DenoiseSettings(stopping=SURE).with_steps(6), PhiloxDraws(seed, VOCAB)

    def oracle() -> Oracle:
        return Oracle([(i * 7) % VOCAB for i in range(width)], VOCAB, lambda step: 2.0 * step)

    together: dict[int, list[Step]] = {index: [] for index in padded}
    for steps in denoise_rows(oracle(), padded, plan, draws):
        for step in steps:
            together[step.canvas].append(step)
    for index, canvas in padded.items():
        alone = list(denoise(oracle(), canvas, plan, draws, index))
        assert [(s.input, s.sampled, s.argmax, s.accepted) for s in together[index]] == [
            (s.input, s.sampled, s.argmax, s.accepted) for s in alone
        ]


def test_leaving_the_loop_early_is_a_cancel() -> None:
    oracle = Oracle([1, 2], VOCAB, lambda step: 0.0)
    for _step in denoise(oracle, Canvas.blank(2), DenoiseSettings(), PhiloxDraws(1, VOCAB)):
        break
    assert len(oracle.calls) == 1


class Waverer:
    """Says one token at the first `changes` steps, and another from then on; it is sure at all of them."""

    def __init__(self, changes: int) -> None:
        self.changes, self.number = changes, 0

    def __call__(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> mx.array:
        self.number += 1
        says = 1 if self.number <= self.changes else 2
        return mx.array([[30.0 * (token == says) for token in range(VOCAB)] for row in free for _ in row])


@pytest.mark.parametrize(("changes", "needed", "steps"), [(0, 0, 1), (0, 1, 2), (0, 3, 4), (2, 1, 2), (2, 2, 5)])
def test_a_canvas_is_finished_when_its_argmax_has_stood_still(changes: int, needed: int, steps: int) -> None:
    plan = DenoiseSettings(stopping=AllOf((Stable(needed), Confident())))
    run = list(denoise(Waverer(changes), Canvas.blank(2), plan, PhiloxDraws(1, VOCAB)))
    assert (len(run), run[-1].settled) == (steps, True)


@given(st.integers(1, 40), st.floats(0.05, 0.95), st.integers(0, 99))
def test_a_canvas_may_start_from_its_own_tokens(length: int, share: float, seed: int) -> None:
    """Noise replaces some of them, the same ones at every step; what is not accepted goes back to them."""
    canvas = Canvas(tokens=tuple(range(100, 100 + length)), free=(True,) * length)
    draws, unsure = PhiloxDraws(seed, VOCAB), Oracle([1] * length, 200, lambda step: 0.0)
    plan = DenoiseSettings().with_steps(8).from_noise(share)
    run = list(denoise(unsure, canvas, plan, draws))
    replaced = [token < VOCAB for token in run[0].input]
    assert all(new or token == own for new, token, own in zip(replaced, run[0].input, canvas.tokens, strict=True))
    for step in run:
        fresh = draws.noise(step.step, [Site(0, place) for place in range(length)])
        for place, token in enumerate(step.next_input):
            if not step.accepted[place]:
                assert token == (fresh[place] if replaced[place] else canvas.tokens[place])
    less = next(iter(denoise(unsure, canvas, DenoiseSettings().from_noise(share / 2), draws))).input
    assert all(token == own or new for token, own, new in zip(less, canvas.tokens, replaced, strict=True))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_as_many_tokens_are_noise_as_the_schedule_says(share: float) -> None:
    canvas = Canvas(tokens=(100,) * 1000, free=(True,) * 1000)
    plan = DenoiseSettings().from_noise(share).with_steps(1)
    (step,) = denoise(Oracle([1] * 1000, 200), canvas, plan, PhiloxDraws(1, VOCAB))
    assert sum(token != 100 for token in step.input) == pytest.approx(1000 * share, abs=50)
