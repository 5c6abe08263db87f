"""Both streams in one pass are what the model computes canvas by canvas, and what is to be written is not seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgcli.model.denoiser import Wanted, denoise_at, soft_embeddings
from dgcli.model.encoder import empty_cache, encode
from dgcli.model.lora import adapt
from dgcli.model.network import Network
from dgcli.platform import products
from dgcli.platform.backend import mx, this_backend
from dgcli.platform.elementwise import softmax
from dgcli.tune import gradient
from dgcli.tune.batch import make_batch
from dgcli.tune.example import UNCHANGED, Example
from dgcli.tune.forward import both_streams
from dgcli.tune.gradient import slope_at
from dgcli.tune.noise import Noised
from dgcli.tune.pairs import Parameters, as_adapter, initial
from dgcli.tune.plan import Plan, PlanMode
from tests.tune.material import RELEASED, SHAPES, SHIFTED, example, network, noise_of, parameters, without_groups

PLAN = Plan(rank=2, alpha=4.0, steps=1)
EXAMPLES = (example(29, 3), example(17, 9, held=(9, 12, 13, 16), seed=1), example(8, 7, seed=2))


def by_the_encoder(adapted: Network, each: Example) -> Iterator[tuple[int, mx.array]]:
    """The place of each token that the plain model's encoder is to write, and the logits for it."""
    logits = adapted.logits(encode(adapted, mx.array([each.ids]), empty_cache(adapted), chunk=512).hidden[0])
    for index in each.learned:
        yield index, logits[index - 1]


def by_blocks(
    adapted: Network, each: Example, noised: Noised, *, two_passes: bool = False
) -> Iterator[tuple[int, mx.array]]:
    """The same of the denoiser: a cache of what precedes a canvas, and then the canvas."""
    config, ids = adapted.config, mx.array([each.ids])
    for start in range(each.given, len(each.ids), config.canvas_length):
        cache = encode(adapted, ids[:, :start], empty_cache(adapted), chunk=512)
        end = min(start + config.canvas_length, len(each.ids))
        canvas = mx.array([noised.canvas[start - each.given : end - each.given]])
        learned = [index + each.given - start for index in noised.noised if start <= index + each.given < end]
        free = [index - start for index in each.learned if start <= index < end]
        soft = None
        if two_passes and free:
            first = denoise_at(adapted, canvas, Wanted.of([free], end - start, config.head_shift), None, cache).array()
            soft = soft_embeddings(adapted, canvas, mx.array(free), mx.stop_gradient(softmax(first)))
        if learned:
            wanted = Wanted.of([learned], end - start, config.head_shift)
            logits = denoise_at(adapted, canvas, wanted, soft, cache).array()
            yield from ((start + index, logits[row]) for row, index in enumerate(learned))


def entropy(logits: mx.array, wanted: int) -> mx.array:
    return mx.logsumexp(logits) - logits[wanted]


def divergence(logits: mx.array, was: mx.array) -> mx.array:
    found, aim = logits - mx.logsumexp(logits), was - mx.logsumexp(was)
    return (mx.exp(aim) * (aim - found)).sum()


