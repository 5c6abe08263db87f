"""What a watcher sees at one moment, before anything is laid out: the document, the hole at hand, the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from dgcli.events import Trial
from dgcli.watch.frames import Cell


@dataclass(frozen=True)
class TaggedText:
    """Text around the hole at hand."""

    text: str  # newlines are `\n`; anything else may still be in it
    tag: str  # "context", "filled" (a hole that is done), "mark" (one that is still to come)


@dataclass(frozen=True, kw_only=True)
class Around:
    """The document but for the hole at hand. It stays the same object while that hole is denoised."""

    before: tuple[TaggedText, ...] = ()
    after: tuple[TaggedText, ...] = ()
    mark: str = ""  # what stands in the hole at hand until its first step
    numbered: bool = False  # whether line numbers mean anything
    folded: int = 0  # line breaks of the hole in the document that are blanks while it is worked on

    @cached_property
    def newlines(self) -> int:
        """Line breaks of the document, but for those in the cells of the hole."""
        return self.folded + sum(patch.text.count("\n") for patch in (*self.before, *self.after))


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What the status line tells."""

    step: int = 0  # 0 before the first step
    of: int = 0
    entropies: tuple[float, ...] = ()  # mean of the free positions in nats, step by step
    free: int = 0
    open: int = 0  # free positions that are not accepted
    hole: int = 0
    holes: int = 0  # in all; at the end, those that hold something else than before
    lengths: tuple[int, ...] = ()  # of the holes that are tried at once, in tokens
    tokens: int = 0  # accepted now or in finished holes; 0 where some of them are not known
    passes: int = 0  # of an answer: steps so far
    seconds: float = 0.0
    filled: bool = False  # the hole was just filled
    overtaken: bool = False  # another canvas of the batch led a moment ago
    rewrites: bool = False  # holes are blocks that are rewritten
    done: bool = False  # the run is over
    trial: Trial | None = None  # a text that is tried, in place of a step

    @property
    def entropy(self) -> float:
        return self.entropies[-1] if self.entropies else 0.0

    @property
    def per_pass(self) -> float:
        """Tokens of an answer for each pass of the model so far."""
        return self.tokens / self.passes if self.passes else 0.0

    @property
    def rate(self) -> float:
        """Tokens a second so far."""
        return self.tokens / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One moment of a run."""

    around: Around
    cells: tuple[Cell, ...]
    numbers: Numbers
