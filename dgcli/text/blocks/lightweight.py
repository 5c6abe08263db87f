"""Prose of languages that are mostly words: paragraphs that are plainly so, and nothing else.

None is parsed in full: a line that may be more than words passes through, and so does whatever it opens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from dgcli.text.blocks.dialects import are_metadata
from dgcli.text.blocks.layout import ParagraphLine, Prose, even, laid_out
from dgcli.text.blocks.lines import BLANK, breaks_off

Closes = Callable[[str], bool]  # whether a line ends what was opened

_LINE = re.compile(r"(?P<blanks>[ \t]*)(?P<words>.*?)(?P<after>[ \t\r\n]*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Markup:
    """What a language has beside words."""

    foreign: re.Pattern[str]  # a line that is no prose
    item: re.Pattern[str]  # what stands before the words of a list item
    marks: re.Pattern[str]  # what stands between words
    opening: Callable[[str], Closes | None]  # what ends that which a line opens, if it opens something that goes on
    announces: re.Pattern[str] | None = None  # a line behind which the next paragraph is no prose
    spreads: re.Pattern[str] | None = None  # a line that makes foreign what stands next to it, up to blank lines
    parts: re.Pattern[str] | None = None  # a line that parts paragraphs, as a blank one does
    leads: re.Pattern[str] | None = None  # a line that is no prose, and has words behind what makes it so
    underlined: bool = False  # headings may be, with what elsewhere opens something
    indented: bool = False  # paragraphs may be
    items_go_on: Literal["hanging", "further", "anywhere"] = "hanging"  # how their further lines are indented
    apart: Literal["", "items", "lines"] = ""  # what goes on in no further line


def read(markup: Markup, lines: Iterable[str]) -> Iterator[str | Prose]:
    """The pieces of a text."""
    held: list[str] = []
    closes: Closes | None = None
    announced = False
    for line in lines:
        if closes is not None:
            yield line
            closes = None if closes(line) else closes
        elif not _underlines(markup, held, line) and ((closes := markup.opening(line)) or _parts(markup, line)):
            yield from _block(markup, held, prose=not announced, below=line)
            held, announced = [], False
            yield line
        elif not BLANK.fullmatch(line):
            held.append(line)
        else:
            yield from _block(markup, held, prose=not announced)
            if held:
                announced = bool(markup.announces and markup.announces.match(held[-1]))
            held = []
            yield line
    yield from _block(markup, held, prose=not announced)


def _underlines(markup: Markup, held: Sequence[str], line: str) -> bool:
    """Whether a line makes a heading of the one before."""
    if not (markup.underlined and held) or markup.foreign.match(held[-1]):
        return False
    return abs(len(held[-1].rstrip()) - len(line.rstrip())) <= 1


def _goes_on_in(markup: Markup, paragraph: Sequence[ParagraphLine], below: str) -> bool:
    """Whether the sentence of a paragraph goes on in a line that has words before what it opens."""
    return not _ends(markup, paragraph[0]) and below[:1].islower() and breaks_off(paragraph[-1].words, below)


def _parts(markup: Markup, line: str) -> bool:
    return bool(markup.parts and markup.parts.match(line))


def _block(markup: Markup, lines: Sequence[str], *, prose: bool, below: str = "") -> Iterator[str | Prose]:
    """Lines without a blank one between them, nor between the last and the line `below` that opens something."""
    if not prose or are_metadata(lines) or (markup.spreads and any(map(markup.spreads.match, lines))):
        yield from lines
        return
    rows = [_row(markup, line) for line in lines]
    for number, row in enumerate(rows[1:], 1):
        if rows[number - 1] is None and row is not None and _leads_to(markup, lines[number - 1], row):
            rows[number] = None
    paragraph: list[ParagraphLine] = []
    for line, row in zip(lines, rows, strict=True):
        if paragraph and (row is None or row.before.strip() or _ends(markup, paragraph[0])):
            yield _paragraph(markup, paragraph)
            paragraph = []
        if row is None:
            yield line
        else:
            paragraph.append(row)
    if paragraph and _goes_on_in(markup, paragraph, below):
        yield "".join(row.source for row in paragraph)
    elif paragraph:
        yield _paragraph(markup, paragraph)


def _ends(markup: Markup, row: ParagraphLine) -> bool:
    """Whether a paragraph has no line but its first."""
    return markup.apart == "lines" or (markup.apart == "items" and bool(row.before.strip()))


def _leads_to(markup: Markup, line: str, after: ParagraphLine) -> bool:
    """Whether a line that is no prose breaks off within a sentence, which the next goes on with."""
    words = line.rstrip()
    if markup.leads is None or not markup.leads.match(words):
        return False
    return not after.before.strip() and breaks_off(words, after.words)


def _row(markup: Markup, line: str) -> ParagraphLine | None:
    """A line as one of a paragraph, if it can be."""
    if markup.foreign.match(line):
        return None
    parts = _LINE.fullmatch(line)
    assert parts is not None
    item = markup.item.match(line)
    start = item.end() if item else parts.start("words")
    return ParagraphLine(line[:start], line[start : parts.end("words")], parts["after"])


def _paragraph(markup: Markup, rows: Sequence[ParagraphLine]) -> str | Prose:
    source = "".join(row.source for row in rows)
    first, *others = (_columns(row.before[: len(row.before) - len(row.before.lstrip())]) for row in rows)
    if first and not markup.indented:
        return source
    if not rows[0].before.strip() or (markup.items_go_on == "anywhere" and first in others):
        goes_on = all(each == first for each in others)
    elif markup.items_go_on == "hanging":
        goes_on = all(each == _columns(rows[0].before) for each in others)
    else:
        goes_on = all(each > first for each in others)
    return laid_out(rows, markdown=False, marks=markup.marks) if goes_on and even(rows) else source


def _columns(blanks: str) -> int:
    return len(blanks.expandtabs(8))


def _found_by(pattern: re.Pattern[str]) -> Closes:
    return lambda line: bool(pattern.search(line))


def nested(depth: Callable[[str], int], line: str) -> Closes | None:
    """What ends that which a line opens, where `depth` is how many brackets of some kind a line leaves open."""
    left = depth(line)
    if left <= 0:
        return None

    def closed(later: str) -> bool:
        nonlocal left
        left += depth(later)
        return left <= 0

    return closed


def paired(*pairs: tuple[str, str]) -> Callable[[str], Closes | None]:
    """An `opening` by patterns: of a line that opens something, and of the line that ends it.

    In the second, WHAT stands for what the group `what` of the first has found. What ends on the same line is not open.
    """
    compiled = [(re.compile(opening, re.IGNORECASE), closing) for opening, closing in pairs]

    def opening(line: str) -> Closes | None:
        for pattern, closing in compiled:
            if match := pattern.match(line):
                what = match.groupdict().get("what") or ""
                ending = re.compile(closing.replace("WHAT", re.escape(what)), re.IGNORECASE)
                return None if ending.search(line, match.end()) else _found_by(ending)
        return None

    return opening
