"""What a prompt came to: the value that a run of `generate` ends with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Generated:
    """The end of a `generate` run."""

    text: str
    ids: tuple[int, ...]  # whole canvases, after the first stop id all pad; of the encoder, up to its stop id
    tokens: int  # written, without end tokens
    steps_used: int  # of the denoiser; where the encoder writes, its passes
    drafting_steps: int  # of the denoiser, where the encoder writes
    converged: bool  # every canvas settled before its steps ran out
    stop_reason: str  # "stop" the model ended its turn, "length" the token limit cut it
    thought: str = ""  # the sign that opened a thought at its beginning, if there was one
    again: bool = False  # the model only thought at first, and was asked again

    @property
    def tokens_per_pass(self) -> float:
        """Of the model that writes."""
        return self.tokens / self.steps_used
