"""A hole that starts from the text that stood in it, partly noised, and not from noise alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from dgcli.checkpoint.tokenizer import Tokenizer
from dgcli.diffusion import Draws, Site
from dgcli.errors import InputError
from dgcli.platform.backend import mx
from dgcli.settings import DenoiseSettings
from dgcli.tasks.engine import Session
from dgcli.tasks.infill.layout import Gap, GapLayout
from dgcli.text.seams import left_text


def seeded(session: Session, gap: Gap, layout: GapLayout, strength: float) -> tuple[Session, tuple[int, ...]]:
    """A session whose canvases start from the gap's old text, and the length of that as the only one to try.

    Args:
        strength: between 0 and 1: the share of the old tokens that noise replaces, and of the steps that are made.

    Raises:
        InputError: the old text is longer than one hole.
    """
    old = old_tokens(gap, session.chat.tokenizer)
    if len(old) > layout.longest_hole:
        raise InputError(
            f"The chosen text has {len(old)} tokens, but one hole holds {layout.longest_hole} with this model.",
            "Choose less text at a time, or use --strength 1.",
        )
    draws = Seeded(session.draws, old, len(layout.near_left), strength)
    return replace(session, settings=started_at(session.settings, strength), draws=draws), (len(old),)


def old_tokens(gap: Gap, tokenizer: Tokenizer) -> tuple[int, ...]:
    """The old text as a fill has it: with the space before it, if there is one."""
    return tokenizer.encode(gap.left[len(left_text(gap.left)) :] + gap.old)


def started_at(settings: DenoiseSettings, level: float) -> DenoiseSettings:
    """What is left of the schedule when the noise is down to `level`, 1 being its start."""
    return replace(
        settings,
        max_steps=ceil(level * settings.max_steps),
        t_max=settings.t_min + (settings.t_max - settings.t_min) * level,
        discount="none",  # what is not accepted is mostly the old text, and no noise
    )


@dataclass(frozen=True)
class Seeded:
    """Draws whose noise is the old text with a share `strength` of its tokens replaced, the same ones at every step.

    So where the denoiser is not sure, most of the old text comes back. If all positions got fresh noise, what is not
    accepted at the first step would be lost.
    """

    draws: Draws
    old: tuple[int, ...]
    first: int  # where they begin in the canvas
    strength: float

    def initial(self, sites: Sequence[Site]) -> Sequence[int]:
        return self._partly(sites, self.draws.initial(sites))

    def sample(self, step: int, sites: Sequence[Site], probabilities: mx.array) -> Sequence[int]:
        return self.draws.sample(step, sites, probabilities)

    def noise(self, step: int, sites: Sequence[Site]) -> Sequence[int]:
        return self._partly(sites, self.draws.noise(step, sites))

    def chance(self, step: int, sites: Sequence[Site]) -> Sequence[float]:
        return self.draws.chance(step, sites)

    def _partly(self, sites: Sequence[Site], noise: Sequence[int]) -> list[int]:
        """The old tokens at `sites`, some of them replaced by `noise`."""
        replaced = self.draws.sample(0, sites, mx.array([[1 - self.strength, self.strength]] * len(sites)))
        return [
            fresh if new else self.old[site.position - self.first]
            for site, fresh, new in zip(sites, noise, replaced, strict=True)
        ]
