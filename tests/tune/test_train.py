"""A run learns, keeps its best, ends when it should, and goes on where it was killed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from mlx import nn

from dgcli.checkpoint.adapters import read_adapter
from dgcli.engine.loading import load_engine
from dgcli.errors import ModelError
from dgcli.model.lora import adapt
from dgcli.platform.backend import mx
from dgcli.tune.base import Base
from dgcli.tune.batches import at_once
from dgcli.tune.example import UNCHANGED, Example
from dgcli.tune.pairs import initial, matrices
from dgcli.tune.plan import Plan, PlanMode, read_plan
from dgcli.tune.progress import Done, Event, Measured, Progress
from dgcli.tune.train import train
from tests.checkpoints import TINY
from tests.tune.material import RELEASED, SHAPES, SHIFTED, example, network

PLAN = Plan(mode="each", rank=2, alpha=4.0, rate=2e-2, warm_up=1, steps=6, batch_tokens=120, measure_every=2, seed=3)
WORDS = (30, 31, 32, 33, 34, 35, 36, 37)


def examples(number: int) -> list[Example]:
    """One sentence over and over: soon learned."""
    return [Example((2, 50 + index, *WORDS, *WORDS[: index % 3 + 1]), 2) for index in range(number)]


def base(shape: str) -> Base:
    return Base(network(shape), None if shape == RELEASED else 3, "base")


def run(folder: Path, plan: Plan = PLAN, shape: str = SHIFTED, **more: object) -> Iterator[Event]:
    return train(base(shape), plan, examples(8), examples(3), folder, **more)  # type: ignore[arg-type]


def weights(folder: Path) -> dict[str, mx.array]:
    found = mx.load(str(folder / "adapter_model.safetensors"))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mode", ["denoiser", "encoder", "both", "each"])
def test_the_held_out_loss_falls(tmp_path: Path, shape: str, mode: PlanMode) -> None:
    *events, done = run(tmp_path, replace(PLAN, mode=mode), shape)
    assert isinstance(done, Done)
    assert (done.ending, done.step) == ("steps", 6)
    assert done.after < 0.99 * done.before
    assert [each.step for each in events if isinstance(each, Progress)] == [1, 2, 3, 4, 5, 6]
    measured = [each for each in events if isinstance(each, Measured)]
    assert [each.step for each in measured] == [0, 2, 4, 6]
    assert done.before == measured[0].loss
    assert done.after == min(each.loss for each in measured)
    assert set(measured[0].by_kind) == {"continuation"}
    assert [*run(tmp_path, replace(PLAN, mode=mode), shape)] == [done]  # it is over for who asks again, too


def test_a_run_that_was_killed_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    whole = list(run(tmp_path / "whole"))
    for event in run(tmp_path / "killed"):
        if isinstance(event, Progress) and event.step == 5:  # behind the state that was kept at step 4
            break
    plan = read_plan(tmp_path / "killed")
    assert plan == PLAN
    gone_on = list(run(tmp_path / "killed", plan))
    assert isinstance(gone_on[0], Progress)
    assert gone_on[0].step == 5
    assert whole[-1].after == gone_on[-1].after  # type: ignore[union-attr]
    first, second = weights(tmp_path / "whole"), weights(tmp_path / "killed")
    assert first.keys() == second.keys()
    assert all(mx.allclose(array, second[name], rtol=1e-5, atol=1e-7) for name, array in first.items())


def test_steps_of_several_batches_are_those_of_one(tmp_path: Path) -> None:
    """Gradients are weighted by tokens, whatever batch they are in."""
    plan = replace(PLAN, mode="encoder", steps=2, batch_tokens=20, accumulate=50)
    kept = [replace(example(24, 2, seed=seed), kind=UNCHANGED) for seed in range(8)]

    def losses(name: str, plan_: Plan) -> dict[str, float]:
        events = train(base(SHIFTED), plan_, [*examples(8), *kept], [*examples(3), *kept], tmp_path / name)
        (*_, last) = (each for each in events if isinstance(each, Measured))
        return dict(last.by_kind)

    assert losses("once", at_once(plan)) == pytest.approx(losses("parts", plan), rel=1e-4)


@pytest.mark.parametrize("mode", ["denoiser", "encoder"])
def test_what_is_to_stay_moves_less_if_it_is_said(tmp_path: Path, mode: PlanMode) -> None:
    plan, shape = replace(PLAN, mode=mode, steps=12), SHIFTED
    kept = [replace(example(24, 2, seed=seed), kind=UNCHANGED) for seed in range(8)]

    def moved(name: str, examples_: list[Example]) -> tuple[float, float]:
        events = list(train(base(shape), plan, examples_, [*examples(3), *kept], tmp_path / name))
        (*_, last) = (each for each in events if isinstance(each, Measured))
        assert last.loss == last.by_kind["continuation"]  # what is to stay does not count as learned
        return last.by_kind[UNCHANGED], last.loss

    (far, learned), (near, also) = moved("alone", examples(8)), moved("kept", [*examples(8), *kept])
    assert near < 0.7 * far
    assert also < 1.2 * learned


def test_a_stop_keeps_the_best_and_the_run_goes_on_later(tmp_path: Path) -> None:
    asked = count()
    *_, done = run(tmp_path, wanted_stop=lambda: next(asked) == 3)
    assert isinstance(done, Done)
    assert (done.ending, done.step, done.best_step) == ("stopped", 3, 3)
    assert read_adapter(tmp_path).pairs
    *_, done = run(tmp_path)
    assert isinstance(done, Done)
    assert (done.ending, done.step) == ("steps", 6)


def test_a_run_ends_when_nothing_gets_better(tmp_path: Path) -> None:
    plan = replace(PLAN, rate=30.0, steps=100, measure_every=1, patience=2)
    *events, done = run(tmp_path, plan)
    assert isinstance(done, Done)
    assert done.ending == "patience"
    assert done.step == done.best_step + 2
    assert len([each for each in events if isinstance(each, Measured)]) == done.step + 1


def test_a_run_ends_in_time(tmp_path: Path) -> None:
    ticks = count()
    plan = replace(PLAN, steps=None, minutes=1.0)
    *events, done = run(tmp_path, plan, clock=lambda: 2.0 * next(ticks))
    assert isinstance(done, Done)
    assert done.ending == "minutes"
    steps = [each for each in events if isinstance(each, Progress)]
    assert [each.rate for each in steps[1:]] == sorted((each.rate for each in steps[1:]), reverse=True)
    assert all(each.left is not None and each.left >= 0 for each in steps)


def test_a_loss_that_is_no_number_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a number any more"):
        list(run(tmp_path, replace(PLAN, rate=1e30, patience=99)))
    assert read_adapter(tmp_path).pairs


def test_the_state_of_another_run_is_refused(tmp_path: Path) -> None:
    for event in run(tmp_path):
        if isinstance(event, Progress):
            break
    with pytest.raises(ModelError, match="belongs to another run"):
        next(run(tmp_path, replace(PLAN, rank=3)))


@pytest.mark.parametrize("mode", ["denoiser", "encoder", "both", "each"])
def test_what_was_learned_is_what_the_model_reads(tmp_path: Path, mode: PlanMode) -> None:
    """The files, read as any adapter, are the pairs that were trained, for the modes that were."""
    list(run(tmp_path, replace(PLAN, mode=mode, steps=2), RELEASED))
    adapter = read_adapter(tmp_path)
    assert adapter.base == "base"
    modes = {"both": {"encoder", "denoiser"}, "each": {"encoder", "denoiser"}}.get(mode, {mode})
    assert {each for each, _ in adapter.pairs} == modes
    assert not any("router" in target or "experts" in target for _, target in adapter.pairs)
    adapt(network(RELEASED), [adapter])
    if mode == "both":
        (tmp_path / "adapter_model.safetensors").unlink()
        other = read_adapter(tmp_path)
        assert other.pairs.keys() == adapter.pairs.keys()
        for place, pair in adapter.pairs.items():
            assert mx.array_equal(pair.down, other.pairs[place].down)
            assert mx.array_equal(pair.up, other.pairs[place].up)
            assert pair.scale == other.pairs[place].scale
    else:
        assert not (tmp_path / "adapters.safetensors").exists()


def test_a_run_begins_with_the_model_as_it_is() -> None:
    found = initial(network(SHIFTED).config, PLAN)
    assert all(mx.all(array == 0) for name, array in found.items() if name.endswith(".up"))
    again = initial(network(SHIFTED).config, PLAN)
    assert all(mx.array_equal(array, again[name]) for name, array in found.items())


class Block(nn.Module):
    """Of one layer, the matrices that are corrected, and a router that is not."""

    def __init__(self, sizes: dict[str, tuple[int, int]]) -> None:
        super().__init__()
        for name, (rows, columns) in sizes.items():
            parent, _, own = name.partition(".")
            if parent not in self:
                self[parent] = nn.Module()
            self[parent][own] = nn.Linear(columns, rows, bias=False)


class Stacked(nn.Module):
    """Modules by the names that mlx-vlm's model has."""

    def __init__(self) -> None:
        super().__init__()
        found = matrices(network(RELEASED).config, PLAN)
        sizes: dict[str, dict[str, tuple[int, int]]] = {}
        for tensor in found:
            _, index, name = tensor.target.split(".", 2)
            sizes.setdefault(index, {})[name] = (tensor.shape[0], tensor.shape[1])
        self.model = nn.Module()
        self.model.decoder = nn.Module()
        self.model.decoder.layers = [Block(own) for own in sizes.values()]

    @property
    def layers(self) -> list[nn.Module]:
        return self.model.decoder.layers  # type: ignore[no-any-return]


