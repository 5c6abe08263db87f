"""How one canvas is denoised, composed of objects that each know their own part."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from dgcli.diffusion.own_token import Counted, OwnToken
from dgcli.diffusion.sampler import EntropyBound, Sampler
from dgcli.diffusion.schedule import Schedule
from dgcli.diffusion.stopping import STABLE_AND_CONFIDENT, StoppingRule
from dgcli.platform.arguments import check_kind, check_method


@dataclass(frozen=True, kw_only=True)
class DenoiseSettings:
    """A schedule, a sampler and a stopping rule; the defaults are the reference's (`generation_diffusion_gemma.py`).

    Raises:
        UsageError: a part is something else.
    """

    schedule: Schedule = field(default_factory=Schedule)
    own_token: OwnToken = field(default_factory=Counted)  # what the token that stands at a position counts for
    sampler: Sampler = field(default_factory=EntropyBound)
    stopping: StoppingRule = STABLE_AND_CONFIDENT

    def __post_init__(self) -> None:
        check_kind("The schedule", self.schedule, Schedule)
        check_method("own_token", self.own_token, "discount")
        check_method("The sampler", self.sampler, "move")
        check_method("The stopping rule", self.stopping, "settled")

    def with_steps(self, steps: int) -> DenoiseSettings:
        """The same with another number of steps. Raises UsageError where there is none."""
        return replace(self, schedule=replace(self.schedule, steps=steps))

    def from_noise(self, share: float) -> DenoiseSettings:
        """For canvases that start from given text, a share of it replaced by noise.

        What is not accepted is mostly that text, and no noise: it counts.
        """
        return replace(self, schedule=self.schedule.from_noise(share), own_token=Counted())

    def described(self) -> dict[str, Any]:
        """All parts by name and with their numbers, as JSON has it."""
        return {part.name: _described(getattr(self, part.name)) for part in fields(self)}


def _described(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_described(one) for one in value]
    if not is_dataclass(value):
        return value
    numbers = {part.name: _described(getattr(value, part.name)) for part in fields(value)}
    return {"kind": type(value).__name__, **numbers}
