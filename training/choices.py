"""Which of four fills belongs in a hole: examples that teach the encoder to judge fills, as `dg infill` has it do.

Next-token loss makes the encoder fluent, but what a small one learns of it is mostly the last few words. Here it reads
a text with its own word, phrase or sentence in it and three times with one from elsewhere, and the right one's score
has to be the best. The score is that of `benchmarks/infill_quality.py`: the log-probability of the tokens behind the
fill, and how much likelier the text before makes the fill itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tokenizers import Tokenizer

from examples import BOS, PAD, Sampler, collect, padded_rows

OPTIONS = 4  # the first is right
AHEAD = 64  # tokens behind the fill that are scored
WEIGHT = 0.15  # of the loss; with 1 the encoder forgets the language within minutes
SCALE = 0.2  # of the sum of nats: its tokens are no independent witnesses
OPENING = {"word": 2, "phrase": 2, "sentence": 0}  # tokens of a fill whose own likelihood is not taken off
LONGEST = 48  # tokens of a fill
_KINDS = {"word": 0.4, "phrase": 0.2, "sentence": 0.4}
_WINDOW = 400  # tokens of a text that are looked at
_SAME_TEXT = 0.25  # share of the other phrases and sentences that stand in the same text
_ENDS = (".", "!", "?")
_CLOSING = ('"', "'", ")")


class Option(NamedTuple):
    """A text in three pieces of tokens, the middle one being right or not."""

    before: np.ndarray
    fill: np.ndarray
    behind: np.ndarray
    opening: int  # tokens of the fill whose own likelihood is not taken off


@dataclass(frozen=True)
class Choices:
    """Texts in groups of `OPTIONS` rows that differ in one stretch, the right one first, padded on the right."""

    rows: np.ndarray  # [B * OPTIONS, P]
    length: np.ndarray  # [B * OPTIONS]
    begin: np.ndarray  # [B * OPTIONS] where the fill begins
    end: np.ndarray  # [B * OPTIONS] and where it ends
    alone: np.ndarray  # [B * OPTIONS, 1 + F] the fill after the begin token
    opening: np.ndarray  # [B * OPTIONS] tokens of the fill whose likelihood there is not taken off

    @property
    def tokens(self) -> int:
        """How many are read, those of the fills alone aside."""
        return int(self.length.sum())


class ChoiceExamples:
    """Makes batches; call it with two generators and a size."""

    def __init__(self, sampler: Sampler, tokenizer: Path):
        self.sampler = sampler
        found = Tokenizer.from_file(str(tokenizer / "tokenizer.json"))
        tokens = [found.id_to_token(number) or "" for number in range(found.get_vocab_size())]
        self.opens = np.array([token[:1] == "▁" and token[1:].isalpha() for token in tokens])
        self.goes_on = np.array([token.isalpha() for token in tokens])
        self.stops = np.array([token in _ENDS for token in tokens])
        self.closes = np.array([token in _CLOSING for token in tokens])

    def __call__(self, shapes: np.random.Generator, rng: np.random.Generator, size: int) -> Choices:
        """Half as many groups; `shapes` draws how much of the text is read."""
        before, ahead = int(shapes.choice([64, 96, 160])), int(shapes.choice([8, 32, AHEAD]))
        groups = collect(max(1, size // 2), lambda: self.group(rng, before, ahead))
        return _arrays([option for group in groups for option in group])

    def group(self, rng: np.random.Generator, before: int, ahead: int) -> list[Option] | None:
        """The same text with different fills, its own first; none where the text does not suit."""
        source, text = self.sampler.draw_from(rng, 48)
        kind = str(rng.choice(list(_KINDS), p=list(_KINDS.values())))
        text = _window(rng, text)
        place = self.stretch(rng, text, kind)
        if place is None or place[0] < 8 or len(text) - place[1] < 4:
            return None
        begin, end = place
        fills, shown = [text[begin:end]], slice(max(0, begin - before), end + ahead)
        for _ in range(8 * OPTIONS):
            other = self.other(rng, source, text, kind, like=fills[0], shown=shown)
            if other is not None and not any(np.array_equal(other, fill) for fill in fills):
                fills.append(other)
            if len(fills) == OPTIONS:
                left, right = text[shown.start : begin], text[end : shown.stop]
                return [Option(left, fill, right, OPENING[kind]) for fill in fills]
        return None

    def other(
        self, rng: np.random.Generator, source: int, text: np.ndarray, kind: str, *, like: np.ndarray, shown: slice
    ) -> np.ndarray | None:
        """Another stretch of the kind: a word from anywhere, else one from the same source or text.

        None of what is shown of the text: that it would be said again is what the encoder is right to expect.
        """
        here = kind != "word" and rng.random() < _SAME_TEXT
        if not here:
            text = self.sampler.draw(rng, 16) if kind == "word" else self.sampler.draw_from(rng, 16, source)[1]
            text = _window(rng, text)
        place = self.stretch(rng, text, kind, words=self.opens[like].sum())
        if place is None or (here and place[0] < shown.stop and shown.start < place[1]):
            return None
        return text[place[0] : place[1]]

    def stretch(
        self, rng: np.random.Generator, text: np.ndarray, kind: str, words: int | None = None
    ) -> tuple[int, int] | None:
        """Where a random word, phrase (of so many words) or sentence of the text begins and ends."""
        opens = np.flatnonzero(self.opens[text])
        if kind == "sentence":
            ends = self.sentence_ends(text)
            spans = [span for span in pairwise(ends) if self.opens[text[span[0]]] and 3 < span[1] - span[0] <= LONGEST]
            return spans[int(rng.integers(len(spans)))] if spans else None
        count = 1 if kind == "word" else words or int(rng.integers(2, 9))
        if len(opens) <= count:
            return None
        first = int(rng.integers(len(opens) - count))
        begin, end = int(opens[first]), int(opens[first + count - 1]) + 1
        while end < len(text) and self.goes_on[text[end]]:
            end += 1
        return (begin, end) if end - begin <= LONGEST else None

    def sentence_ends(self, text: np.ndarray) -> list[int]:
        """Where sentences end: behind their mark and the quotation marks that close with it."""
        ends: list[int] = []
        for place in np.flatnonzero(self.stops[text]):
            end = int(place) + 1
            while end < len(text) and self.closes[text[end]]:
                end += 1
            ends.append(end)
        return ends


def _window(rng: np.random.Generator, text: np.ndarray) -> np.ndarray:
    """So many tokens of a text that is longer."""
    start = int(rng.integers(max(1, len(text) - _WINDOW)))
    return text[start : start + _WINDOW]


def _arrays(options: list[Option]) -> Choices:
    rows, length = padded_rows([np.concatenate([[BOS], each.before, each.fill, each.behind]) for each in options], PAD)
    alone, alone_length = padded_rows([np.concatenate([[BOS], each.fill]) for each in options], PAD)
    begin = np.array([1 + len(each.before) for each in options])
    opening = np.array([each.opening for each in options])
    return Choices(rows, length, begin, begin + alone_length - 1, alone, opening)
