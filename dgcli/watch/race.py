"""Which canvas of a batch leads: that with the least mean entropy of those that are still being denoised."""

from __future__ import annotations

from dataclasses import dataclass, field

from dgcli.events import Step

AHEAD = 0.75  # of the leader's entropy: only a canvas that has less overtakes it, so that the view does not flicker


@dataclass
class Race:
    """The canvases of one batch."""

    lead: int | None = None
    before: Step | None = None  # of the canvas that leads, the step before its last
    _last: dict[int, Step] = field(default_factory=dict)
    _entropies: dict[int, list[float]] = field(default_factory=dict)

    @property
    def entropies(self) -> tuple[float, ...]:
        """Mean entropies of the canvas that leads, in nats, step by step."""
        return tuple(self._entropies.get(self.lead, ())) if self.lead is not None else ()

    def see(self, step: Step) -> bool:
        """Take a step in; whether it is of the canvas that leads now."""
        before = self._last.get(step.canvas)
        self._last[step.canvas] = step
        self._entropies.setdefault(step.canvas, []).append(step.mean_entropy)
        if step.canvas != self.lead and not self._overtakes(step):
            return False
        self.lead, self.before = step.canvas, before
        return True

    def _overtakes(self, step: Step) -> bool:
        if self.lead is None:
            return True
        leader = self._last[self.lead]
        if not leader.last:
            return step.mean_entropy < AHEAD * leader.mean_entropy
        running = [each.mean_entropy for each in self._last.values() if not each.last]
        return not running or (not step.last and step.mean_entropy <= min(running))
