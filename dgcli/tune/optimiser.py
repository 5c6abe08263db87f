"""Adam, the cut of gradients that are too large, and the rate of each step."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi
from typing import cast

from dgcli.platform.backend import mx
from dgcli.tune.pairs import Parameters
from dgcli.tune.plan import BETAS, CLIP, LAST, Plan

_TINY = 1e-8


@dataclass(frozen=True, eq=False)
class Learned:
    """Pairs on their way, and what Adam knows of their gradients."""

    parameters: Parameters
    mean: Parameters
    square: Parameters
    step: int
    """Steps done."""

    @classmethod
    def begin(cls, parameters: Parameters) -> Learned:
        """Before the first step."""
        zeros = {name: mx.zeros_like(array) for name, array in parameters.items()}
        return cls(parameters, zeros, dict(zeros), 0)

    def after(self, gradients: Parameters, rate: float) -> tuple[Learned, float]:
        """After one step more, and the norm of all gradients before they were cut.

        Nothing changes where that is no finite number.
        """
        squares = mx.stack([mx.square(each).sum() for each in gradients.values()])
        norm = cast("float", mx.sqrt(squares.sum()).item())
        if not norm < float("inf"):
            return self, norm
        scale, step = min(1.0, CLIP / max(norm, _TINY)), self.step + 1
        first, second = BETAS
        parameters: Parameters = {}
        mean: Parameters = {}
        square: Parameters = {}
        for name, gradient in gradients.items():
            cut = gradient * scale
            mean[name] = first * self.mean[name] + (1 - first) * cut
            square[name] = second * self.square[name] + (1 - second) * mx.square(cut)
            size = mx.sqrt(square[name] / (1 - second**step)) + _TINY
            parameters[name] = self.parameters[name] - rate / (1 - first**step) * mean[name] / size
        mx.eval(parameters, mean, square)
        return Learned(parameters, mean, square, step), norm


def rate_at(plan: Plan, step: int, done: float) -> float:
    """Of the step behind `step` others, when so much of the run is done, 0 to 1."""
    falling = LAST + (1 - LAST) * (1 + cos(pi * min(1.0, done))) / 2
    return plan.rate * min(1.0, (step + 1) / max(1, plan.warm_up)) * falling
