"""One hole: a few lengths are denoised as one batch, and the causal encoder judges what comes of them."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log
from statistics import fmean

from dgcli.events import Canvas, CanvasStart, Step
from dgcli.tasks.batch import denoise_batch
from dgcli.tasks.engine import Cache, Session
from dgcli.tasks.infill.continuations import MOST, continuations
from dgcli.tasks.infill.layout import Gap, GapLayout, text_begin
from dgcli.tasks.infill.length import Lengths, lengths_to_try
from dgcli.text.kept import said_again, stutters
from dgcli.text.seams import closes_up, left_text
from dgcli.text.syntax.laws import NEVER

BEFORE, AHEAD = 512, 12  # tokens of the text around a hole that judge its fill
LEADS_UP = 6.0  # what the mean of the tokens behind counts for, the fill's own being 1: a fill has to arrive there
SAID = 2  # words of a hint, at least, that a fill does not say as they stand
LONGER = 4  # tokens that a fill of the encoder may have more than the longest hole that is denoised
EMPTY_MARGIN = 0.25  # nats a token by which they must be likelier without any fill, for there to be none
EMPTY_KNOWN = 0.5  # of a uniform guess's nats: what they may take then
_NEAR = 80  # characters of the text around a fill that it may repeat
_GOES_ON = re.compile(r"[ \t]*[,;:a-z]")  # a sentence, behind a hole
_SENTENCE_END = re.compile(r"(?<=\w\w)[.!?…][\"')\]”’»]*(?=\s|$)")
_CLOSING = tuple(",.;:!?)")  # no fill begins with one where a space stands before the hole, as that stays
_CHARACTERS_PER_TOKEN = 8  # more than any text has: a bound on what has to be tokenised


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A fill and what the causal encoder thinks of it, in nats a token."""

    ids: tuple[int, ...]  # without padding
    ahead: float  # mean log-probability of the text behind it
    own: float  # mean log-probability of its own tokens
    score: float  # of both together, less what its length is unlikely for
    clumsy: bool = False  # it says something again that stands in it or beside it, or ends a sentence that goes on
    converged: bool = True
    canvas: int | None = None  # None: nothing was denoised for it; the encoder wrote it, or it is empty


@dataclass(frozen=True)
class Outcome:
    """What one hole came to, and what it used up."""

    ranked: tuple[Candidate, ...]  # different fills, the best first; at least one
    canvases: int
    steps: int


def repeats(words: str, hint: str) -> bool:
    """Whether a text has a hint's own words in a row. A single word may be what is asked for."""
    said, asked = (re.findall(r"\w+", text.casefold()) for text in (words, hint))
    return len(asked) >= SAID and any(said[at : at + len(asked)] == asked for at in range(len(said)))


