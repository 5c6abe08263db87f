"""Settings of a run, frozen and checked on construction: how it denoises by profile, writes, and fills holes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, inf
from typing import get_args

from dgcli.diffusion.denoise_settings import DenoiseSettings
from dgcli.diffusion.own_token import NoiseExcluded
from dgcli.diffusion.schedule import Schedule
from dgcli.platform.arguments import check_kind, check_whole, require
from dgcli.profiles import ProfileName

__all__ = [
    "AS_RELEASED",
    "DenoiseSettings",
    "HoleSettings",
    "WritingSettings",
    "first_canvas",
    "holes_profiled",
    "profiled",
]

_SCHEDULES: dict[ProfileName, Schedule] = {
    "fast": Schedule(steps=16, t_max=0.1, t_min=0.1),
    "balanced": Schedule(steps=16, t_max=0.4, t_min=0.1),
    "best": Schedule(steps=48, t_max=0.4, t_min=0.1),
}
"""Of the profiles that exclude known noise; docs/samplers.md has what they were chosen by."""


def profiled(settings: DenoiseSettings, profile: ProfileName) -> DenoiseSettings:
    """A checkpoint's own settings as a profile changes them; "reference" changes nothing.

    Raises:
        UsageError: there is no such profile.
    """
    check_kind("The profile", profile, str)
    require(
        profile in get_args(ProfileName),
        f'There is no profile "{profile}"',
        f"Use one of {', '.join(get_args(ProfileName))}.",
    )
    if profile == "reference":
        return settings
    return replace(settings, schedule=_SCHEDULES[profile], own_token=NoiseExcluded())


@dataclass(frozen=True, kw_only=True)
class WritingSettings:
    """How the causal encoder's next token is drawn, in transformers' order and with its defaults.

    Raises:
        UsageError: a number is out of range.
    """

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
        require(0 <= self.temperature < inf, f"The temperature is {self.temperature}", "Use 0 or more.")
        require(
            self.no_repeat_ngram_size >= 0, f"no_repeat_ngram_size is {self.no_repeat_ngram_size}", "Use 0 or more."
        )
        require(self.top_k >= 1, f"top_k is {self.top_k}", "Consider at least one token.")
        require(0 < self.top_p <= 1, f"top_p is {self.top_p}", "Use more than 0 and at most 1.")
        require(
            0 < self.repetition_penalty < inf,
            f"The repetition penalty is {self.repetition_penalty}",
            "Use a positive number; 1 changes nothing.",
        )
        require(self.max_tokens >= 1, f"The number of tokens is {self.max_tokens}", "Write at least one.")


@dataclass(frozen=True, kw_only=True)
class HoleSettings:
    """How a model was taught to fill holes, and how many fills it takes to choose from.

    Raises:
        UsageError: a number is out of range.
    """

    padding: bool = False
    """It ends a fill that is shorter than its hole with the padding token."""
    draws: int = 1
    """Rounds of noise for each length of a hole: a small model's fills differ much, and the best is taken."""
    continuations: int = 0
    """Fills that the encoder writes, beside those of the denoiser."""
    suffix: int = 0
    """Tokens of the text behind a hole that the encoder reads before it writes half of its fills; 0: it reads none."""
    bare: bool = False
    """The text before a hole is read as running text, with nothing before it but what the mark asks for.

    A request to rewrite is brief then, too.
    """
    left: int | None = None
    """Tokens before a hole that its canvas holds; None: a quarter of a canvas."""
    right: int | None = None
    """Tokens behind a hole that its canvas holds; None: what there is room for."""
    few: bool = False
    """Every other of the lengths that a document suggests is tried; where the encoder writes fills, the middle one."""

    def __post_init__(self) -> None:
        for name in ("padding", "bare", "few"):
            check_kind(name, getattr(self, name), bool)
        check_whole("The number of draws", self.draws, 1)
        check_whole("The number of continuations", self.continuations, 0)
        check_whole("The length of the suffix", self.suffix, 0)
        for name in ("left", "right"):
            if getattr(self, name) is not None:
                check_whole(name, getattr(self, name), 1)


AS_RELEASED = HoleSettings()
_NEAR_RIGHT = 64  # tokens


_CONTINUATIONS: dict[ProfileName, float] = {"fast": 1 / 4, "best": 3}  # for each that the checkpoint asks for


def holes_profiled(holes: HoleSettings, profile: ProfileName) -> HoleSettings:
    """A checkpoint's own settings of holes as a profile changes them.

    Where the encoder writes fills, "fast" has it write fewer, without reading what follows, and "best" more. "fast"
    denoises fewer and narrower canvases, too: where the checkpoint does not say how many tokens a canvas holds behind
    its hole, these are 64, and every other length is tried. The prompt quotes the text behind a hole as before.
    """
    holes = replace(holes, continuations=ceil(holes.continuations * _CONTINUATIONS.get(profile, 1)))
    if profile != "fast":
        return holes
    holes = replace(holes, suffix=0)
    return holes if holes.right is not None else replace(holes, right=_NEAR_RIGHT, few=True)


_FIRST_CANVAS: dict[ProfileName, int] = {"fast": 64}


def first_canvas(profile: ProfileName) -> int | None:
    """Tokens of an answer's first canvas, each further one being twice as wide; None: all have the model's width."""
    return _FIRST_CANVAS.get(profile)
