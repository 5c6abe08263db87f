"""Where the strings are that a rewrite has to keep verbatim."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from dgcli.text.expressions import compiled
from dgcli.text.kept import markup, quantities, speech, technical

_LINE_END = re.compile(r"[ \t]*[\r\n]+[ \t]*")

Spans = list[tuple[int, int]]  # characters from and to, in order and apart


def kept_spans(text: str, named: Sequence[re.Pattern[str]] = ()) -> Spans:
    """Where the strings that have to be kept are: characters from and to, in order and apart from each other."""
    spans: Spans = []
    for start, end in sorted(match.span() for match in matches(text, named)):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def kept_strings(text: str, named: Sequence[re.Pattern[str]] = ()) -> Counter[str]:
    """Every string of `text` that has to be kept, and how often: what is found by itself, and matches of `named`.

    Line ends in them count as blanks.
    """
    return Counter(on_one_line(match.group()) for match in matches(text, named))


def on_one_line(string: str) -> str:
    """A kept string in which line ends are blanks."""
    return _LINE_END.sub(" ", string)


def matches(text: str, named: Sequence[re.Pattern[str]]) -> Iterator[re.Match[str]]:
    """What has to be kept; a match of the group `capitals` is a word all in capitals."""
    yield from _kept().finditer(text)
    for pattern in named:
        yield from (match for match in pattern.finditer(text) if match.group())


def compile_named(patterns: Sequence[str], option: str = "keep") -> tuple[re.Pattern[str], ...]:
    """The regular expressions of an option: what of a text has to be kept besides.

    Raises:
        UsageError: one of them is none.
    """
    return tuple(compiled(pattern, option) for pattern in patterns)


@lru_cache(maxsize=1)
def _kept() -> re.Pattern[str]:
    """All patterns as one, in this order: what is found by one is not looked into by those behind it."""
    patterns = (
        speech.IN_HTML,
        *markup.PATTERNS,
        *speech.PATTERNS,
        *quantities.LONG,
        *technical.PATTERNS,
        *quantities.NUMBERS,
    )
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.DOTALL)
