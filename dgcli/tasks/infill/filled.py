"""What holes came to: the values that a run of `infill` ends with."""

from __future__ import annotations

from dataclasses import dataclass

from dgcli.text.document import Document, Span

LATER_GAP = "[...]"  # a hole that is filled afterwards, in the text around another


@dataclass(frozen=True, kw_only=True)
class Fill:
    """One filled hole."""

    span: Span
    old: str  # the mark, or the text that was chosen; of an empty fill, the space before it as well
    text: str
    tokens: int
    score: float  # of the hole's candidate, by the causal encoder; larger is better
    converged: bool
    canvas: int | None = None  # the one that it comes from; None if it comes from none
    skipped: bool = False  # the hole was left as it is
    again: int = 0  # how often the hole was tried again, as no word came
    fault: str = ""  # what it breaks where it lands, or what every fill broke of a hole that was left for that
    others: tuple[Fill, ...] = ()  # further alternatives that were asked for, the best first

    @property
    def writer(self) -> str | None:
        """Which mode of the model wrote it: the denoiser, or the encoder from the left. None: nothing, or a person."""
        if self.skipped or not self.tokens:
            return None
        return "encoder" if self.canvas is None else "denoiser"


@dataclass(frozen=True, kw_only=True)
class Infilled:
    """The end of an `infill` run."""

    text: str
    fills: tuple[Fill, ...]
    steps_used: int
    stopped: bool = False  # no more is to be filled, here or elsewhere

    @property
    def converged(self) -> bool:
        return all(fill.converged for fill in self.fills)


def left_alone(document: Document, span: Span, fault: str) -> Fill:
    """A hole that was left as it is."""
    old = document.text[span.start : span.end]
    return Fill(span=span, old=old, text=old, tokens=0, score=0.0, converged=True, skipped=True, fault=fault)
