"""A passage: some sentences that are rewritten together, in words that may change and what is held between them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from dgcli.tasks.restyle.manner import Manner
from dgcli.text import sentences
from dgcli.text.kept import Facts, doubts
from dgcli.text.scripts import SPACELESS, may_break, may_part

_RUN = re.compile(r"(\s*)(\S+)")
_MARKUP = re.compile(r"(?:\\.|[\\`*_\[\]<>~|#])+")  # may mean something else than itself
# What people stress a word with where no parser reads it.
_STRESSED = re.compile(
    r"(?<![\w*_~])(?P<mark>[*_]{1,3}|~~?)(?=[^\s*_~])[^*_~\n]{0,300}(?<=[^\s*_~])(?P=mark)(?![\w*_~])"
)
_CLOSING = ".,;:!?)]}”’»›…%"
_BLANK = re.compile(r"\s+")
_WORD = re.compile(r"[^\W_]")
_IN_BLANKS = re.compile(rf"[^\W_{SPACELESS}]")  # a letter or digit of a script whose words stand between blanks

Spans = Sequence[tuple[int, int]]  # characters from and to, in order and apart


@dataclass(frozen=True)
class Unit:
    """A word with its punctuation, or something that is held."""

    lead: str  # the blanks before it
    text: str
    held: bool

    @property
    def whole(self) -> str:
        return self.lead + self.text


@dataclass(frozen=True, kw_only=True)
class Passage:
    """Some sentences of a paragraph, on one line."""

    text: str
    units: tuple[Unit, ...]  # together they are the text
    facts: Facts  # what a rewriting has to say, too
    manner: Manner
    hole: int = 1  # which block of the document it belongs to, counted from 1
    holes: int = 1

    @classmethod
    def of(
        cls,
        text: str,
        manner: Manner,
        *,
        kept: Spans = (),
        named: Sequence[re.Pattern[str]] = (),
        markup: bool = True,
        hole: int = 1,
        holes: int = 1,
    ) -> Passage:
        """A passage in which the spans `kept` have to be kept, and so does what `named` matches."""
        units, facts = units_of(text, kept, markup=markup), Facts.of(text, named)
        return cls(text=text, units=units, facts=facts, manner=manner, hole=hole, holes=holes)

    def faults(self, text: str) -> tuple[str, ...]:
        """What speaks against a text in the passage's place."""
        gone = self.facts.changed_in(text)
        return (*(f"{string!r} would not be kept" for string in gone[:1]), *doubts(self.text, text))


def units_of(text: str, kept: Spans = (), *, markup: bool = True) -> tuple[Unit, ...]:
    """The units of a passage; together they are the passage.

    Held are the strings that have to be kept and the letters and digits right at them (not those of scripts without
    blanks), characters of Markdown (with `markup`, else those that stress words), and punctuation that stands between
    nothing else.
    """
    held = _held(text, kept, markup)
    units: list[Unit] = []
    for run in _RUN.finditer(text):
        lead, start = run[1], run.start(2)
        pieces = [
            (is_held, [position for position, _ in group])
            for is_held, group in groupby(((p, held[p]) for p in range(start, run.end())), key=lambda each: each[1])
        ]
        for is_held, places in pieces:
            piece = text[places[0] : places[-1] + 1]
            units.append(Unit(lead, piece, is_held or (len(pieces) > 1 and not _WORD.search(piece))))
            lead = ""
    return tuple(units)


def joined(units: Sequence[Unit]) -> str:
    """Their text."""
    return "".join(unit.whole for unit in units)


def fitted(fill: str, lead: str, left: str) -> str:
    """A fill as it stands behind `left`, where `lead` was before the words that it replaces."""
    words = " ".join(fill.split())
    if not words or not left or (words[0] in _CLOSING and not fill[0].isspace()):
        return words
    return lead + words


def stretches(count: int, chosen: frozenset[int]) -> Iterator[tuple[bool, slice]]:
    """The places 0 … `count` - 1 in stretches that are chosen or not, in turn."""
    for is_chosen, group in groupby(range(count), key=chosen.__contains__):
        places = list(group)
        yield is_chosen, slice(places[0], places[-1] + 1)


def passages(text: str, kept: Spans, length: Callable[[str], int], most: int) -> Iterator[str]:
    """The text in passages of whole sentences, each of at most `most` by `length` (tokens, where that counts them).

    A sentence that is longer is cut at its blanks, what is longer still behind a comma, and what has none anywhere
    between two letters. Together they are the text. Nothing is parted within what has to be kept, so that a passage
    with a long kept string may be longer.
    """
    ends = [_ends(text, pattern, kept) for pattern in (sentences.PARTS, _BLANK, sentences.CLAUSES)]

    def parts(start: int, end: int, ways: Sequence[Sequence[int]]) -> Iterator[str]:
        if length(text[start:end]) <= most:
            yield text[start:end]
        elif ways:
            for a, b in pairwise((start, *_within(ways[0], start, end), end)):
                yield from parts(a, b, ways[1:])
        elif middle := _middle(text, start, end, kept):
            yield from parts(start, middle, ())
            yield from parts(middle, end, ())
        else:
            yield text[start:end]

    passage = ""
    for a, b in pairwise((0, *ends[0], len(text))):
        for part in parts(a, b, ends[1:]):
            if passage and length(passage + part) > most:
                yield passage
                passage = ""
            passage += part
    if passage:
        yield passage


def _ends(text: str, pattern: re.Pattern[str], kept: Spans) -> list[int]:
    """Where the matches end that do not end within what has to be kept, or with the text."""
    ends = [match.end() for match in pattern.finditer(text)]
    return [end for end in ends if 0 < end < len(text) and not _inside(end, kept) and may_part(text, end)]


def _within(ends: Sequence[int], start: int, end: int) -> Sequence[int]:
    return ends[bisect_right(ends, start) : bisect_left(ends, end)]


def _inside(place: int, kept: Spans) -> bool:
    """Whether a place is within what has to be kept, and not at its ends."""
    index = bisect_left(kept, (place, 0)) - 1  # the last that begins before it
    return index >= 0 and place < kept[index][1]


def _middle(text: str, start: int, end: int, kept: Spans) -> int | None:
    """The place nearest to the middle where a text may be cut."""
    middle = (start + end) // 2
    places = [place for away in range((end - start) // 2 + 1) for place in (middle - away, middle + away)]
    places = [place for place in places if start < place < end and not _inside(place, kept)]
    for may in (may_break, may_part):
        if place := next((place for place in places if may(text, place)), None):
            return place
    return None


def _stress(text: str) -> Iterator[tuple[int, int]]:
    """Where the marks around stressed words are in a plain text."""
    for match in _STRESSED.finditer(text):
        wide = len(match["mark"])
        yield match.start(), match.start() + wide
        yield match.end() - wide, match.end()


def _held(text: str, kept: Spans, markup: bool) -> list[bool]:
    held = [False] * len(text)
    for start, end in kept:
        first, last = start, end
        while first > 0 and _IN_BLANKS.match(text[start]) and _IN_BLANKS.match(text[first - 1]):
            first -= 1
        while last < len(text) and _IN_BLANKS.match(text[end - 1]) and _IN_BLANKS.match(text[last]):
            last += 1
        held[first:last] = [True] * (last - first)
    marks = (match.span() for match in _MARKUP.finditer(text)) if markup else _stress(text)
    for start, end in marks:
        held[start:end] = [True] * (end - start)
    return held
