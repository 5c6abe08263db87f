"""What is learned from: a sequence of tokens, of which some are given and the others are to be written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dgcli.checkpoint.tensors import BOTH, Mode

Kind = Literal["infill", "continuation", "restyle", "unchanged"]

UNCHANGED: Kind = "unchanged"
"""Text that a model is to write as it did before: its own beliefs are learned, not the tokens that stand there."""


@dataclass(frozen=True)
class Example:
    """A clean sequence: what is read first, then what is to be written, on one canvas or on several in a row.

    Canvases begin at `given`, each as long as the checkpoint's, and the last as long as what is left.
    """

    ids: tuple[int, ...] = field(repr=False)
    given: int
    """ids[:given] is read: it is never noised and has no loss. At least 1: a sign that a text begins."""
    held: frozenset[int] = field(default=frozenset(), repr=False)
    """Indices, from `given` on, of text that stands clean on its canvas: it is never noised and has no loss."""
    kind: Kind = "continuation"
    """What it teaches: for the report, and for batches in which each kind has its share."""
    modes: tuple[Mode, ...] = BOTH
    """The modes of the model that may learn from it, as prompts of theirs are laid out so."""

    def __post_init__(self) -> None:
        """Raises ValueError where nothing is read, or nothing is left to learn."""
        if not 1 <= self.given < len(self.ids):
            raise ValueError(f"given is {self.given} of {len(self.ids)} tokens")
        if not self.learned:
            raise ValueError("all tokens are held")

    @property
    def learned(self) -> tuple[int, ...]:
        """Indices of the tokens that are to be written."""
        return tuple(index for index in range(self.given, len(self.ids)) if index not in self.held)
