"""Fills of holes that a person took, edited or wrote: what stood before and behind each."""

from __future__ import annotations

from dataclasses import dataclass

from dgcli.tasks.infill.layout import Gap
from dgcli.tune.data.asking import Asking
from dgcli.tune.example import Example


@dataclass(frozen=True)
class FilledHole:
    """What a person let stand in a hole."""

    before: str
    fill: str
    behind: str
    hint: str = ""
    """What the mark asked for; empty: nothing."""

    @property
    def texts(self) -> tuple[str, ...]:
        """What no line that is held out may share with one that is learned: the hole."""
        return (f"{self.before}\0{self.behind}",)


def fill_examples(filled: FilledHole, asking: Asking) -> tuple[Example, ...]:
    """The hole as `dg infill` asks for it, of each mode that writes there; none where the fill is too long."""
    gap = Gap(left=filled.before, right=filled.behind, hint=filled.hint)
    try:
        denoised = asking.fill(gap, filled.fill)
    except ValueError:
        return ()
    return (denoised, asking.written(gap, filled.fill)) if asking.holes.bare else (denoised,)
