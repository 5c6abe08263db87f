"""When a canvas is finished before its steps run out: a protocol, two rules, and one way to combine them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dgcli.events import Step
from dgcli.platform.arguments import check_kind, require


class StoppingRule(Protocol):
    """When a canvas is finished."""

    def settled(self, step: Step, still: int) -> bool:
        """Whether it is finished with `step`; the argmax of the `still` steps right before it was the same."""
        ...


@dataclass(frozen=True)
class Stable:
    """The argmax tokens have stood still.

    Raises:
        UsageError: the number of steps is negative or not whole.
    """

    steps: int = 1  # before this one, that had the same

    def __post_init__(self) -> None:
        check_kind("The number of stable steps", self.steps, int)
        require(self.steps >= 0, f"The number of stable steps is {self.steps}", "Use 0 or more.")

    def settled(self, step: Step, still: int) -> bool:
        """Whether enough steps had the same argmax."""
        return still >= self.steps


@dataclass(frozen=True)
class Confident:
    """The model is sure of the free positions.

    Raises:
        UsageError: the bound is negative or not a number.
    """

    nats: float = 0.005  # that their mean entropy is under

    def __post_init__(self) -> None:
        check_kind("The bound of the mean entropy", self.nats, int, float)
        require(self.nats >= 0, f"The bound of the mean entropy is {self.nats}", "Use 0 or more.")

    def settled(self, step: Step, still: int) -> bool:
        """Whether the mean entropy is under the bound."""
        return step.mean_entropy < self.nats


@dataclass(frozen=True)
class AllOf:
    """All of some rules at once."""

    rules: tuple[StoppingRule, ...]

    def settled(self, step: Step, still: int) -> bool:
        """Whether every rule says so."""
        return all(rule.settled(step, still) for rule in self.rules)


STABLE_AND_CONFIDENT = AllOf((Stable(), Confident()))  # the reference's (`StableAndConfidentStoppingCriteria`)
