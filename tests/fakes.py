"""Stand-ins small enough to read: a denoiser that knows its text, draws that were written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dgcli.backend import mx
from dgcli.diffusion import Site


@dataclass
class Oracle:
    """A denoiser that believes in `target` with a confidence that may depend on the step, and writes down its calls."""

    target: Sequence[int]  # [L]
    vocab_size: int
    sharpness: Callable[[int], float] = lambda step: 20.0
    calls: list[tuple[list[list[int]], list[list[int]], bool]] = field(default_factory=list)

    def __call__(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> mx.array:
        self.calls.append(([list(row) for row in tokens], [list(row) for row in free], previous is not None))
        wanted = [self.target[position] for row in free for position in row]
        assert previous is None or previous.shape == (len(wanted), self.vocab_size)
        logits = [
            [self.sharpness(len(self.calls)) * (token == one) for token in range(self.vocab_size)] for one in wanted
        ]
        return mx.array(logits, dtype=mx.float32)


@dataclass(frozen=True)
class RecordedDraws:
    """Draws that repeat a recording: what was sampled at each step, and what the denoiser read at each step."""

    inputs: Sequence[Sequence[int]]  # [steps + 1, L]; what stood before the first step, then after each
    sampled: Sequence[Sequence[int]]  # [steps, L]

    def initial(self, sites: Sequence[Site]) -> Sequence[int]:
        return [self.inputs[0][site.position] for site in sites]

    def sample(self, step: int, sites: Sequence[Site], probabilities: mx.array) -> Sequence[int]:
        return [self.sampled[step - 1][site.position] for site in sites]

    def noise(self, step: int, sites: Sequence[Site]) -> Sequence[int]:
        return [self.inputs[step][site.position] for site in sites]
