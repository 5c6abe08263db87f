"""Which examples are computed at once, and in which order: decided by the plan's seed alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from dgcli.checkpoint.config import ModelConfig
from dgcli.checkpoint.tensors import DENOISER, ENCODER, Mode
from dgcli.platform.backend import mx
from dgcli.tune.batch import Batch, last_start, make_batch, shared_length
from dgcli.tune.example import UNCHANGED, Example
from dgcli.tune.noise import Noise
from dgcli.tune.plan import Plan, trained_modes

Rows = list[Example]

_UNCHANGED = 2  # tokens of what is learned in a step, for one of texts that are to stay as they are
_BEGINNING, _MANY = 40, 4  # tokens of a beginning, and examples that are kept together as they have the same


def steps(config: ModelConfig, plan: Plan, examples: Sequence[Example]) -> Iterator[list[Rows]]:
    """The batches of one step after the other, without an end.

    A step has as many tokens of what is learned as `plan.accumulate` batches, and where there are texts that are to
    stay as they are, a share of as many of them. Its texts are the same where `at_once` makes it.
    """
    learned, unchanged = parted(examples)
    coming = batches(config, at_once(plan), learned)
    beside = batches(config, _share(at_once(plan)), unchanged)
    while True:
        step = packed(config, plan, next(coming))
        yield [*step, *packed(config, _share(plan), next(beside))] if unchanged else step


def at_once(plan: Plan) -> Plan:
    """The plan that makes the same steps, each of one batch."""
    return replace(plan, batch_tokens=plan.batch_tokens * plan.accumulate, accumulate=1)


def _share(plan: Plan) -> Plan:
    """For the texts that are to stay as they are."""
    return replace(plan, batch_tokens=plan.batch_tokens // _UNCHANGED)


def parted(examples: Sequence[Example]) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Those that are learned, and those of texts that the model is to write as before."""
    learned = tuple(each for each in examples if each.kind != UNCHANGED)
    return learned, tuple(each for each in examples if each.kind == UNCHANGED)


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
    """All examples once, in batches that compute `batch_tokens` at most, or have one example.

    Those with the same beginning are together, as it is read once, and the shorter ones come first.
    """
    begins = Counter(each.ids[:_BEGINNING] for each in examples)
    groups: dict[tuple[object, ...], Rows] = {}
    for each in examples:
        begin = each.ids[:_BEGINNING] if begins[each.ids[:_BEGINNING]] >= _MANY else ()
        groups.setdefault((_learners(plan, each), each.kind, begin), []).append(each)
    found: list[Rows] = []
    for (learners, *_), own in groups.items():
        rows: Rows = []
        for each in sorted(own, key=lambda one: (len(one.ids), one.given)) if learners else ():
            if rows and size(config, plan, [*rows, each]) > plan.batch_tokens:
                found.append(rows)
                rows = []
            rows.append(each)
        if rows:
            found.append(rows)
    return found


def lengths(config: ModelConfig, plan: Plan, rows: Sequence[Example]) -> tuple[int, int, int]:
    """Positions that a batch has: those that its rows share, and of each row those of the encoder and the denoiser."""
    learners, shared = _learners(plan, rows[0]), shared_length(rows)
    read = max(last_start(each, config.canvas_length) for each in rows) if DENOISER in learners else 0
    clean = max(read, max(len(each.ids) for each in rows) - 1 if ENCODER in learners else 0) - shared
    return shared, clean, max(len(each.ids) - each.given for each in rows) if DENOISER in learners else 0


def size(config: ModelConfig, plan: Plan, rows: Sequence[Example]) -> int:
    """Tokens that a batch computes, those of both modes together."""
    shared, clean, noised = lengths(config, plan, rows)
    return shared + len(rows) * (clean + noised)


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
