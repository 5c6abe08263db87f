"""Settings of a run: frozen, with units, checked on construction."""

from __future__ import annotations

from dataclasses import dataclass

from dgcli.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class DenoiseSettings:
    """How one canvas is denoised. Defaults are those of the reference (`generation_diffusion_gemma.py`)."""

    max_steps: int = 48
    t_min: float = 0.4  # temperature after the last step; the logits are divided by it
    t_max: float = 0.8  # temperature at the first step
    entropy_bound: float = 0.1  # nats: what the accepted tokens' entropies may add up to, the largest left out
    stability_threshold: int = 1  # steps that the argmax canvas has to stay the same
    confidence_threshold: float = 0.005  # nats: mean entropy under which a stable canvas is finished

    def __post_init__(self) -> None:
        _require(self.max_steps >= 1, f"The number of steps is {self.max_steps}", "Ask for at least one step.")
        _require(
            0 < self.t_min <= self.t_max,
            f"The temperatures run from {self.t_max} to {self.t_min}",
            "Use positive temperatures that do not rise.",
        )
        _require(self.entropy_bound >= 0, f"The entropy bound is {self.entropy_bound}", "Use 0 or more.")
        _require(self.stability_threshold >= 0, f"The stability is {self.stability_threshold}", "Use 0 or more.")
        _require(self.confidence_threshold >= 0, f"The confidence is {self.confidence_threshold}", "Use 0 or more.")

    def temperature(self, remaining: int) -> float:
        """Temperature of the step with `remaining` steps to go, itself included; linear from `t_max` to `t_min`."""
        return self.t_min + (self.t_max - self.t_min) * (remaining / self.max_steps)


def _require(holds: bool, problem: str, advice: str) -> None:
    if not holds:
        raise UsageError(f"{problem}.", advice)
