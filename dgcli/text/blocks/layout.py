"""A paragraph: its words, and the way that they are laid out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from dgcli.text.blocks.legal import is_notice
from dgcli.text.blocks.lines import has_words, newline_of
from dgcli.text.blocks.structure import has_loose_marks, same_structure
from dgcli.text.blocks.wrapping import OPENS_BLOCK, atoms, even_lines, sentence_lines, wrapped
from dgcli.text.scripts import blank_between_lines
from dgcli.text.sentences import BETWEEN, LAST

# What may not be parted at its blanks: code, link targets, tags, formulas.
_UNIT = re.compile(
    r"(?:(?<!`)(`+)(?!`)[^\n]*?[^`\n]\1(?!`)|\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)"
    r"|\[\[\?(?:[^\[\]\n]|\[[^\[\]\n]*(?:\[[^\[\]\n]*\][^\[\]\n]*)*\])*\]\]"
    r"|%%[^\n]{0,2000}?%%|\[\[[^\[\]\n]{0,500}\]\]|\{\{(?:(?!\{\{)[^\n]){0,2000}?\}\}|\{(?:[^{}\n]|\{[^{}\n]*\})*\}|\[-?@[^\[\]\n]*\]"
    r"|<%[^\n]{0,2000}?%>"
    r"|[\[(][\w -]+::[^\[\]()\n]*[\])]"
    r"|</?[A-Za-z][^<>\n]*>|\$[^\s$](?:[^$\n]*[^\s$])?\$|[^ \t\r\n])+"
)
_SPECIAL = re.compile(r"[\\`*_\[\]<>&~#|]")
# What is no word of its own: code, images, targets, tags, addresses.
_VERBATIM = re.compile(
    r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)|!\[[^\[\]]*\]\([^)]*\)|\]\([^)]*\)|<[^>]*>|\b\w+://\S+|\b[\w.+-]{1,64}@[\w.-]+"
)
_ONE_WORD = re.compile(r"[!-~]+")  # with hyphens in it, or dots
_ENDS = re.compile(  # no initial, nor what is short for a word
    r"(?:^|[^\w.])(?!(?:Mrs?|Ms|Dr|Prof|St|[JS]r|No|Fig|vs|etc)\.)[\w'’-]{2,}[.!?][)\"'”’]*$|[!?][)\"'”’]*$|[)\"'”’][.!?]$"
)
_WIDE_GAP = re.compile(r"[.!?][)\"'”’]* {2}(?=[^\W\d_a-z])")
_GAP = re.compile(r"\w{4}[.!?][)\"'”’]* (?=[^\W\d_a-z])")
_OVERLONG = 1.15  # times the next line: a line that was not wrapped with the others
_FEWEST_LINES = 3  # whose first letters tell more than chance


@dataclass(frozen=True)
class ParagraphLine:
    """One line of a paragraph."""

    before: str  # indentation, list marker, quotation marks
    words: str
    after: str  # hard break, newline

    @property
    def width(self) -> int:
        return len(self.before) + len(self.words)

    @property
    def source(self) -> str:
        return self.before + self.words + self.after

    def fills(self, after: ParagraphLine, width: float) -> bool:
        """Whether the first word of the line `after` had no room on this one."""
        gap, first = next(atoms(after.words.split(" ")[0]))
        return self.width + len(gap) + len(first) > width


@dataclass(frozen=True, kw_only=True)
class Prose:
    """A paragraph, or a part of one up to a line that ends on purpose."""

    source: str  # as it stands in the text, prefixes and newline included
    text: str  # its words on one line
    first: str  # what stands before the words on the first line: indentation, list marker, quotation marks
    rest: str  # and on further lines
    end: str  # what stands behind the last word: hard break, newline
    newline: str  # between lines
    width: int | None  # columns that its lines are wrapped to; None where it is one line
    sentences: bool = False  # each line is a sentence
    markdown: bool = True  # characters may mean more than themselves
    lead: str = ""  # the end of `first` that a Markdown parser takes for words: a footnote's mark
    part: bool = False  # of a paragraph that has hard breaks
    marks: re.Pattern[str] | None = None  # what a format other than these two has between words: tags, commands
    lines: int | None = None  # how many it has to have, as a subtitle has
    subject: bool = False  # it may be that of a commit

    def rewritten(self, text: str) -> str:
        """The paragraph with other words, laid out as it was; with its own words, its source.

        A word that would mean something else in its place (a number and a dot at the start of a line) is moved away
        from there or escaped. Whether that was enough is for `keeps` to say.
        """
        units = self._units(text)
        if units == self._units(self.text):
            return self.source
        lines = next(filter(self._is_the_same, self._layouts(units)), None) or next(self._layouts(units))
        prefixes = [self.first, *[self.rest] * (len(lines) - 1)]
        return self.newline.join(map("".join, zip(prefixes, lines, strict=True))) + self.end

    def stopped(self, text: str) -> str:
        """Other words without the full stop at their end, where they are for a subject that has none."""
        has_none = self.subject and not LAST.search(self.text)
        return text.removesuffix(".") if has_none and not BETWEEN.search(text) else text

    def keeps(self, text: str) -> bool:
        """Whether `rewritten(text)` has words, and beside them what the paragraph has: emphasis, code, targets."""
        units = self._units(text)
        return units == self._units(self.text) or any(map(self._is_the_same, self._layouts(units)))

    @property
    def _wide(self) -> bool:
        """Whether two blanks stand between its sentences, as typewriters have it."""
        return bool(_WIDE_GAP.search(self.source)) and not _GAP.search(self.source)

    def _units(self, text: str) -> list[str]:
        pattern = _UNIT if self.marks is None else _unit_with(self.marks)
        return [match.group() for match in pattern.finditer(text)]

    def _layouts(self, units: Sequence[str]) -> Iterator[list[str]]:
        """Lines of words, the plainest first: as they are; the first word escaped; everything escaped."""
        yield self._lines(units)
        if self.markdown and units:
            yield self._lines([_escaped_opening(units[0]), *units[1:]])
            yield self._lines([_SPECIAL.sub(r"\\\g<0>", unit) for unit in units])

    def _is_the_same(self, lines: Sequence[str]) -> bool:
        if self.marks is not None:
            right = len(lines) == (self.lines or len(lines)) and all(lines)
            return right and marks_in(self.marks, "\n".join(lines)) == marks_in(self.marks, self.text)
        if not self.markdown:
            first = lines[0].split(" ")[0]
            return bool(first) and (not OPENS_BLOCK.match(first) or first == "From" == self.text.split(" ")[0])
        new = "\n".join(lines)
        if not new or new.count("|") != self.text.count("|") or (self.part and has_loose_marks(new)):
            return False  # what follows could make it a table, or end what begins here
        return same_structure(self.lead + self.text, self.lead + new)

    def _lines(self, units: Sequence[str]) -> list[str]:
        if self.lines is not None:
            return even_lines(units, self.lines)
        if self.sentences:
            return sentence_lines(units)
        if self._wide:
            units = [*(_spaced(unit, after) for unit, after in pairwise(units)), *units[-1:]]
        if self.width is None:
            return [" ".join(units)]
        return wrapped(units, self.width - len(self.first), self.width - len(self.rest))


def even(rows: Sequence[ParagraphLine]) -> bool:
    """Whether the lines of a paragraph after its first begin alike, all but the last end alike, and all have words."""
    alike = len({row.before for row in rows[1:]}) <= 1 and len({row.after for row in rows[:-1]}) <= 1
    return alike and all(row.words for row in rows)


def each_begins(rows: Sequence[ParagraphLine]) -> bool:
    """Whether each line of a paragraph begins something, as those of a list without marks do.

    All have a capital or a digit at their beginning, few words elsewhere have one, not all end with a sentence, and
    there was room for the next word.
    """
    words = [row.words.split() for row in rows]
    if len(rows) < _FEWEST_LINES or all(LAST.search(row.words) for row in rows):
        return False
    if not all(line and (line[0][0].isupper() or line[0][0].isdigit()) for line in words):
        return False
    others = [word for line in words for word in line[1:]]
    width = max(row.width for row in rows)
    full = all(row.fills(after, width) for row, after in pairwise(rows))
    return not full and sum(word[0].isupper() for word in others) * 4 < len(others)


def marks_in(marks: re.Pattern[str], text: str) -> list[str]:
    """What stands between the words of a text, in order."""
    return [match.group() for match in marks.finditer(text)]


@lru_cache(maxsize=16)
def _unit_with(marks: re.Pattern[str]) -> re.Pattern[str]:
    """Words, where what stands between them may hold blanks."""
    return re.compile(rf"(?:{marks.pattern}|[^ \t\r\n])+", marks.flags)


def _spaced(unit: str, after: str) -> str:
    """A word with one blank behind it where a sentence ends, so that it comes to two."""
    return f"{unit} " if _ENDS.search(unit) and after[:1].isupper() else unit


def _escaped_opening(unit: str) -> str:
    """A first word that does not open a block: `1\\.`, `\\#`, `\\-`."""
    number = re.fullmatch(r"(\d{1,9})([.)])", unit)
    return rf"{number[1]}\{number[2]}" if number else re.sub(r"^[^\w\s]", r"\\\g<0>", unit)


def _on_one_line(rows: Sequence[ParagraphLine]) -> str:
    """The words of some lines."""
    text = rows[0].words
    for row in rows[1:]:
        text += blank_between_lines(text, row.words) + row.words
    return text


def laid_out(
    rows: Sequence[ParagraphLine],
    *,
    markdown: bool,
    lead: str = "",
    part: bool = False,
    width: int = 0,
    marks: re.Pattern[str] | None = None,
    lines: int | None = None,
) -> Prose | str:
    """A paragraph of these lines; their text where it has no words to speak of, or is a notice of the law.

    `lead` is the end of what stands before the first words, where a parser takes it for words. `width` is that of
    other paragraphs: a single line that is no longer is wrapped to it when it grows. `marks` and `lines` are those of
    `Prose`.
    """
    source = "".join(row.source for row in rows)
    text = _on_one_line(rows)
    if (
        not has_words((marks or _VERBATIM).sub(" ", text))
        or _ONE_WORD.fullmatch(text)
        or is_notice(text, rows[0].before)
    ):
        return source
    if len({newline_of(row.after) for row in rows[:-1]}) > 1:
        return source  # wrapped anew, some of its lines would end in another way
    newline = newline_of(source)
    sentences = False
    ends = not markdown or LAST.search(rows[-1].words)  # else it is a label, which stays one line
    columns = width if rows[0].width <= width and ends else None
    rest = re.sub(r"[^>\s]", " ", rows[0].before)
    if len(rows) > 1:
        rest = rows[1].before
        *others, longest = sorted(row.width for row in rows)
        columns = others[-1] if len(others) > 2 and longest > _OVERLONG * others[-1] else longest
        sentences = all(LAST.search(row.words) for row in rows) and not all(
            row.fills(after, columns) for row, after in pairwise(rows)
        )
        newline = rows[0].after if re.fullmatch(r" ?[\r\n]+", rows[0].after) else newline_of(rows[0].after)
    return Prose(
        source=source,
        text=text,
        first=rows[0].before,
        rest=rest,
        end=rows[-1].after,
        newline=newline,
        width=columns,
        sentences=sentences,
        markdown=markdown,
        lead=lead,
        part=part,
        marks=marks,
        lines=lines,
    )
