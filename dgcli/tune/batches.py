"""Which examples are computed at once, and in which order: decided by the plan's seed alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from dgcli.checkpoint.config import ModelConfig
from dgcli.checkpoint.tensors import DENOISER, ENCODER, Mode
from dgcli.platform.backend import mx
from dgcli.tune.batch import Batch, last_start, make_batch
from dgcli.tune.example import Example
from dgcli.tune.noise import Noise
from dgcli.tune.plan import Plan, trained_modes

Rows = list[Example]


def batches(config: ModelConfig, plan: Plan, examples: Sequence[Example]) -> Iterator[Rows]:
    """Without an end: all examples, then all of them again in another order.

    The examples of one batch teach the same modes and are nearly as long as each other.
    """
    numbers = Random(f"{plan.seed} order")
    while True:
        shuffled = sorted(examples, key=lambda _: numbers.random())
        found = packed(config, plan, shuffled)
        numbers.shuffle(found)
        yield from found


def packed(config: ModelConfig, plan: Plan, examples: Sequence[Example]) -> list[Rows]:
    """All examples once, the shortest first; each batch computes `batch_tokens` at most, or has one example."""
    by_modes: dict[tuple[Mode, ...], Rows] = {}
    for each in examples:
        if learners := _learners(plan, each):
            by_modes.setdefault(learners, []).append(each)
    found: list[Rows] = []
    for learners, own in by_modes.items():
        rows: Rows = []
        for each in sorted(own, key=lambda one: sum(lengths(config, learners, [one]))):
            if rows and size(config, learners, [*rows, each]) > plan.batch_tokens:
                found.append(rows)
                rows = []
            rows.append(each)
        found.append(rows)
    return found


def lengths(config: ModelConfig, learners: Sequence[Mode], rows: Sequence[Example]) -> tuple[int, int]:
    """Positions that a batch has for the encoder and for the denoiser."""
    read = max(last_start(each, config.canvas_length) for each in rows) if DENOISER in learners else 0
    clean = max(read, max(len(each.ids) for each in rows) - 1 if ENCODER in learners else 0)
    return clean, max(len(each.ids) - each.given for each in rows) if DENOISER in learners else 0


def size(config: ModelConfig, learners: Sequence[Mode], rows: Sequence[Example]) -> int:
    """Tokens that a batch computes, those of both modes together."""
    return len(rows) * sum(lengths(config, learners, rows))


def noised_batch(config: ModelConfig, plan: Plan, rows: Rows, noise: Noise, numbers: Random) -> Batch:
    """The arrays of a batch, its canvases with new noise."""
    learners = _learners(plan, rows[0])
    noised = [noise(each, numbers) for each in rows] if DENOISER in learners else None
    made = make_batch(config, rows, noised, encoder=ENCODER in learners, every=plan.all_tokens)
    mx.eval(made.clean)
    return made


def _learners(plan: Plan, example: Example) -> tuple[Mode, ...]:
    """The modes that learn from an example."""
    return tuple(mode for mode in trained_modes(plan) if mode in example.modes)
