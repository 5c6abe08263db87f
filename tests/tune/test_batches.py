"""Every example has its turn, in batches of one size, with noise where it belongs and a rate that rises and falls."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from random import Random

import mlx.optimizers as known
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.platform.backend import mx
from dgcli.tune.batches import at_once, batches, noised_batch, packed, size, steps
from dgcli.tune.example import UNCHANGED, Example
from dgcli.tune.noise import Noise
from dgcli.tune.optimiser import Learned, rate_at
from dgcli.tune.plan import Plan
from tests.tune.material import RELEASED, SHIFTED, example, network, noise_of

CONFIG = network(SHIFTED).config
PLAN = Plan(mode="each", batch_tokens=200, steps=10)
BEGINNING = tuple(range(20, 64))


def requests(count: int) -> list[Example]:
    """All with one beginning."""
    made = (example(60 + index % 7, 50, seed=index) for index in range(count))
    return [replace(each, ids=(*BEGINNING, *each.ids[44:]), kind="restyle") for each in made]


@given(st.lists(st.tuples(st.integers(2, 80), st.integers(1, 79)), min_size=1, max_size=30))
def test_each_example_is_in_one_batch(shapes: list[tuple[int, int]]) -> None:
    examples = [example(max(shape), min(shape), seed=seed) for seed, shape in enumerate(shapes) if shape[0] != shape[1]]
    found = packed(CONFIG, PLAN, examples)
    assert sorted(each.ids for rows in found for each in rows) == sorted(each.ids for each in examples)
    assert all(len(rows) == 1 or size(CONFIG, PLAN, rows) <= PLAN.batch_tokens for rows in found)


def test_a_batch_computes_as_much_as_was_counted() -> None:
    for plan in (PLAN, replace(PLAN, mode="encoder"), replace(PLAN, mode="denoiser")):
        for rows in packed(CONFIG, plan, [*requests(9), *(example(30, 9, seed=seed) for seed in range(5))]):
            made = noised_batch(CONFIG, plan, rows, noise_of(SHIFTED), Random(1))
            assert made.tokens == size(CONFIG, plan, rows)


def test_what_begins_alike_is_together_and_counted_once() -> None:
    others = [example(60, 50, seed=100 + seed) for seed in range(5)]
    found = packed(CONFIG, replace(PLAN, mode="encoder"), [*requests(6), *others])
    assert max(len(rows) for rows in found if rows[0].kind == "restyle") == 6
    assert max(len(rows) for rows in found if rows[0].kind != "restyle") == 3


def test_what_teaches_no_mode_of_the_plan_is_left_out() -> None:
    found = packed(CONFIG, replace(PLAN, mode="denoiser"), [replace(example(9, 3), modes=("encoder",)), example(9, 3)])
    assert [len(rows) for rows in found] == [1]


def test_a_step_has_what_is_learned_and_some_of_what_is_to_stay() -> None:
    learned = requests(9)
    unchanged = [replace(example(30, 1, seed=seed), kind=UNCHANGED) for seed in range(12)]
    found = list(islice(steps(CONFIG, PLAN, [*learned, *unchanged]), 20))
    assert all([rows[0].kind for rows in step] == ["restyle", UNCHANGED] for step in found)
    assert {each for *_, rows in found for each in rows} == set(unchanged)
    assert all(size(CONFIG, PLAN, rows) <= PLAN.batch_tokens // 2 for *_, rows in found)
    assert [step[:1] for step in found] == list(islice(steps(CONFIG, PLAN, learned), 20))


@given(st.integers(1, 9), st.integers(10, 300), st.lists(st.integers(3, 80), min_size=1, max_size=20))
def test_a_step_of_several_batches_has_the_texts_of_one_made_at_once(parts: int, tokens: int, sizes: list[int]) -> None:
    """What is learned and what is to stay alike: only what is computed at once is less."""
    unchanged = [replace(example(length, 1, seed=seed), kind=UNCHANGED) for seed, length in enumerate(sizes)]
    examples = [*requests(9), *(example(length, 2, seed=50 + length) for length in sizes), *unchanged]
    plan = replace(PLAN, batch_tokens=tokens, accumulate=parts)
    several, once = (list(islice(steps(CONFIG, each, examples), 20)) for each in (plan, at_once(plan)))
    assert [[each for rows in step for each in rows] for step in several] == [[*a, *b] for a, b in once]
    assert all(len(rows) == 1 or size(CONFIG, plan, rows) <= tokens for step in several for rows in step)


def test_batches_go_on_in_another_order_that_the_seed_decides() -> None:
    examples = [example(20, 3, seed=seed) for seed in range(12)]
    count = len(packed(CONFIG, PLAN, examples))
    first, again = (list(islice(batches(CONFIG, PLAN, examples), 2 * count)) for _ in range(2))
    assert first == again
    assert first[:count] != first[count:]
    assert first != list(islice(batches(CONFIG, replace(PLAN, seed=1), examples), 2 * count))


@pytest.mark.parametrize("shape", [RELEASED, SHIFTED])
def test_noise_is_only_where_something_is_to_be_written(shape: str) -> None:
    noise, numbers, held = noise_of(shape), Random(2), (7, 8, 20)
    one = example(30, 5, held=held)
    shares = []
    for _ in range(200):
        made = noise(one, numbers)
        kept = [index for index in range(25) if index not in made.noised]
        assert all(made.canvas[index] == one.ids[5 + index] for index in kept)
        assert made.noised
        assert not {index + 5 for index in made.noised} & set(held)
        if noise.token is not None:
            assert {made.canvas[index] for index in made.noised} == {noise.token}
        shares.append(len(made.noised) / 22)
    assert sum(shares) / 200 == pytest.approx(0.5 if shape == RELEASED else 0.75, abs=0.06)
    assert noise(example(4, 3), Random(0)).noised == (0,)  # one token, whatever its level is


def test_noise_may_be_any_token() -> None:
    noise, numbers = Noise(8, 4, None), Random(1)
    found = {token for _ in range(100) for token in noise(example(20, 4), numbers).canvas if token < 4}
    assert found == {0, 1, 2, 3}


def test_adam_is_that_of_mlx() -> None:
    pairs = {"a": mx.random.normal((4, 3), key=mx.random.key(0)), "b": mx.random.normal((2, 5), key=mx.random.key(1))}
    learned, adam = Learned.begin(pairs), known.Adam(1e-2, betas=[0.95, 0.99], bias_correction=True)
    theirs = dict(pairs)
    for step in range(4):
        gradients = {name: 1e-2 * mx.cos(array * (step + 1)) for name, array in pairs.items()}  # too short to be cut
        learned, norm = learned.after(gradients, 1e-2)
        theirs = adam.apply_gradients(gradients, theirs)
        assert norm == pytest.approx(sum(mx.square(each).sum().item() for each in gradients.values()) ** 0.5)
    assert all(mx.allclose(learned.parameters[name], array, atol=1e-6) for name, array in theirs.items())


def test_long_gradients_are_cut() -> None:
    begun = Learned.begin({"a": mx.zeros((3,))})
    direction = mx.array([3.0, 0.0, 4.0])
    short, long = (begun.after({"a": factor * direction}, 1.0) for factor in (0.2, 7.0))
    assert mx.allclose(short[0].mean["a"], long[0].mean["a"])
    assert (short[1], long[1]) == pytest.approx((1.0, 35.0))


def test_the_rate_rises_over_the_first_steps_and_falls_to_a_tenth() -> None:
    plan = Plan(rate=1.0, warm_up=4, steps=100)
    assert [rate_at(plan, step, 0.0) for step in range(5)] == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0])
    falling = [rate_at(plan, 50, done / 10) for done in range(11)]
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] == pytest.approx(0.1)
