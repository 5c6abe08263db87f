"""Filling the holes of a document, one after the other, each seeing the fills before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from dgcli.canvas import Draft, Event, Filled
from dgcli.document import Document, Span, splice
from dgcli.marks import MARK
from dgcli.tasks.engine import Session
from dgcli.tasks.hole import Candidate, Hole
from dgcli.tasks.layout import LATER_GAP, Gap, lay_out_gap
from dgcli.tasks.seams import fit


@dataclass(frozen=True, kw_only=True)
class Fill:
    """One filled hole."""

    span: Span
    old: str  # the mark
    text: str
    tokens: int
    score: float  # of the hole's candidate, by the causal encoder; larger is better
    converged: bool
    others: tuple[Fill, ...] = ()  # further alternatives that were asked for, the best first


@dataclass(frozen=True, kw_only=True)
class Infilled:
    """The end of an `infill` run."""

    text: str
    fills: tuple[Fill, ...]
    steps_used: int

    @property
    def converged(self) -> bool:
        return all(fill.converged for fill in self.fills)


def infill(
    session: Session, document: Document, marker: re.Pattern[str] = MARK, alternatives: int = 1
) -> Iterator[Event | Infilled]:
    """Fill every hole of `document`, with up to `alternatives` different fills for each; the last value is the result.

    The text has the best fill of each hole, and later holes see that one.

    Raises:
        InputError: a mark asks for more words than a canvas holds.
        PromiseBrokenError: text outside the holes would have changed.
    """
    engine = session.engine
    fills: list[Fill] = []
    canvases = steps = 0
    yield _draft(document)
    for number, span in enumerate(document.spans):
        gap = _gap(document, number, [fill.text for fill in fills])
        layout = lay_out_gap(gap, session.chat, engine.canvas_length, engine.context_length)
        hole = Hole(session, gap, layout, number + 1, len(document.spans), canvases)
        outcome = yield from hole.settle(alternatives)
        canvases += outcome.canvases
        steps += outcome.steps
        seam = partial(
            fit,
            left=gap.left,
            right=document.text[span.end :],
            inline=gap.inline,
            newline=document.newline,
            marker=marker,
        )
        found: dict[str, Fill] = {}
        for candidate in outcome.ranked:
            text = seam(session.chat.tokenizer.decode(candidate.ids))
            found.setdefault(text, _fill(document, span, text, candidate))
        best, *others = found.values()
        fills.append(replace(best, others=tuple(others[: alternatives - 1])))
        yield Filled(hole=number + 1, text=best.text, canvas=outcome.ranked[0].canvas)
    text = splice(document, [fill.text for fill in fills])
    yield Infilled(text=text, fills=tuple(fills), steps_used=steps)


def _draft(document: Document) -> Draft:
    edges = [0, *(edge for span in document.spans for edge in (span.start, span.end)), len(document.text)]
    pieces = [document.text[start:end] for start, end in pairwise(edges)]
    return Draft(parts=tuple(pieces[::2]), marks=tuple(pieces[1::2]))


def _fill(document: Document, span: Span, text: str, candidate: Candidate) -> Fill:
    return Fill(
        span=span,
        old=document.text[span.start : span.end],
        text=text,
        tokens=len(candidate.ids),
        score=candidate.score,
        converged=candidate.converged,
    )


def _gap(document: Document, number: int, fills: Sequence[str]) -> Gap:
    """Hole `number` with all the text around it: filled before it, open behind it."""
    span = document.spans[number]
    parts: list[str] = []
    end = 0
    for earlier, fill in zip(document.spans[:number], fills, strict=True):
        parts += (document.text[end : earlier.start], fill)
        end = earlier.end
    left = "".join((*parts, document.text[end : span.start]))
    parts, end = [], span.end
    for later in document.spans[number + 1 :]:
        parts += (document.text[end : later.start], LATER_GAP)
        end = later.end
    right = "".join((*parts, document.text[end:]))
    return Gap(
        left=_plain(left).lstrip("\ufeff"), right=_plain(right), hint=span.hint, words=span.words, old=_plain(span.old)
    )


def _plain(text: str) -> str:
    """Text with newlines as the model knows them."""
    return re.sub(r"\r\n|\r", "\n", text)
