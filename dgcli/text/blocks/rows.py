"""Lines of a plain text: what stands before their words, and which of them belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dgcli.text.blocks.layout import ParagraphLine
from dgcli.text.blocks.lines import LOOKED_AT, SHOWN, STEP, breaks_off, has_words, split_lines
from dgcli.text.blocks.replies import is_sign_off
from dgcli.text.sentences import LAST

_START = re.compile(
    r"(?P<quotes>(?:[ ]?>)*)(?P<blanks>[ \t]*)(?:(?P<marker>[-*+•·–]|\(?(?:\d{1,3}|[A-Za-z])[.)]"
    r"|(?P<clause>\d{1,3}(?:\.\d{1,3}){1,4}[.)]?)"  # `2.1`, below or beside a number
    rf"|{STEP}"
    r"|:[\w+-]+(?:[ ][^:\n]{1,60})?:|\[[ xX✓✔*~-]?\]"  # fields of docstrings, boxes to be ticked
    r"|(?P<note>\[\d{1,3}\])"  # below other notes, or first in its paragraph
    r"|x(?=[ \t]+\d{4}-\d\d-\d\d[ \t]))(?P<gap>[ \t]+)"  # what is done in todo.txt
    r"|(?P<dash>[—―][ \t]*|--[ \t]+)(?=[^\W\d_]|[¿¡«\"“„…(]))?"  # before what somebody says
    r"(?P<words>.*)",
    re.DOTALL,
)
_COLUMNS = re.compile(r"\S(?:[ ]{3,}|[ ]*\t[ \t]*)\S|\d\.[ ]{2}[a-zß-ÿ]|[^\s.!?:;\"'”’)][ ]{2}\S|\|")
_DEFINES = re.compile(r"\A(?:[:~]|\[[^\[\]\d]\])[ \t]+")  # or is a task
# What may hold a bar, or blanks in a row, and is no column: code, links of wikis and of Slack, templates, spoilers.
_VERBATIM = re.compile(
    r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)|!?\[\[[^\[\]]+\]\]|\{\{[^{}]+\}\}|\*\|\w+\|\*"
    r"|<[^\s<>|]+\|[^<>|]+>|\[[^\[\]|]+\|[^\[\]|]+\]|\|\|[^|]+\|\|"
)
TASK = re.compile(r"(?:^|[ \t])(?:[+@]\w\S*|\w+:\d\S*)$")  # as in todo.txt
DEEP = 4  # columns of indentation that no paragraph has
NARROWEST = 45  # columns of a paragraph that is wrapped by hand
_LATER_MARK = re.compile(r"(?![1aA][.)])\w+[.)]")
_HANGS = 8  # columns that the further lines of a paragraph are indented by at most, or its first


@dataclass(frozen=True)
class Line:
    """A line, and what it consists of."""

    source: str
    quotes: str
    blanks: str
    marker: str  # with the blanks behind it
    words: str
    after: str
    passes: bool = False

    @property
    def indentation(self) -> int:
        """In columns."""
        return len(self.blanks.expandtabs(8))

    @property
    def speaks(self) -> bool:
        """Whether a dash stands before it, as before what somebody says: what goes on is not indented."""
        return self.marker.startswith(("—", "―", "--"))

    @property
    def row(self) -> ParagraphLine:
        """It as one of a paragraph."""
        return ParagraphLine(self.quotes + self.blanks + self.marker, self.words, self.after)


def read(text: str) -> list[Line]:
    """The lines of a text."""
    lines: list[Line] = []
    numbered = notes = talks = begins = True  # whether the first line of the paragraph is
    above = last = ""
    for source in split_lines(text):
        line = source.rstrip(" \t\r\n")
        match = _START.fullmatch(line)
        assert match is not None
        first = begins
        numbered = bool(match["marker"]) and match["marker"][0].isdigit() if begins else numbered
        notes = bool(match["note"]) if begins else notes
        talks = bool(match["dash"]) if begins else talks
        begins = not line
        marker = (match["marker"] or "") + (match["gap"] or match["dash"] or "")
        words = match["words"]
        if match["dash"] and not (talks or LAST.search(last)):
            marker, words = "", marker + words  # it goes on with the sentence
        if (match["clause"] and not numbered) or (match["note"] and not notes) or _within_sentence(above, marker):
            marker, words = "", marker + words
        last = line
        above = line if (above or first) and not any(map(str.isalnum, marker)) else ""
        lines.append(Line(source, match["quotes"], match["blanks"], marker, words, source[len(line) :]))
    return lines


def runs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines that belong together: of one quotation, one list item, one indentation."""
    run: list[Line] = []
    for line in lines:
        if run and not _goes_on(run, line):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def is_parted(line: Line, after: Line) -> bool:
    """Whether a line breaks off within a sentence, which the next goes on with."""
    if line.quotes != after.quotes or after.marker or is_sign_off(after.words):
        return False
    return breaks_off(line.words, after.words)


def is_shown_below(line: Line, after: Line) -> bool:
    """Whether a line without an item's mark is followed by one that begins further to the right, as examples do."""
    return not (line.marker or after.marker) and after.indentation >= line.indentation + SHOWN


def _within_sentence(above: str, marker: str) -> bool:
    """Whether what looks like an item's mark, a letter or a number, goes on with the sentence of the line above.

    Nothing is above it where the paragraph has a mark of that kind before; the first is 1 or a.
    """
    return bool(_LATER_MARK.match(marker)) and len(above) >= NARROWEST and above[-1].isalnum()


def _goes_on(group: Sequence[Line], line: Line) -> bool:
    first, last = group[0], group[-1]
    if line.quotes != first.quotes or line.marker or bool(line.words) != bool(first.words):
        return False
    if looks_drawn(line) != looks_drawn(first):
        return False
    if len(group) > 1:
        return line.indentation == last.indentation
    if is_parted(first, line) and first.row.width >= NARROWEST and not TASK.search(first.words):
        return abs(line.indentation - first.indentation) <= _HANGS
    if first.marker and not first.speaks:
        return first.indentation < line.indentation <= first.indentation + max(len(first.marker) + 1, DEEP)
    return line.indentation <= first.indentation


def looks_drawn(line: Line) -> bool:
    """Whether the line has columns, or no words at all: a rule, a row of a table."""
    return bool(_COLUMNS.search(_VERBATIM.sub("x", _DEFINES.sub("", line.words[:LOOKED_AT])))) or not has_words(
        line.words, 1
    )