@dataclass(frozen=True)
class Hole:
    """One hole on its way: denoise several lengths, judge them, keep the best."""

    session: Session
    gap: Gap
    layout: GapLayout
    number: int
    holes: int
    first_canvas: int
    never: str = ""  # characters that no fill may have where it lands
    old: tuple[int, ...] | None = None  # what the hole starts from, and as long as this; None: from noise alone

    def settle(
        self, wanted: int = 1, lengths: tuple[int, ...] | None = None
    ) -> Generator[CanvasStart | Step, None, Outcome]:
        """Rank the candidates for this hole, `wanted` different ones if as many rounds of noise give them.

        `lengths` in tokens are tried in place of those that the document suggests.
        """
        padded = self.padded
        if self.old is not None:
            lengths = (len(self.old),)
        if lengths is None:
            few = self.session.holes.continuations > 0
            suggested = lengths_to_try(self.gap, self.layout, self.session.chat.tokenizer, padded=padded, few=few)
            lengths = suggested.tried * self.session.holes.draws
        else:
            suggested = Lengths(lengths)
        found: dict[tuple[int, ...], Candidate] = {}
        canvases = steps = 0
        for _ in range(wanted + padded):  # a round may come to nothing but padding; the next is without
            candidates, more = yield from self.denoise(lengths, self.first_canvas + canvases, padded=padded)
            written = self.write(self.first_canvas + canvases, lengths)
            canvases += len(lengths)
            steps += more
            for one in (*candidates, *written):
                if one.ids and one.ids not in found:
                    found[one.ids] = replace(one, score=one.score - suggested.unlikely(len(one.ids)))
            if len(found) >= wanted:
                break
            padded = padded and bool(found)
        best_first = sorted(found.values(), key=lambda candidate: (candidate.clumsy, -candidate.score))
        return Outcome(ranked=(*self._nothing(best_first[0]), *best_first), canvases=canvases, steps=steps)

    def denoise(
        self, lengths: Sequence[int], first_canvas: int, *, padded: bool
    ) -> Generator[CanvasStart | Step, None, tuple[tuple[Candidate, ...], int]]:
        """Denoise a hole of each length as one batch: the candidates in order, and the steps that the batch took."""
        pad = self.session.pad_id
        width = max(self.layout.width(length) for length in lengths)
        canvases = {index: self._canvas(length, width) for index, length in enumerate(lengths, first_canvas)}
        last = yield from denoise_batch(
            self.session,
            self._cache,
            canvases,
            prompt=self.layout.prompt,
            forbidden=self._forbidden - {pad} if padded else self._forbidden,
            hole=self.number,
            holes=self.holes,
        )
        ids = [tuple(token for token in last[index].fill if token != pad) for index in canvases]
        candidates = tuple(
            replace(candidate, canvas=index, converged=last[index].settled)
            for index, candidate in zip(canvases, self.judge(ids), strict=True)
        )
        return candidates, max(step.step for step in last.values())

    def _canvas(self, length: int, width: int) -> Canvas:
        canvas = self.layout.canvas(length, width)
        return canvas if self.old is None else canvas.filled(self.old)

    def write(self, first_canvas: int, lengths: Sequence[int]) -> list[Candidate]:
        """Fills by the encoder alone, not much longer than the longest of `lengths`."""
        if not self.session.holes.continuations:
            return []
        most = min(MOST, max(lengths) + LONGER)
        least = min(lengths) if self.gap.words is not None else 1
        behind = self.layout.right[0]
        forbidden = self._forbidden | {self.session.pad_id}
        fills = continuations(
            self.session, self._before, behind, forbidden=forbidden, first_canvas=first_canvas, least=least, most=most
        )
        return self.judge(fills) if fills else []

    def judge(self, fills: Sequence[tuple[int, ...]]) -> list[Candidate]:
        """The fills as candidates; an empty one is judged by what follows alone."""
        ahead = self.layout.right[:AHEAD]
        rows = self.session.engine.score_rows([(*fill, *ahead) for fill in fills], self._before)
        return [self._judged(fill, row) for fill, row in zip(fills, rows, strict=True)]

    def _judged(self, fill: tuple[int, ...], row: Sequence[float]) -> Candidate:
        """A fill by the log-probabilities of its own tokens and those behind it."""
        own, ahead = fmean(row[: len(fill)] or [0.0]), fmean(row[len(fill) :])
        return Candidate(ids=fill, ahead=ahead, own=own, score=own + LEADS_UP * ahead, clumsy=self._clumsy(fill))

    def _clumsy(self, fill: tuple[int, ...]) -> bool:
        """Whether a fill repeats itself, what is beside it or its hint, or does not fit where it begins or ends."""
        left, right = self.gap.left[-_NEAR:], self.gap.right[:_NEAR]
        words = self.session.chat.tokenizer.decode(fill).strip()
        if repeats(words, self.gap.hint) or (left.endswith(" ") and words.startswith(_CLOSING)):
            return True
        if _GOES_ON.match(right) and _SENTENCE_END.search(words):
            return True
        text = f"{left_text(left)} {words} {right.lstrip()}"
        return bool(stutters(text) - stutters(left) - stutters(right) or said_again(text) - said_again(left, right))

    @property
    def padded(self) -> bool:
        """Whether the model may pad this hole. Where a length is asked for, it was trained to keep it."""
        return self.session.holes.padding and self.gap.words is None

    def _nothing(self, best: Candidate) -> tuple[Candidate, ...]:
        """The empty fill, where it may be one and what follows is far likelier so than after the best.

        An encoder that hardly knows what follows cannot tell that nothing is missing.
        """
        gap = self.gap
        if gap.asks or not closes_up(gap.left, gap.right):
            return ()
        (nothing,) = self.judge([()])
        known = -EMPTY_KNOWN * log(self.session.engine.vocab_size)
        return (nothing,) if nothing.ahead > max(best.ahead + EMPTY_MARGIN, known) else ()

    @cached_property
    def _cache(self) -> Cache:
        """What the denoiser reads: everything before the canvas."""
        return self.session.engine.encode(self.layout.prompt)

    @cached_property
    def _before(self) -> Cache:
        """What the encoder has read before a fill: the text alone, or the prompt if only that says what is wanted.

        The prompt quotes what stands behind the hole, and so hides whether a fill leads up to it.
        """
        engine, layout, chat = self.session.engine, self.layout, self.session.chat
        if self.gap.hint or self.gap.old:
            return engine.encode(layout.near_left, self._cache) if layout.near_left else self._cache
        left = chat.tokenizer.encode(left_text(self.gap.left[-_CHARACTERS_PER_TOKEN * BEFORE :]))[-BEFORE:]
        return engine.encode((text_begin(chat.tokenizer), *left))

    @cached_property
    def _forbidden(self) -> frozenset[int]:
        """What a fill may not hold: control tokens, what means something where it lands, and the end of a line that the
        hole is a part of."""
        tokenizer = self.session.chat.tokenizer
        one_line = self.gap.inline or "\n" in self.never
        return (
            tokenizer.control
            | (tokenizer.line_breaking if one_line else frozenset())
            | tokenizer.holding((*NEVER, *self.never))
        )
