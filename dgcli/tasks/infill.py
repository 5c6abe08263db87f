"""Filling the holes of a document, one after the other, each seeing the fills before it."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from dgcli.canvas import Canvas, CanvasStart, Step
from dgcli.diffusion import Predict, denoise_rows
from dgcli.document import MARK, Document, Span, splice
from dgcli.settings import DenoiseSettings
from dgcli.tasks.engine import Cache, Restricted, Session
from dgcli.tasks.layout import LATER_GAP, Gap, GapLayout, lay_out_gap
from dgcli.tasks.length import lengths_to_try
from dgcli.tasks.seams import fit

PROBE_STEPS = 4  # enough to see which lengths suit a hole
FINALISTS = 2  # lengths that are denoised to the end
SUFFIX_TOKENS = 16  # of the text behind a hole that judge its fill
FILL_WEIGHT = 1.0  # of the fill's own mean log-probability beside theirs


@dataclass(frozen=True, kw_only=True)
class Fill:
    """One filled hole."""

    span: Span
    old: str  # the mark
    text: str
    tokens: int
    score: float  # log p(what follows | before, fill) + FILL_WEIGHT * mean log p(fill), by the causal encoder
    converged: bool


@dataclass(frozen=True, kw_only=True)
class Infilled:
    """The end of an `infill` run."""

    text: str
    fills: tuple[Fill, ...]
    steps_used: int

    @property
    def converged(self) -> bool:
        return all(fill.converged for fill in self.fills)


@dataclass(frozen=True)
class _Candidate:
    ids: tuple[int, ...]
    score: float
    converged: bool


@dataclass(frozen=True)
class _Outcome:
    """What one hole came to, and what it used up."""

    best: _Candidate
    canvases: int
    steps: int


def infill(
    session: Session, document: Document, marker: re.Pattern[str] = MARK
) -> Iterator[CanvasStart | Step | Infilled]:
    """Fill every hole of `document`; the last value is the result.

    Raises:
        InputError: a mark asks for more words than a canvas holds.
        PromiseBrokenError: text outside the holes would have changed.
    """
    engine = session.engine
    fills: list[Fill] = []
    canvases = steps = 0
    for number, span in enumerate(document.spans):
        gap = _gap(document, number, [fill.text for fill in fills])
        layout = lay_out_gap(gap, session.chat, engine.canvas_length, engine.context_length)
        hole = _Hole(session, gap, layout, number + 1, len(document.spans), canvases)
        outcome = yield from hole.settle()
        canvases += outcome.canvases
        steps += outcome.steps
        text = fit(
            session.chat.tokenizer.decode(outcome.best.ids),
            gap.left,
            document.text[span.end :],
            inline=gap.inline,
            newline=document.newline,
            marker=marker,
        )
        fills.append(
            Fill(
                span=span,
                old=document.text[span.start : span.end],
                text=text,
                tokens=len(outcome.best.ids),
                score=outcome.best.score,
                converged=outcome.best.converged,
            )
        )
    text = splice(document, [fill.text for fill in fills])
    yield Infilled(text=text, fills=tuple(fills), steps_used=steps)


@dataclass(frozen=True)
class _Hole:
    """One hole on its way: probe several lengths briefly, denoise the best to the end, keep the best of those."""

    session: Session
    gap: Gap
    layout: GapLayout
    number: int
    holes: int
    first_canvas: int

    def settle(self) -> Generator[CanvasStart | Step, None, _Outcome]:
        engine, tokenizer, settings = self.session.engine, self.session.chat.tokenizer, self.session.settings
        cache = engine.encode(self.layout.prompt)
        judge = engine.encode(self.layout.near_left, cache) if self.layout.near_left else cache
        forbidden = self._forbidden()
        predict = Restricted.without(engine.predictor(cache), forbidden, engine.vocab_size)
        lengths = lengths_to_try(self.gap, self.layout, tokenizer)
        canvases = steps = 0
        if len(lengths) > FINALISTS:
            brief = replace(settings, max_steps=min(PROBE_STEPS, settings.max_steps))
            probes, steps = yield from self._denoise(
                lengths, self.first_canvas, role="probe", settings=brief, predict=predict, judge=judge
            )
            canvases = len(lengths)
            ranked = sorted(range(len(lengths)), key=lambda row: -probes[row].score)
            lengths = tuple(sorted(lengths[row] for row in ranked[:FINALISTS]))
        finalists, more = yield from self._denoise(
            lengths, self.first_canvas + canvases, role="candidate", settings=settings, predict=predict, judge=judge
        )
        best = max(finalists, key=lambda candidate: candidate.score)
        return _Outcome(best=best, canvases=canvases + len(lengths), steps=steps + more)

    def _denoise(
        self,
        lengths: Sequence[int],
        first_canvas: int,
        *,
        role: str,
        settings: DenoiseSettings,
        predict: Predict,
        judge: Cache,
    ) -> Generator[CanvasStart | Step, None, tuple[tuple[_Candidate, ...], int]]:
        """Denoise a hole of each length as one batch: the candidates in order, and the steps that the batch took."""
        width = max(self.layout.width(length) for length in lengths)
        canvases: dict[int, Canvas] = {}
        for index, length in enumerate(lengths, first_canvas):
            canvases[index] = self.layout.canvas(length, width)
            yield CanvasStart(
                canvas=index,
                role=role,
                prompt=self.layout.prompt,
                width=width,
                hole=self.number,
                holes=self.holes,
                forbidden=tuple(sorted(self._forbidden())),
            )
        last: dict[int, Step] = {}
        for steps in denoise_rows(predict, canvases, settings, self.session.draws):
            for step in steps:
                last[step.canvas] = step
                yield step
        ids = [last[index].fill for index in canvases]
        candidates = tuple(
            _Candidate(fill, score, last[index].settled)
            for index, fill, score in zip(canvases, ids, self._score(ids, judge), strict=True)
        )
        return candidates, max(step.step for step in last.values())

    def _forbidden(self) -> frozenset[int]:
        """What a fill may not hold: control tokens, and where text stands on the hole's line, the end of the line."""
        tokenizer = self.session.chat.tokenizer
        return tokenizer.control | (tokenizer.line_breaking if self.gap.inline else frozenset())

    def _score(self, fills: Sequence[tuple[int, ...]], judge: Cache) -> list[float]:
        suffix = self.layout.right[:SUFFIX_TOKENS]
        rows = self.session.engine.score([(*fill, *suffix) for fill in fills], judge)
        return [
            sum(row[len(fill) : len(fill) + len(suffix)]) + FILL_WEIGHT * sum(row[: len(fill)]) / len(fill)
            for fill, row in zip(fills, rows, strict=True)
        ]


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
    return Gap(left=_plain(left).lstrip("\ufeff"), right=_plain(right), hint=span.hint, words=span.words)


def _plain(text: str) -> str:
    """Text with newlines as the model knows them."""
    return re.sub(r"\r\n|\r", "\n", text)