@pytest.mark.reference
def test_mlx_lm_reads_what_both_modes_share(tmp_path: Path) -> None:
    """It refuses tensors that have no place; each pair adds what it adds here."""
    utils = pytest.importorskip("mlx_lm.tuner.utils")
    list(run(tmp_path, replace(PLAN, mode="both", steps=2), RELEASED))
    model = Stacked()
    x = mx.random.normal((3, network(RELEASED).config.hidden_size), key=mx.random.key(0))
    before = model.layers[1].self_attn.q_proj(x)
    utils.load_adapters(model, str(tmp_path))
    model.eval()
    pair = read_adapter(tmp_path).pairs["denoiser", "layers.1.self_attn.q_proj"]
    added = pair.scale * (x @ pair.down.T) @ pair.up.T
    assert mx.abs(added).max().item() > 0
    assert mx.allclose(model.layers[1].self_attn.q_proj(x), before + added, atol=1e-5)


@pytest.mark.reference
@pytest.mark.parametrize("mode", ["denoiser", "each"])
def test_peft_reads_every_pair_at_its_place(tmp_path: Path, mode: PlanMode) -> None:
    peft, transformers = pytest.importorskip("peft"), pytest.importorskip("transformers")
    whole = Base(load_engine(TINY).network, None, str(TINY))
    list(train(whole, replace(PLAN, mode=mode, steps=2), examples(8), examples(3), tmp_path))
    model = transformers.DiffusionGemmaForBlockDiffusion.from_pretrained(TINY, dtype="float32")
    adapted = peft.PeftModel.from_pretrained(model, str(tmp_path))
    held = {name: value.tolist() for name, value in adapted.state_dict().items() if ".lora_" in name}
    stored = {name.replace(".weight", ".default.weight"): array.tolist() for name, array in weights(tmp_path).items()}
    assert held == stored