SAME = tuple(replace(each, ids=(*range(20, 20 + 6), *each.ids[6:])) for each in (example(29, 9), example(17, 7)))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rows", [EXAMPLES, SAME], ids=["own beginnings", "one beginning"])
@pytest.mark.parametrize(
    ("mode", "two_passes", "checkpointing"),
    [
        ("denoiser", True, False),
        ("denoiser", True, True),
        ("encoder", False, False),
        ("encoder", False, True),
        ("both", False, True),
        ("each", True, False),
        ("each", True, True),
    ],
)
def test_gradients_are_those_of_a_loop_over_canvases(
    shape: str, rows: tuple[Example, ...], mode: PlanMode, two_passes: bool, checkpointing: bool
) -> None:
    base, plan = network(shape), replace(PLAN, mode=mode, checkpointing=checkpointing)
    two_passes = two_passes and base.self_conditioning is not None
    numbers, noise = Random(0), noise_of(shape)
    noised = [noise(each, numbers) for each in rows]
    written, denoised = sum(len(each.learned) for each in rows), sum(len(each.noised) for each in noised)
    weights = {
        "denoiser": 0.0 if mode == "encoder" else 1 / denoised,
        "encoder": 0.0 if mode == "denoiser" else 1 / written,
    }
    made = make_batch(
        base.config, rows, noised if weights["denoiser"] else None, encoder=weights["encoder"] > 0, every=False
    )
    assert made.shared.shape[1] == (6 if rows is SAME else 0)

    def one_by_one(found: Parameters) -> mx.array:
        adapted, loss = adapt(base, [as_adapter(found, plan)]), mx.array(0.0)
        for each, turn in zip(rows, noised, strict=True):
            if weights["encoder"]:
                own = (entropy(logits, each.ids[index]) for index, logits in by_the_encoder(adapted, each))
                loss = loss + weights["encoder"] * sum(own, mx.array(0.0))
            if weights["denoiser"]:
                told = by_blocks(adapted, each, turn, two_passes=two_passes)
                own = (entropy(logits, each.ids[index]) for index, logits in told)
                loss = loss + weights["denoiser"] * sum(own, mx.array(0.0))
        return loss

    begun = parameters(shape, plan)
    slope = slope_at(base, begun, plan, [(made, two_passes)])
    expected, wanted = mx.value_and_grad(one_by_one)(begun)
    assert slope.loss == pytest.approx(expected.item(), rel=1e-5)
    assert slope.gradients.keys() == wanted.keys()
    for name, right in wanted.items():
        size = mx.linalg.norm(right).item()
        assert size > 0, name
        assert mx.linalg.norm(slope.gradients[name] - right).item() <= 1e-4 * size, name


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mode", ["denoiser", "encoder", "each"])
def test_what_is_to_stay_is_held_to_what_the_model_believed(shape: str, mode: PlanMode) -> None:
    """Gradients are those of the divergence from the model without the pairs, whatever tokens stand there."""
    base, plan = network(shape), replace(PLAN, mode=mode)
    rows = tuple(replace(each, kind=UNCHANGED) for each in EXAMPLES)
    noised = [noise_of(shape)(each, Random(0)) for each in rows]
    encoder, denoiser = mode != "denoiser", mode != "encoder"
    made = make_batch(base.config, rows, noised if denoiser else None, encoder=encoder, every=False)

    def one_by_one(found: Parameters) -> mx.array:
        adapted, loss = adapt(base, [as_adapter(found, plan)]), mx.array(0.0)
        if encoder:
            told = [(by_the_encoder(adapted, each), by_the_encoder(base, each)) for each in rows]
            own = [divergence(new, was) for pair in told for (_, new), (_, was) in zip(*pair, strict=True)]
            loss = loss + sum(own, mx.array(0.0)) / len(own)
        if denoiser:
            turns = zip(rows, noised, strict=True)
            told = [(by_blocks(adapted, *turn), by_blocks(base, *turn)) for turn in turns]
            own = [divergence(new, was) for pair in told for (_, new), (_, was) in zip(*pair, strict=True)]
            loss = loss + sum(own, mx.array(0.0)) / len(own)
        return loss

    begun = parameters(shape, plan)
    found = slope_at(base, begun, plan, [(made, False)])
    assert found.loss == 0  # of what is learned
    for name, right in mx.grad(one_by_one)(begun).items():  # differences of nearly equal beliefs: fewer digits are left
        assert mx.linalg.norm(found.gradients[name] - right).item() <= 1e-3 * mx.linalg.norm(right).item(), name
    at_first = slope_at(base, initial(base.config, plan), plan, [(made, False)])
    assert all(mx.abs(array).max().item() < 1e-6 for array in at_first.gradients.values())


