"""A trainer that learns nothing and says that it does: its losses fall step by step, and its adapter is one of PEFT."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dgcli.tune.base import Base
from dgcli.tune.example import Example
from dgcli.tune.plan import Plan
from dgcli.tune.progress import Done, Event, Measured, Progress
from tests.checkpoints import GOLDEN

STEPS, EVERY = 6, 2
PLAN = "plan.json"


@dataclass
class FakeTrainer:
    """Takes the place of `train`; `stops_at` is a step at which somebody asks for an end, as it is asked then."""

    adapter: Path = GOLDEN / "adapter"
    falls: float = 0.2  # what the loss is less after each step
    at_step: Callable[[int], None] = lambda step: None
    calls: list[dict[str, Any]] = field(default_factory=list)

    def __call__(
        self,
        base: Base,
        plan: Plan,
        examples: Sequence[Example],
        held_out: Sequence[Example],
        folder: Path,
        *,
        clock: Callable[[], float] = lambda: 0.0,
        wanted_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[Event]:
        state = folder / "state.json"
        begun = json.loads(state.read_text())["step"] if state.exists() else 0
        self.calls.append({"plan": plan, "examples": examples, "held_out": held_out, "begun": begun, "base": base})
        (folder / PLAN).write_text(json.dumps(asdict(plan)))
        yield self._measured(begun)
        for step in range(begun + 1, STEPS + 1):
            yield Progress(
                step, STEPS, 3.0 - step * self.falls, plan.rate, 1.0, 100, 60.0 * step, 60.0 * (STEPS - step)
            )
            state.write_text(json.dumps({"step": step}))
            if step % EVERY == 0:
                yield self._measured(step)
            self.at_step(step)
            if wanted_stop():
                yield self._done(folder, step, "stopped")
                return
        yield self._done(folder, STEPS, "steps")

    def _measured(self, step: int) -> Measured:
        loss = 3.0 - step * self.falls
        return Measured(step, loss, {"restyle": loss}, loss, 60.0 * step)

    def _done(self, folder: Path, step: int, ending: Any) -> Done:
        best = step if self.falls > 0 else 0
        if best:
            shutil.copytree(self.adapter, folder, dirs_exist_ok=True)
        return Done(ending, step, best, 3.0, 3.0 - best * self.falls, folder, 60.0 * step)


def read_plan(folder: Path) -> Plan | None:
    """The plan that the trainer wrote down."""
    path = folder / PLAN
    if not path.exists():
        return None
    values = json.loads(path.read_text())
    return Plan(**{**values, "targets": tuple(values["targets"])})
