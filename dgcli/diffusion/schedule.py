"""How many steps a canvas gets, how warm each is, and how noisy the canvas is before the first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, inf

from dgcli.platform.arguments import check_kind, require


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Temperatures that fall linearly from `t_max` to `t_min`. Reference: `LinearTemperatureScheduleLogitsProcessor`.

    Raises:
        UsageError: a number is out of range.
    """

    steps: int = 48  # at most: the stopping rule may end a canvas before
    t_max: float = 0.8  # temperature of the first step; the logits are divided by it
    t_min: float = 0.4  # what the temperature after the last step would be
    noise: float = 1.0  # share of the free tokens that are replaced by noise before the first step

    def __post_init__(self) -> None:
        check_kind("The number of steps", self.steps, int)
        for name in ("t_min", "t_max", "noise"):
            check_kind(name, getattr(self, name), int, float)
        require(self.steps >= 1, f"The number of steps is {self.steps}", "Ask for at least one step.")
        require(
            0 < self.t_min <= self.t_max < inf,
            f"The temperatures run from {self.t_max} to {self.t_min}",
            "Use positive temperatures that do not rise.",
        )
        require(0 < self.noise <= 1, f"The share of noise is {self.noise}", "Use more than 0 and at most 1.")

    def temperature(self, remaining: int) -> float:
        """Temperature of the step with `remaining` steps to go, itself included."""
        return self.t_min + (self.t_max - self.t_min) * (remaining / self.steps)

    def from_noise(self, share: float) -> Schedule:
        """What is left of it when the noise is down to `share` of the tokens: begun there, at that temperature."""
        return replace(
            self, steps=ceil(share * self.steps), t_max=self.t_min + (self.t_max - self.t_min) * share, noise=share
        )