def test_what_is_to_stay_takes_no_weight_from_what_is_learned() -> None:
    base, begun = network(SHIFTED), parameters(SHIFTED, replace(PLAN, mode="encoder"))
    learned = make_batch(base.config, EXAMPLES, None, encoder=True, every=False)
    kept = make_batch(base.config, [replace(each, kind=UNCHANGED) for each in SAME], None, encoder=True, every=False)
    plan = replace(PLAN, mode="encoder")
    alone, other, together = (
        slope_at(base, begun, plan, [(batch, False) for batch in batches])
        for batches in ([learned], [kept], [learned, kept])
    )
    assert together.loss == pytest.approx(alone.loss)
    for name, array in together.gradients.items():
        assert mx.allclose(array, alone.gradients[name] + other.gradients[name], atol=1e-6), name


def test_gradients_are_the_same_where_numpy_multiplies(monkeypatch: pytest.MonkeyPatch) -> None:
    """There a product is computed at once, and gradients layer by layer."""
    base, begun = network(SHIFTED), parameters(SHIFTED, replace(PLAN, mode="each"))
    noised = [noise_of(SHIFTED)(each, Random(0)) for each in SAME]
    made = make_batch(base.config, SAME, noised, encoder=True, every=False)
    expected = slope_at(base, begun, replace(PLAN, mode="each"), [(made, False)])
    backend = replace(this_backend(), numpy_products=True)
    for module in (products, gradient):
        monkeypatch.setattr(module, "this_backend", lambda: backend)
    monkeypatch.setattr(products, "_LEAST", 1)
    found = slope_at(base, begun, replace(PLAN, mode="each"), [(made, False)])
    assert found.loss == pytest.approx(expected.loss, rel=1e-5)
    assert all(mx.allclose(array, found.gradients[name], atol=1e-5) for name, array in expected.gradients.items())


def states(base: Network, plan: Plan, of: Example, noised: Noised) -> mx.array:
    """Of all tokens that the denoiser writes of an example, beside which another is in the batch: [F, H]"""
    beside = example(9, 4)
    turns = [noised, Noised(beside.ids[4:], (2,))]
    made = make_batch(base.config, [of, beside], turns, encoder=True, every=True)
    assert made.canvases is not None
    streams = both_streams(base, parameters(RELEASED if base.config.experts else SHIFTED, plan), plan, made)
    return streams.of_denoiser(made.canvases.free)


def with_change(one: Example, index: int) -> Example:
    return replace(one, ids=(*one.ids[:index], one.ids[index] + 1, *one.ids[index + 1 :]))


@settings(max_examples=20, deadline=None)
@given(data=st.data(), shape=st.sampled_from(SHAPES), mode=st.sampled_from(["denoiser", "each"]))
def test_what_is_to_be_written_is_not_seen(data: st.DataObject, shape: str, mode: PlanMode) -> None:
    """A token of a canvas may change as it likes: not a digit differs of the states of its canvas and those before."""
    begun = data.draw(st.integers(1, 12), "given")
    length = begun + data.draw(st.integers(1, 30), "turn")
    canvas, window = data.draw(st.integers(1, 9), "canvas"), data.draw(st.integers(1, 40), "window")
    changed = data.draw(st.integers(begun, length - 1), "changed")
    base = without_groups(network(shape))
    base = replace(base, config=replace(base.config, canvas_length=canvas, sliding_window=window))
    one = example(length, begun, seed=length)
    noised = noise_of(shape)(one, Random(1))
    plan = replace(PLAN, mode=mode)
    before, after = (states(base, plan, of, noised) for of in (one, with_change(one, changed)))
    unseen = min(length, begun + ((changed - begun) // canvas + 1) * canvas) - begun
    assert mx.array_equal(before[:unseen], after[:unseen])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("window", [2, 6, 40])
def test_all_that_stands_right_before_a_canvas_is_seen(shape: str, window: int) -> None:
    base = without_groups(network(shape))
    base = replace(base, config=replace(base.config, sliding_window=window))
    one = example(5 + 16, 5)
    noised = Noised(one.ids[5:], (3,))
    before, after = (states(base, PLAN, of, noised) for of in (one, with_change(one, 5 + 7)))
    differs = (before != after).any(axis=-1).tolist()
    assert differs == [False] * 8 + [True] * 8 + [False] * 5  # the rows of the example beside it are last
