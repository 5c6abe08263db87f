"""Words on lines: wrapped to a width, as many lines as there were, or a sentence on each."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from dgcli.text.scripts import line_breaks
from dgcli.text.sentences import LAST

# What would begin a list, a heading, a quotation, code, HTML or a rule if a line began with it; in a mailbox, a letter.
OPENS_BLOCK = re.compile(
    r"#{1,6}$|[-+*•]$|\d{1,9}[.)]$|>|<[A-Za-z/!?]|`{3,}|~{3,}|[-=_*+:|]+$|:::|\[[^\]]*\]:"
    r"|[=%|~]|!!!|\?\?|//|@@|\\\\|\$\$|<<|\(?(?:\w|[ivx]{2,4}|#)[.)]$|#\w|\[.\]$|\*\[|\w+::|:\w+:|\{|\^|\.\.|[A-Z]>$|-#$|From$"
)
# What is not parted for being longer than a line: brackets, tags, whatever is written in ASCII.
_WHOLE = re.compile(
    r"!?\[[^\[\]]*\](?:\([^()]*\)|\[[^\[\]]*\])?|\([^()]*\)|<[^<>]*>|\{[^{}]*\}|`[^`]*`|\$[^$]*\$|[!-~]+"
)
_LEAST_ROOM = 20  # columns for words, however deep they are indented


def even_lines(units: Sequence[str], count: int) -> list[str]:
    """At most so many lines, none much longer than another."""
    width = bisect_left(
        range(len(" ".join(units))), -count, key=lambda width: -len(wrapped(units, width, width, least=1))
    )
    return wrapped(units, width, width, least=1)


def wrapped(units: Sequence[str], first: int, rest: int, *, least: int = _LEAST_ROOM) -> list[str]:
    """Lines of at most so many columns, where words allow; no line begins with what would open a block."""
    lines: list[str] = []
    line = ""
    for gap, part in (atom for group in _groups(units) for atom in atoms(group)):
        room = max(rest if lines else first, least)
        if line and len(line) + len(gap) + len(part) > room and not OPENS_BLOCK.match(part):
            lines.append(line.rstrip(" "))
            line = part
        else:
            line += gap + part if line else part
    return [*lines, line]


def atoms(word: str) -> Iterator[tuple[str, str]]:
    """What of a word may begin a line, each with what stands before it in a line: in Chinese, every character."""
    inside = {place for match in _WHOLE.finditer(word) for place in range(match.start() + 1, match.end())}
    start, gap = 0, " "
    for place in line_breaks(word):
        if place not in inside:
            yield gap, word[start:place]
            start, gap = place, ""
    yield gap, word[start:]


def sentence_lines(units: Sequence[str]) -> list[str]:
    """A line for each sentence."""
    lines: list[str] = []
    for gap, part in (atom for group in _groups(units) for atom in atoms(group)):
        begins = part[0].isalpha() and not part[0].islower()  # a capital, or a letter of a script that has none
        if lines and not (LAST.search(lines[-1]) and begins):
            lines[-1] += gap + part
        else:
            lines.append(part)
    return lines or [""]


def _groups(units: Sequence[str]) -> list[str]:
    """Words, each with those behind it that cannot begin a line."""
    groups: list[str] = []
    for unit in units:
        if groups and OPENS_BLOCK.match(unit):
            groups[-1] += f" {unit}"
        else:
            groups.append(unit)
    return groups
