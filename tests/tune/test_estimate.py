"""The memory of a step is known before it is tried, and one that does not fit is refused."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from dgcli.checkpoint.config import ModelConfig, read_config
from dgcli.checkpoint.quantisation import Packing, Quantisation
from dgcli.model.build import held_bytes
from dgcli.platform.backend import mx, this_backend
from dgcli.tune.batches import noised_batch, packed
from dgcli.tune.estimate import estimate
from dgcli.tune.example import UNCHANGED, Kind
from dgcli.tune.gradient import slope_at
from dgcli.tune.noise import Noise
from dgcli.tune.optimiser import Learned
from dgcli.tune.pairs import initial
from dgcli.tune.plan import Plan, PlanMode
from tests.checkpoints import TINY
from tests.tune.material import example
from tests.tune.synthetic import network_of

EXAMPLES = [example(40, 20, seed=seed) for seed in range(3)]


def config() -> ModelConfig:
    """The released shape, wider than the tiny checkpoint, packed in four bits."""
    tiny = read_config(TINY)
    packing = Quantisation(Packing(32, 4), {})
    layers = tuple(replace(layer, head_dim=32) for layer in tiny.layers[-2:])
    sizes = {"hidden_size": 256, "intermediate_size": 256, "expert_size": 64, "vocab_size": 1024, "canvas_length": 64}
    return replace(tiny, layers=layers, quantisation=packing, **sizes)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["denoiser", "encoder"])
@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("kind", ["continuation", UNCHANGED])
def test_a_step_takes_the_memory_that_was_reckoned(mode: PlanMode, checkpointing: bool, kind: Kind) -> None:
    """Within a third on a model so small that the weights do not count."""
    network = network_of(config())
    plan = Plan(mode=mode, rank=4, steps=1, checkpointing=checkpointing, all_tokens=True)
    noise = Noise(network.config.canvas_length, network.config.vocab_size, None)
    learned = Learned.begin(initial(network.config, plan))
    examples = [replace(each, kind=kind) for each in EXAMPLES]
    (rows,) = packed(network.config, plan, examples)
    batch = noised_batch(network.config, plan, rows, noise, Random(1))
    mx.eval(learned.parameters, learned.mean, learned.square)
    others = mx.get_active_memory() - held_bytes(network) - 3 * sum(each.nbytes for each in learned.mean.values())
    mx.reset_peak_memory()
    slope_at(network, learned.parameters, plan, [(batch, False)])
    measured = mx.get_peak_memory() - others
    found = estimate(network.config, plan, examples, held_bytes(network), 4)
    assert found.total == pytest.approx(measured, rel=1 / 3)


def test_smaller_batches_and_checkpointing_take_less() -> None:
    plan = Plan(mode="each", steps=1)
    sizes = [
        estimate(config(), each, EXAMPLES, 0, 4).total
        for each in (plan, replace(plan, batch_tokens=60), replace(plan, batch_tokens=60, checkpointing=True))
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == (2 if this_backend().numpy_products else 3)  # with numpy it is checkpointed as it is
