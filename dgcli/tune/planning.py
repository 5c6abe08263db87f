"""What is right for a model and a person's data where nobody says otherwise, and what fits into memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dgcli.checkpoint.config import ModelConfig
from dgcli.settings import HoleSettings
from dgcli.tune.batches import at_once, packed, parted
from dgcli.tune.example import Example
from dgcli.tune.plan import Plan, PlanMode

PASSES = 3  # over the examples
FEWEST_STEPS, MOST_MEASURED = 40, 12  # steps of a run, and measurements in it
RATE, RATE_WIDTH = 1.5e-4, 2816  # published for the released model, and the size of its hidden states
MANY_STEPS = 120
LEAST_BATCH = 256  # tokens,
SMALLEST_BATCH = 128  # and where memory is short


def usual_mode(holes: HoleSettings) -> PlanMode:
    """What writes for a person: the encoder where the checkpoint has it write fills, else the denoiser."""
    return "encoder" if holes.continuations else "denoiser"


def usual_rate(hidden_size: int) -> float:
    """The published rate, larger for a narrower model as its width is smaller."""
    return RATE * max(1.0, RATE_WIDTH / hidden_size)


def usual_steps(config: ModelConfig, plan: Plan, examples: Sequence[Example]) -> int:
    """Steps of some passes over the examples by a plan."""
    learned, _ = parted(examples)
    return max(FEWEST_STEPS, PASSES * len(packed(config, at_once(plan), learned)))


def sized(config: ModelConfig, plan: Plan, examples: Sequence[Example]) -> Plan:
    """The plan with batches so small that some passes over the examples make many steps.

    Early in a run a step gains about as much whether it is of 500 tokens or of 1000, and few data make few steps.
    """
    learned, _ = parted(examples)
    while plan.batch_tokens > LEAST_BATCH and PASSES * len(packed(config, plan, learned)) < MANY_STEPS:
        plan = replace(plan, batch_tokens=plan.batch_tokens // 2)
    return plan


def paced(plan: Plan) -> Plan:
    """The plan with as few steps of warming up, and between measurements, as its length asks for."""
    if plan.steps is None:
        return plan
    return replace(
        plan, warm_up=min(plan.warm_up, max(1, plan.steps // 10)), measure_every=max(1, plan.steps // MOST_MEASURED)
    )


def fitted(plan: Plan, peak: Callable[[Plan], int], room: int) -> Plan:
    """The quickest of the plans that make the same steps and whose peak of memory fits into `room`, in bytes.

    States are kept, or computed again; then steps are made of smaller batches. If none fits, it is the smallest.
    """
    tries = [plan]
    while tries[-1].batch_tokens > SMALLEST_BATCH:
        last = tries[-1]
        tries.append(replace(last, batch_tokens=last.batch_tokens // 2, accumulate=2 * last.accumulate))
    again = [replace(each, checkpointing=True) for each in tries]
    ordered = [plan, again[0], *(each for pair in zip(tries[1:], again[1:], strict=True) for each in pair)]
    return next((each for each in ordered if peak(each) <= room), again[-1])
