"""A run from its first step to its last: learn, measure, keep the best, and go on where it was stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random

from dgcli.errors import ModelError
from dgcli.tune.adapter_files import write_adapter
from dgcli.tune.base import Base
from dgcli.tune.batch import Batch
from dgcli.tune.batches import Rows, noised_batch, steps
from dgcli.tune.example import Example
from dgcli.tune.gradient import slope_at
from dgcli.tune.measure import held_out_loss
from dgcli.tune.noise import Noise
from dgcli.tune.optimiser import Learned, rate_at
from dgcli.tune.pairs import initial
from dgcli.tune.plan import Plan, keep_plan
from dgcli.tune.progress import Done, Ending, Event, Measured, Progress
from dgcli.tune.state import Best, State, read_state

_KEPT_EVERY = 120.0  # seconds, where no measurement comes sooner


def train(
    base: Base,
    plan: Plan,
    examples: Sequence[Example],
    held_out: Sequence[Example],
    folder: Path,
    *,
    clock: Callable[[], float] = time.monotonic,
    wanted_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """Learn from `examples` until the plan ends, the held-out loss does not fall any more, or a stop is wanted.

    `folder` always has the files of the best adapter that was measured, and the state of the run: called again with the
    same arguments, it goes on, and ends as if it had not been stopped. Who needs the run no more calls `forget_state`.
    Each of both sequences has an example that teaches a mode of the plan.

    Raises:
        ModelError: the loss is not a number any more, or the folder has the state of another run.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run = _Run(base, plan, tuple(examples), tuple(held_out), folder, clock, wanted_stop)
    yield from run.events()


@dataclass(frozen=True)
class _Run:
    base: Base
    plan: Plan
    examples: Sequence[Example]
    held_out: Sequence[Example]
    folder: Path
    clock: Callable[[], float]
    wanted_stop: Callable[[], bool]

    def events(self) -> Iterator[Event]:
        config = self.base.network.config
        begun = initial(config, self.plan)
        state = read_state(self.folder, begun)
        start = self.clock() - (0.0 if state is None else state.elapsed)
        if state is None:
            keep_plan(self.plan, self.folder)
            state = yield from self.measured(State(Learned.begin(begun), None, 0.0), start)
        first, begin, kept = state.learned.step, self.clock(), self.clock()
        coming = islice(steps(config, self.plan, self.examples), first, None)
        while (ending := self.ending(state)) is None:
            learned, told = self.step(state, next(coming))
            state = State(learned, state.best, self.clock() - start)
            yield self.with_times(told, state, (self.clock() - begin) / (learned.step - first))
            if learned.step % self.plan.measure_every == 0:
                state = yield from self.measured(state, start)
                kept = self.clock()
            elif self.clock() - kept > _KEPT_EVERY:
                state.keep(self.folder)
                kept = self.clock()
        assert state.best is not None
        if state.best.measured < state.learned.step:
            state = yield from self.measured(state, start)
        best = state.best
        assert best is not None
        yield Done(ending, state.learned.step, best.step, best.before, best.loss, self.folder, state.elapsed)

    def ending(self, state: State) -> Ending | None:
        """Why no other step is to be done, if so."""
        if self.wanted_stop():
            return "stopped"
        if self.plan.steps is not None and state.learned.step >= self.plan.steps:
            return "steps"
        if self.plan.minutes is not None and state.elapsed >= 60 * self.plan.minutes:
            return "minutes"
        if state.best is not None and state.best.misses >= self.plan.patience:
            return "patience"
        return None

    def step(self, state: State, rows: Sequence[Rows]) -> tuple[Learned, Progress]:
        """One step; what it tells has no times yet."""
        learned, plan = state.learned, self.plan
        numbers = Random(f"{plan.seed} step {learned.step}")
        made = [self.made(each, numbers) for each in rows]
        slope = slope_at(self.base.network, learned.parameters, plan, made)
        rate = rate_at(plan, learned.step, self.done(state))
        after, norm = learned.after(slope.gradients, rate)
        if after is learned:
            raise ModelError(
                f"The loss of step {learned.step + 1} is not a number any more.",
                "Start again with a lower rate; the best adapter so far is in the folder.",
            )
        tokens = sum(batch.tokens for batch, _ in made)
        return after, Progress(after.step, plan.steps, slope.loss, rate, norm, tokens, 0.0, None)

    def made(self, rows: Rows, numbers: Random) -> tuple[Batch, bool]:
        """The arrays of a batch, and whether a first pass goes before it."""
        config = self.base.network.config
        noise = Noise(config.canvas_length, config.vocab_size, self.base.noise_id)
        batch = noised_batch(config, self.plan, rows, noise, numbers)
        return batch, numbers.random() < self.plan.self_conditioning

    def done(self, state: State) -> float:
        """The part of the run that is behind a state, 0 to 1."""
        steps = 0.0 if self.plan.steps is None else state.learned.step / max(1, self.plan.steps)
        return steps if self.plan.minutes is None else max(steps, state.elapsed / (60 * self.plan.minutes))

    def with_times(self, told: Progress, state: State, seconds: float) -> Progress:
        """With the time that the run has taken and will take, at so many seconds a step."""
        left = []
        if self.plan.steps is not None:
            left.append(seconds * (self.plan.steps - told.step))
        if self.plan.minutes is not None:
            left.append(max(0.0, 60 * self.plan.minutes - state.elapsed))
        steps = told.step + round(min(left) / seconds) if seconds > 0 else told.steps
        return replace(told, steps=steps, elapsed=state.elapsed, left=min(left))

    def measured(self, state: State, start: float) -> Generator[Event, None, State]:
        """Measure the held-out loss, keep the adapter if it is the best, and all that the run goes on from."""
        learned = state.learned
        loss, by_kind = held_out_loss(self.base, learned.parameters, self.plan, self.held_out)
        best = Best(loss, loss, 0, 0, 0) if state.best is None else state.best.with_loss(loss, learned.step)
        if best.misses == 0:
            write_adapter(learned.parameters, self.plan, self.base, self.folder)
        state = State(learned, best, self.clock() - start)
        state.keep(self.folder)
        yield Measured(learned.step, loss, by_kind, best.loss, state.elapsed)
        return state
