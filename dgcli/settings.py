"""Settings of a run: frozen, with units, checked on construction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import Any, Literal, get_args

from dgcli.errors import UsageError
from dgcli.platform.arguments import check_kind

SamplerName = Literal["entropy-bound", "confidence", "ancestral", "predictor-corrector"]
Discount = Literal["none", "noise", "all", "kept"]
"""What a position's own token loses of its logit: nothing, as in the reference; everything where it is known to be
noise; at every position what makes the denoiser leave-one-out. "kept": what was accepted gains so much that it stays,
for denoisers that learned from one token of noise, and not what else may be wrong."""

ProfileName = Literal["fast", "balanced", "best", "reference"]
_PROFILES: dict[ProfileName, dict[str, Any]] = {
    "fast": {"max_steps": 16, "t_max": 0.1, "t_min": 0.1, "discount": "noise"},
    "balanced": {"max_steps": 16, "t_max": 0.4, "t_min": 0.1, "discount": "noise"},
    "best": {"max_steps": 48, "t_max": 0.4, "t_min": 0.1, "discount": "noise"},
    "reference": {},
}
"""What each changes in the checkpoint's own settings; docs/samplers.md has what they were chosen by."""


@dataclass(frozen=True, kw_only=True)
class DenoiseSettings:
    """How one canvas is denoised. Defaults are those of the reference (`generation_diffusion_gemma.py`)."""

    max_steps: int = 48
    t_min: float = 0.4  # temperature after the last step; the logits are divided by it
    t_max: float = 0.8  # temperature at the first step
    sampler: SamplerName = "entropy-bound"
    discount: Discount = "none"
    entropy_bound: float = 0.1  # nats: what the accepted tokens' entropies may add up to, the largest left out
    threshold: float = 0.9  # "confidence" accepts what has at least this probability
    corrected: float = 0.25  # "predictor-corrector": share of the free positions that a corrector step takes up again
    stability_threshold: int = 1  # steps that the argmax canvas has to stay the same
    confidence_threshold: float = 0.005  # nats: mean entropy under which a stable canvas is finished

    def __post_init__(self) -> None:
        for name in ("max_steps", "stability_threshold"):
            check_kind(name, getattr(self, name), int)
        for name in ("t_min", "t_max", "entropy_bound", "threshold", "corrected", "confidence_threshold"):
            check_kind(name, getattr(self, name), int, float)
        _require(self.max_steps >= 1, f"The number of steps is {self.max_steps}", "Ask for at least one step.")
        _require(
            0 < self.t_min <= self.t_max < inf,
            f"The temperatures run from {self.t_max} to {self.t_min}",
            "Use positive temperatures that do not rise.",
        )
        _require(
            self.sampler in get_args(SamplerName),
            f'There is no sampler "{self.sampler}"',
            f"Use one of {', '.join(get_args(SamplerName))}.",
        )
        _require(
            self.discount in get_args(Discount),
            f'There is no discount "{self.discount}"',
            f"Use one of {', '.join(get_args(Discount))}.",
        )
        _require(0 <= self.threshold <= 1, f"The threshold is {self.threshold}", "Use a probability.")
        _require(0 < self.corrected <= 1, f"The corrected share is {self.corrected}", "Use more than 0 and at most 1.")
        _require(self.entropy_bound >= 0, f"The entropy bound is {self.entropy_bound}", "Use 0 or more.")
        _require(self.stability_threshold >= 0, f"The stability is {self.stability_threshold}", "Use 0 or more.")
        _require(self.confidence_threshold >= 0, f"The confidence is {self.confidence_threshold}", "Use 0 or more.")

    def temperature(self, remaining: int) -> float:
        """Temperature of the step with `remaining` steps to go, itself included; linear from `t_max` to `t_min`."""
        return self.t_min + (self.t_max - self.t_min) * (remaining / self.max_steps)

    def profiled(self, profile: ProfileName) -> DenoiseSettings:
        """These settings as a profile changes them."""
        check_kind("The profile", profile, str)
        _require(
            profile in _PROFILES, f'There is no profile "{profile}"', f"Use one of {', '.join(get_args(ProfileName))}."
        )
        return replace(self, **_PROFILES[profile])


@dataclass(frozen=True, kw_only=True)
class WritingSettings:
    """How the causal encoder's next token is drawn, in transformers' order and with its defaults."""

    repetition_penalty: float = 1.0  # logits of what is written already: divided by it, or multiplied where negative
    no_repeat_ngram_size: int = 0  # no row of so many tokens is written twice; 0: any may be
    temperature: float = 1.0  # the logits are divided by it; 0: the likeliest token, whatever comes below says
    top_k: int = 50  # so many of the likeliest tokens are considered
    top_p: float = 1.0  # and of these the fewest that have this probability together
    max_tokens: int = 256  # written where nobody says how many

    def __post_init__(self) -> None:
        for name in ("no_repeat_ngram_size", "top_k", "max_tokens"):
            check_kind(name, getattr(self, name), int)
        for name in ("repetition_penalty", "temperature", "top_p"):
            check_kind(name, getattr(self, name), int, float)
        _require(0 <= self.temperature < inf, f"The temperature is {self.temperature}", "Use 0 or more.")
        _require(
            self.no_repeat_ngram_size >= 0, f"no_repeat_ngram_size is {self.no_repeat_ngram_size}", "Use 0 or more."
        )
        _require(self.top_k >= 1, f"top_k is {self.top_k}", "Consider at least one token.")
        _require(0 < self.top_p <= 1, f"top_p is {self.top_p}", "Use more than 0 and at most 1.")
        _require(
            0 < self.repetition_penalty < inf,
            f"The repetition penalty is {self.repetition_penalty}",
            "Use a positive number; 1 changes nothing.",
        )
        _require(self.max_tokens >= 1, f"The number of tokens is {self.max_tokens}", "Write at least one.")


@dataclass(frozen=True, kw_only=True)
class HoleSettings:
    """How a model was taught to fill holes, and how many fills it takes to choose from."""

    padding: bool = False
    """It ends a fill that is shorter than its hole with the padding token."""
    draws: int = 1
    """Rounds of noise for each length of a hole: a small model's fills differ much, and the best is taken."""
    continuations: int = 0
    """Fills that the encoder writes from the left, beside those of the denoiser."""
    bare: bool = False
    """The text before a hole is read as running text, with nothing before it but what the mark asks for."""
    left: int | None = None
    """Tokens before a hole that its canvas holds; None: a quarter of a canvas."""
    right: int | None = None
    """Tokens behind a hole that its canvas holds; None: what there is room for."""


AS_RELEASED = HoleSettings()


def _require(holds: bool, problem: str, advice: str) -> None:
    if not holds:
        raise UsageError(f"{problem}.", advice)
