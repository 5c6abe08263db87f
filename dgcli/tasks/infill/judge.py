"""What the causal encoder thinks of the fills of a hole, and what else tells that one is bad."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log
from statistics import fmean

from dgcli.tasks.engine import Cache, Session
from dgcli.tasks.infill.layout import CHARACTERS_PER_TOKEN, Gap, GapLayout, text_begin
from dgcli.tasks.infill.length import Lengths, begins_anew, is_whole
from dgcli.text.chatter import without_chatter, written_there
from dgcli.text.echoes import echoes
from dgcli.text.kept import said_again, stutters
from dgcli.text.seams import closes_up, left_text, takes_blank

BEFORE, AHEAD = 512, 12  # tokens of the text around a hole that judge its fill
LEADS_UP = 6.0  # what the mean of the tokens behind counts for, the fill's own being 1: a fill has to arrive there
SAID = 2  # words of a hint, at least, that a fill does not say as they stand
EMPTY_MARGIN = 0.25  # nats a token by which they must be likelier without any fill, for there to be none
EMPTY_KNOWN = 0.5  # of a uniform guess's nats: what they may take then
SAID_TWICE = 0.25  # of runs of three words that stand there already, for each word of a sentence: some come by chance
_LONG = 10  # words of a fill that may be one
_NEAR = 80  # characters of the text around a fill that it may repeat
_FAR = 2000  # and of which it may not say many words in a row
_GOES_ON = re.compile(r"[ \t]*[,;:a-z]")  # a sentence, behind a hole
_SENTENCE_END = re.compile(r"(?<=\w\w)[.!?…][\"')\]”’»]*(?=\s|$)")
_NUMBER = re.compile(r"(?:\d{1,3}[.)]\s*)+")  # of the entries of a list, and nothing else
_CLOSING = tuple(",.;:!?)")  # no fill begins with one where a space stands before the hole, as that stays


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A fill and what the causal encoder thinks of it, in nats a token."""

    ids: tuple[int, ...]  # without padding
    ahead: float  # mean log-probability of the text behind it
    own: float  # mean log-probability of its own tokens
    score: float  # of both together, and of its length
    clumsy: bool = False  # it says something again, or begins or ends where it should not
    converged: bool = True
    canvas: int | None = None  # None: nothing was denoised for it; the encoder wrote it, or it is empty

    def scored(self, lengths: Lengths) -> Candidate:
        """The same, with the score that its length has among those that the document suggests."""
        return replace(self, score=lengths.counted(self.own, len(self.ids)) + LEADS_UP * self.ahead)


def repeats(words: str, hint: str) -> bool:
    """Whether a text has a hint's own words in a row. A single word may be what is asked for."""
    said, asked = (re.findall(r"\w+", text.casefold()) for text in (words, hint))
    return len(asked) >= SAID and any(said[at : at + len(asked)] == asked for at in range(len(said)))


@dataclass(frozen=True)
class Judge:
    """The causal encoder before the fills of one hole."""

    session: Session
    gap: Gap
    layout: GapLayout

    def judged(self, fills: Sequence[tuple[int, ...]]) -> list[Candidate]:
        """The fills as candidates; an empty one is judged by what follows alone."""
        ahead = self.layout.right[:AHEAD]
        rows = self.session.engine.score_rows([(*fill, *ahead) for fill in fills], self.before)
        return [self._candidate(fill, row) for fill, row in zip(fills, rows, strict=True)]

    def nothing(self, best: Candidate) -> tuple[Candidate, ...]:
        """The empty fill, where it may be one and what follows is far likelier so than after the best.

        An encoder that hardly knows what follows cannot tell that nothing is missing.
        """
        gap = self.gap
        if gap.asks or not closes_up(gap.left, gap.right):
            return ()
        (nothing,) = self.judged([()])
        known = -EMPTY_KNOWN * log(self.session.engine.vocab_size)
        return (nothing,) if nothing.ahead > max(best.ahead + EMPTY_MARGIN, known) else ()

    @cached_property
    def prompt(self) -> Cache:
        """What the denoiser reads: everything before the canvas."""
        return self.session.engine.encode(self.layout.prompt)

    @cached_property
    def before(self) -> Cache:
        """What the encoder has read before a fill: the text alone, or the prompt if only that says what is wanted.

        The prompt quotes what stands behind the hole, and so hides whether a fill leads up to it.
        """
        engine, layout, chat = self.session.engine, self.layout, self.session.chat
        if self.gap.hint or self.gap.old:
            return engine.encode(layout.near_left, self.prompt) if layout.near_left else self.prompt
        left = chat.tokenizer.encode(left_text(self.gap.left[-CHARACTERS_PER_TOKEN * BEFORE :]))[-BEFORE:]
        return engine.encode((text_begin(chat.tokenizer), *left))

    def _candidate(self, fill: tuple[int, ...], row: Sequence[float]) -> Candidate:
        """A fill by the log-probabilities of its own tokens and those behind it."""
        own, ahead = fmean(row[: len(fill)] or [0.0]), fmean(row[len(fill) :])
        words = self.session.chat.tokenizer.decode(fill).strip()
        clumsy = self._joins(fill) or is_clumsy(words, self.gap)
        return Candidate(ids=fill, ahead=ahead, own=own, score=own + LEADS_UP * ahead, clumsy=clumsy)

    @cached_property
    def openings(self) -> frozenset[int]:
        """Ids that a fill begins with where a blank parts it from the word before the hole; empty: any may be first."""
        return self.session.chat.tokenizer.spaced if takes_blank(self.gap.left) else frozenset()

    def _joins(self, fill: Sequence[int]) -> bool:
        """Whether a fill goes on with the word before the hole, from which a blank parts it where it lands."""
        return bool(fill and self.openings) and fill[0] not in self.openings


def ends_early(words: str, right: str) -> bool:
    """Whether a fill ends a sentence that goes on behind it."""
    return bool(_GOES_ON.match(right) and _SENTENCE_END.search(words))


def is_clumsy(words: str, gap: Gap) -> bool:
    """Whether a fill repeats itself, what is beside it or its hint, or does not fit where it begins or ends."""
    left, right = gap.left[-_NEAR:], gap.right[:_NEAR]
    if repeats(words, gap.hint) or (left.endswith(" ") and words.startswith(_CLOSING)):
        return True
    if is_whole(gap) and _NUMBER.fullmatch(words):
        return True  # the sentence that it counts is not there
    about = written_there(gap.left, gap.right, gap.hint, gap.old)
    if without_chatter(words, about) != words or echoes(words, gap.left[-_FAR:], gap.right[:_FAR]):
        return True
    ended = [found.end() for found in _SENTENCE_END.finditer(words)]
    if ends_early(words, right) or (ended and begins_anew(right) and ended[-1] < len(words)):
        return True  # or it begins a sentence that it does not end
    text = f"{left_text(left)} {words} {right.lstrip()}"
    again = said_again(text) - said_again(left, right)
    length = len(words.split())
    allowed = SAID_TWICE * length if length >= _LONG or is_whole(gap) else 0
    return bool(stutters(text) - stutters(left) - stutters(right)) or len(again) > allowed
