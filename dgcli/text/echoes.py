"""What a text says again of the text around it, by words in a row; what is shorter is for `doubled`."""

from __future__ import annotations

import re
from collections.abc import Sequence

LONG = 8  # words in a row that are no accident wherever they stand
_AT_A_SEAM = 5  # and where the fill meets the text
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_FAR = 2000  # characters on each side


def without_echoes(fill: str, left: str, right: str) -> str:
    """A fill without what it says again of the end of the text before it, or of the beginning of the text behind it.

    What leads up to that, or on from it, stays; all of it where no other word would.
    """
    words, said = list(_WORD.finditer(fill)), _words(fill)
    start, end = _end_of_first(said, _words(left[-_FAR:])), _begin_of_last(said, _words(right[:_FAR]))
    if start >= end or (not start and end == len(said)):
        return fill
    return fill[words[start - 1].end() if start else 0 : words[end].start() if end < len(said) else len(fill)]


def echoes(text: str, *others: str) -> bool:
    """Whether a text has `LONG` words in a row that another has, too."""
    said = _words(text)
    rows = {tuple(said[at : at + LONG]) for at in range(len(said) - LONG + 1)}
    return bool(rows) and any(
        tuple(other[at : at + LONG]) in rows for other in map(_words, others) for at in range(len(other) - LONG + 1)
    )


def says(text: str, sentence: str) -> bool:
    """Whether a text has all words of a sentence in a row; one of fewer than `LONG` may be a name or a term."""
    said, wanted = _words(text), _words(sentence)
    places = range(len(said) - len(wanted) + 1)
    return len(wanted) >= LONG and any(said[at : at + len(wanted)] == wanted for at in places)


def _end_of_first(said: Sequence[str], before: Sequence[str]) -> int:
    """How many words of a fill end with the last words of the text before it."""
    last = before[-LONG:]
    if len(last) == LONG:
        for at in range(len(said) - LONG, -1, -1):
            if said[at : at + LONG] == last:
                return at + LONG
    counts = range(min(len(said), LONG - 1), _AT_A_SEAM - 1, -1)
    return next((count for count in counts if said[:count] == before[-count:]), 0)


def _begin_of_last(said: Sequence[str], behind: Sequence[str]) -> int:
    """How many words of a fill come before the first words of the text behind it."""
    first = behind[:LONG]
    if len(first) == LONG:
        for at in range(len(said) - LONG + 1):
            if said[at : at + LONG] == first:
                return at
    counts = range(min(len(said), LONG - 1), _AT_A_SEAM - 1, -1)
    return next((len(said) - count for count in counts if said[-count:] == behind[:count]), len(said))


def _words(text: str) -> list[str]:
    return [match.group().casefold() for match in _WORD.finditer(text)]
