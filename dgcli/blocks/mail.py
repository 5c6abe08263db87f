"""Prose of plain text: letters with quoted lines, wrapped by hand, with lists and tables drawn with blanks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dgcli.blocks.layout import Prose, Row, laid_out
from dgcli.blocks.lines import has_words, split_lines

_START = re.compile(
    r"(?P<quotes>(?:[ ]?>)*)(?P<blanks>[ \t]*)(?:(?P<marker>[-*+•·–]|\(?(?:\d{1,3}|[A-Za-z])[.)])(?P<gap>[ \t]+))?"
    r"(?P<words>.*)",
    re.DOTALL,
)
_HEADER = re.compile(
    r"(?:From|To|Cc|Bcc|Subject|Date|Sent|Reply-To|Message-ID|In-Reply-To|References|Received|Return-Path|Delivered-To"
    r"|MIME-Version|Content-[A-Za-z-]+|X-[A-Za-z-]+|User-Agent|List-[A-Za-z-]+|DKIM-Signature):(?:[ \t]|$)|From \S+@",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(r"\b(?:wrote|writes|schrieb|escribió|a écrit) ?:$")
_COLUMNS = re.compile(r"\S(?:[ ]{3,}|[ ]*\t[ \t]*)\S|[^\s.!?:;\"'”’)][ ]{2}\S|\|")
_SIGN_OFF = re.compile(
    r"(?:with |many |my )?(?:(?:best|kind|kindest|warm|warmest) )?(?:regards|wishes)|yours(?: \w+)?"
    r"|sincerely(?: yours)?|cheers|best|love|all the best|take care|cordially|respectfully"
    r"|(?:many )?(?:thanks|thank you)(?: again| a lot| so much| very much| in advance)?",
    re.IGNORECASE,
)
_DEEP = 4  # columns of indentation that no paragraph has
_NARROWEST, _WIDEST = 45, 110  # columns of a paragraph that is wrapped by hand
_LONE = 78  # of a line by itself, as most programs wrap letters
_RAGGED = 0.8  # of the width: a line that would hold the next word within it ends on purpose


@dataclass(frozen=True)
class _Line:
    source: str
    quotes: str
    blanks: str
    marker: str  # with the blanks behind it
    words: str
    after: str

    @property
    def indentation(self) -> int:
        return len(self.blanks.expandtabs(8))

    @property
    def row(self) -> Row:
        return Row(self.quotes + self.blanks + self.marker, self.words, self.after)


def pieces(text: str, width: int = 0) -> Iterator[str | Prose]:
    """The pieces of a plain text, whose other paragraphs are wrapped to `width` columns (0: unknown)."""
    for group in _groups(text):
        if _passes(group):
            yield "".join(line.source for line in group)
        else:
            signed = False
            for rows in _paragraphs(group):
                yield (
                    "".join(row.source for row in rows)
                    if signed
                    else laid_out(rows, markdown=False, width=width or _LONE)
                )
                signed = signed or bool(_SIGN_OFF.fullmatch(rows[0].words.rstrip(",.!")))


def skeleton(text: str) -> tuple[tuple[str, ...], ...]:
    """What a plain text has beside its words: lines that pass through, and what stands before and behind others."""
    return tuple(
        ("".join(line.source for line in group),) if _passes(group) else (group[0].row.before, group[-1].after)
        for group in _groups(text)
    )


def _groups(text: str) -> Iterator[list[_Line]]:
    """Lines that belong together: of one quotation, one list item, one indentation."""
    group: list[_Line] = []
    for line in map(_read, split_lines(text)):
        if group and not _goes_on(group, line):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _read(source: str) -> _Line:
    line = source.rstrip(" \t\r\n")
    match = _START.fullmatch(line)
    assert match is not None
    marker = (match["marker"] or "") + (match["gap"] or "")
    return _Line(source, match["quotes"], match["blanks"], marker, match["words"], source[len(line) :])


def _goes_on(group: Sequence[_Line], line: _Line) -> bool:
    first, last = group[0], group[-1]
    if line.quotes != first.quotes or line.marker or bool(line.words) != bool(first.words):
        return False
    if _HEADER.match(first.words):
        return bool(_HEADER.match(line.words) or line.blanks)
    if _HEADER.match(line.words) or _looks_drawn(line) != _looks_drawn(first):
        return False
    if len(group) > 1:
        return line.indentation == last.indentation
    if first.marker:
        return first.indentation < line.indentation <= first.indentation + len(first.marker) + 1
    return line.indentation <= first.indentation


def _looks_drawn(line: _Line) -> bool:
    """Whether the line has columns, or no words at all: a rule, a row of a table."""
    return bool(_COLUMNS.search(line.words)) or not has_words(line.words, 1)


def _passes(group: Sequence[_Line]) -> bool:
    """Whether a group is no paragraph: a header, a table, code, the line that names who wrote what is quoted."""
    first, last = group[0], group[-1]
    if not first.words or _HEADER.match(first.words) or _ATTRIBUTION.search(last.words):
        return True
    if sum(map(_looks_drawn, group)) > 1 or all(map(_looks_drawn, group)):
        return True
    return last.indentation >= _DEEP and not any(line.marker for line in group)


def _paragraphs(group: Sequence[_Line]) -> Iterator[list[Row]]:
    """The lines of a group up to each that ends on purpose."""
    rows = [line.row for line in group]
    width = max(row.width for row in rows)
    paragraph: list[Row] = []
    for row in rows:
        if paragraph and _ends_on_purpose(paragraph[-1], row, width, item=bool(group[0].marker)):
            yield paragraph
            paragraph = []
        paragraph.append(row)
    yield paragraph


def _ends_on_purpose(row: Row, after: Row, width: int, *, item: bool) -> bool:
    """Whether the end of a line is more than the place where there was no room for the next word."""
    if width > _WIDEST or _SIGN_OFF.fullmatch(after.words.rstrip(",.!")) or not row.fills(after, _RAGGED * width):
        return True
    return width < _NARROWEST and not item and not after.words[0].islower()
