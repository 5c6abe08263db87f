"""One hole: a few lengths are denoised as one batch, and the causal encoder judges what comes of them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from dgcli.events import Canvas, CanvasStart, Doing, Event, Step, Trial
from dgcli.tasks.batch import denoise_batch
from dgcli.tasks.engine import JUDGED_AT_ONCE, Cache, Session
from dgcli.tasks.infill.continuations import MOST, continuations
from dgcli.tasks.infill.due import AGAIN, is_filler, may_be_filler, other_lengths
from dgcli.tasks.infill.judge import Candidate, Judge
from dgcli.tasks.infill.layout import Gap, GapLayout, suffix_first
from dgcli.tasks.infill.length import Lengths, lengths_to_try
from dgcli.text.syntax.places import NEVER

REREAD = 128  # tokens before a hole that are read once more behind those that follow it; 512 tell little more
LONGER = 2  # tokens that a fill of the encoder may have more than the longest that the document suggests
LONGER_ASKED = 1  # the same, where a mark says how long


@dataclass(frozen=True)
class Outcome:
    """What one hole came to, and what it used up."""

    ranked: tuple[Candidate, ...]  # different fills, the best first; at least one
    canvases: int
    steps: int
    again: int = 0  # how often it was tried again, as no word came


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
    due: bool = False  # it wants a word

    def settle(self, wanted: int = 1, lengths: tuple[int, ...] | None = None) -> Generator[Event, None, Outcome]:
        """Rank the candidates for this hole, `wanted` different ones if as many rounds of noise give them.

        `lengths` in tokens are tried in place of those that the document suggests. Where a word is due and the best is
        none, other lengths and other noise are tried, a few times.
        """
        padded = self.padded
        if self.old is not None:
            lengths = (len(self.old),)
        if lengths is None:
            few, tokenizer = self.session.holes.few, self.session.chat.tokenizer
            suggested = lengths_to_try(self.gap, self.layout, tokenizer, padded=padded, few=few)
            others = self.session.holes.continuations > 0  # the encoder's fills have other lengths
            lengths = ((suggested.middle,) if others else suggested.tried) * self.session.holes.draws
        else:
            suggested = Lengths(lengths)
        found: dict[tuple[int, ...], Candidate] = {}
        canvases = steps = again = 0
        rounds = wanted + padded  # a round may come to nothing but padding; the next is without
        while True:
            candidates, more = yield from self.denoise(lengths, self.first_canvas + canvases, padded=padded)
            longest = max(lengths) if self.gap.words is not None else max(*suggested.tried, *lengths)
            written = yield from self.write(self.first_canvas + canvases, min(lengths), longest)
            canvases += len(lengths)
            steps += more
            for one in (*candidates, *written):
                if one.ids and one.ids not in found:
                    found[one.ids] = one.scored(suggested)
            padded = padded and bool(found)
            rounds -= 1
            if rounds > 0 and len(found) < wanted:
                continue
            ranked = self._ranked(found.values())
            if not self.due or again == AGAIN or not may_be_filler(self._words(ranked[0]), self.gap):
                return Outcome(ranked=ranked, canvases=canvases, steps=steps, again=again)
            again += 1
            if self.old is None:
                lengths = other_lengths(lengths, self.layout.longest_hole)

    def _ranked(self, found: Iterable[Candidate]) -> tuple[Candidate, ...]:
        """The candidates, the best first. Nothing comes before them where it is better, and filler behind them."""
        best_first = sorted(
            found,
            key=lambda each: (self.due and is_filler(self._words(each), self.gap), each.clumsy, -each.score),
        )
        return (*self.judge.nothing(best_first[0]), *best_first)

    def _words(self, candidate: Candidate) -> str:
        return self.session.chat.tokenizer.decode(candidate.ids)

    def denoise(
        self, lengths: Sequence[int], first_canvas: int, *, padded: bool
    ) -> Generator[CanvasStart | Step, None, tuple[tuple[Candidate, ...], int]]:
        """Denoise a hole of each length as one batch: the candidates in order, and the steps that the batch took."""
        pad = self.session.pad_id
        width = max(self.layout.width(length) for length in lengths)
        canvases = {index: self._canvas(length, width) for index, length in enumerate(lengths, first_canvas)}
        last = yield from denoise_batch(
            self.session,
            self.judge.prompt,
            canvases,
            prompt=self.layout.prompt,
            forbidden=self._forbidden - {pad} if padded else self._forbidden,
            hole=self.number,
            holes=self.holes,
        )
        ids = [tuple(token for token in last[index].fill if token != pad) for index in canvases]
        candidates = tuple(
            replace(candidate, canvas=index, converged=last[index].settled)
            for index, candidate in zip(canvases, self.judge.judged(ids), strict=True)
        )
        return candidates, max(step.step for step in last.values())

    def _canvas(self, length: int, width: int) -> Canvas:
        canvas = self.layout.canvas(length, width)
        return canvas if self.old is None else canvas.filled(self.old)

    def write(self, first_canvas: int, shortest: int, longest: int) -> Generator[Trial, None, list[Candidate]]:
        """Fills by the encoder alone, of few tokens more than `longest`; of `shortest`, where a length is asked for."""
        if not self.session.holes.continuations:
            return []
        most = min(MOST, longest + (LONGER if self.gap.words is None else LONGER_ASKED))
        forbidden = self._forbidden | {self.session.pad_id}
        written: dict[tuple[int, ...], None] = {}
        for before, texts in self._readings:
            found = yield from continuations(
                self.session,
                before,
                self.layout.right[0],
                self.gap.right,
                texts=texts,
                forbidden=forbidden,
                not_first=self._joining,
                first_canvas=first_canvas,
                least=shortest if self.gap.words is not None else 1,
                most=most,
            )
            written |= dict.fromkeys(found)
        fills = tuple(written)
        judged: list[Candidate] = []
        for start in range(0, len(fills), JUDGED_AT_ONCE):
            text = self.session.chat.tokenizer.decode(fills[start])
            yield Trial(text=text, doing=Doing.JUDGING, which=start + 1, count=len(fills))
            judged += self.judge.judged(fills[start : start + JUDGED_AT_ONCE])
        return judged

    @property
    def padded(self) -> bool:
        """Whether the model may pad this hole. Where a length is asked for, it was trained to keep it."""
        return self.session.holes.padding and self.gap.words is None

    @cached_property
    def _readings(self) -> tuple[tuple[Cache, range], ...]:
        """What the encoder has read before it writes, and which of its texts it writes after that.

        All of them after what precedes the hole, or half, where the checkpoint says that it reads what follows as well.
        """
        session, texts = self.session, range(self.session.holes.continuations)
        both = suffix_first(self.gap, self.layout, session.chat.tokenizer, session.holes.suffix, REREAD)
        if not both or len(texts) < 2:
            return ((self.judge.before, texts),)
        half = len(texts) // 2
        return ((self.judge.before, texts[:-half]), (session.engine.encode(both), texts[-half:]))

    @cached_property
    def judge(self) -> Judge:
        return Judge(self.session, self.gap, self.layout)

    @cached_property
    def _joining(self) -> frozenset[int]:
        """What no fill begins with: ids that go on with the word before the hole, from which a blank parts it."""
        openings = self.judge.openings
        return frozenset(range(self.session.engine.vocab_size)) - openings if openings else frozenset()

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
