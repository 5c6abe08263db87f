"""A text in chunks that can be read one by one, each as soon as it is complete."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from dgcli.text.blocks import markdown, readers
from dgcli.text.blocks.commits import is_comment
from dgcli.text.blocks.endings import Stretch, with_endings, with_entries
from dgcli.text.blocks.formats import Format, named
from dgcli.text.blocks.front import front_matter
from dgcli.text.blocks.left import LONGEST, never_closed, too_long
from dgcli.text.blocks.letters import Letters
from dgcli.text.blocks.lines import (
    BLANK,
    MARK,
    indented_opening,
    is_shown,
    runs_on,
    split_lines,
    whole_lines,
    wrapped_width,
)
from dgcli.text.blocks.mail import is_answer
from dgcli.text.blocks.readers import READERS
from dgcli.text.blocks.regions import RegionTracker

# What nobody writes who does not write Markdown.
_SHOWS_MARKDOWN = re.compile(
    r"^[ \t>]*(?:[-*+][ \t]+)?(?:#{1,6}[ \t]+\S|`{3}|~{3})"  # headings, fences
    r"|\S[^\n]*\n[ \t>]*={3,}[ \t]*\r?$"  # underlined headings
    r"|^[ \t>]*(?:\|[ \t]*)?:?-+:?[ \t]*\|[ \t:|-]*\r?$"  # tables
    r"|\]\([^()\s]+\)|\]\[[^\]\n]*\]|^[ \t>]*\[[^\]\n]+\]:[ \t]+\S"  # links and their targets
    r"|(?<!\*)\*\*[^\s*][^*\n]*\*\*|(?<!`)`[^`\n]+`(?!`)"  # strong emphasis, code
    r"|</?(?:a|b|i|em|p|br|div|img|pre|sub|sup|span|strong|table|details|summary)\b[^<>\n]*>|<!--"
    r"|^[ \t>]*(?:={3,}[!+]?[ \t]+\"|!!! |\?\?\?\+? |:{3,}[ \t]*\{?[a-z]|/{3,}[ \t]+[a-z])"
    r"|^[ \t>]*(?:%%|\$\$|\{[%{#:]|\*\[\w+\]:|\[\[|\[![A-Za-z]+\])|!?\[\[[^\[\]\n]+\]\]|^[\w-]+:: ",  # dialects
    re.MULTILINE,
)
_SHOWS_FRONT = re.compile(r"---|\+\+\+|;;;|\{|%")
# What nobody writes but in a letter.
_SHOWS_MAIL = re.compile(
    r"(?:From|To|Cc|Subject|Date|Reply-To|Message-ID|Received|Return-Path|Delivered-To|MIME-Version): |From \S+@"
    r"|(?:Dear|Hi|Hello|Hey|Good (?:morning|afternoon|evening))\b[^\n]{0,60},?\r?$"
    r"|On [^\n]+(?:\n[^\n]+)?wrote:\r?$",
    re.MULTILINE,
)


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Some whole lines of a text, mostly up to a blank one."""

    text: str
    format: Format
    before: str = ""  # lines that open the lists and quotations that the chunk goes on in
    width: int = 0  # columns that the text up to here is wrapped to; 0 if it is not, as far as can be seen
    indents: int = 0  # columns that the first lines of paragraphs up to here are indented by, where the others are not
    runs_on: bool = False  # no line up to here is wrapped, though some are long
    untouched: bool = False  # it passes through: front matter, a signature
    is_mdx: bool = False  # Markdown with programs in it
    opening: bool = False  # it is the first of the text, where a commit has its subject
    left: str = ""  # why words of it were left that may be prose, where a person can do something about it


def chunks(lines: Iterable[str], format: Format = "auto", name: str = "", *, headings: bool = False) -> Iterator[Chunk]:
    """The text of `lines` in chunks, each as soon as it is complete. No more than one is held, and no more than
    one that is the trailers of a commit message if nothing follows.

    `auto` goes by the suffix of the file's `name`. Without one that is known each chunk is read as what it shows
    that only Markdown or only a letter has. One that shows nothing is read as those before; as a letter once there
    was a greeting or a header, and at first. What passes through does so however it is read. `headings` are those
    of a page: whether they are prose. A byte-order mark is a chunk by itself.
    """
    known = named(name) if format == "auto" else format
    mark, lines = _without_mark(whole_lines(lines))
    if mark:
        yield Chunk(text=mark, format=known, untouched=True)
    if known in READERS:
        for piece in readers.pieces(known, lines, headings=headings):
            text = piece if isinstance(piece, str) else piece.source
            untouched = isinstance(piece, str) or len(text) > LONGEST
            left = "" if isinstance(piece, str) else too_long(text)
            yield Chunk(text=text, format=known, untouched=untouched, left=left)
        return
    is_mdx = known == "mdx"
    known = "markdown" if is_mdx else known
    reading = _Reading(known)
    width, indents, long = 0, 0, False
    goes_on = False  # what was too long to be held as a whole
    above = ""  # the last paragraph, or what stood in its place
    for text, passes, before in with_endings(with_entries(_stretches(lines, known, is_mdx=is_mdx))):
        read_as = reading.of(text, untouched=passes)
        untouched = passes or (read_as == "text" and is_shown(text, above))
        above = above if BLANK.fullmatch(text) else text
        left = "" if goes_on else too_long(text) if untouched else never_closed(text, is_mdx=is_mdx)
        goes_on = untouched and len(text) > LONGEST
        width = width if untouched else max(width, wrapped_width(text))
        indents = indents if untouched else indents or indented_opening(text)
        long = long or (not untouched and runs_on(text))
        yield Chunk(
            text=text,
            format=read_as,
            before=before,
            width=width,
            indents=indents,
            runs_on=long and not width,
            untouched=untouched,
            is_mdx=is_mdx and read_as == "markdown",
            opening=reading.opens(text),
            left=left,
        )


def _without_mark(lines: Iterator[str]) -> tuple[str, Iterator[str]]:
    """The byte-order mark that a text begins with, if any, and its lines without it."""
    first = next(lines, "")
    rest = first.removeprefix(MARK)
    return first[: len(first) - len(rest)], chain([rest] if rest else [], lines)


class _Reading:
    """How the chunks of a text are read."""

    def __init__(self, known: Format) -> None:
        self._known = known
        self._is_letter = False
        self._default: Literal["markdown", "text"] = "markdown" if known == "markdown" else "text"
        self._opens = True

    def of(self, text: str, *, untouched: bool) -> Literal["markdown", "text"]:
        """How a chunk is read, and those behind it that show nothing."""
        if self._known != "auto":
            return self._default
        if _SHOWS_MAIL.match(text):
            self._is_letter, self._default = True, "text"
            return "text"
        shows = bool(_SHOWS_FRONT.match(text)) if untouched else bool(_SHOWS_MARKDOWN.search(text))
        if shows and not self._is_letter:
            self._default = "markdown"
        return "markdown" if shows else self._default

    def opens(self, text: str) -> bool:
        """Whether a chunk is the first, or the first behind comments: where a commit has its subject."""
        if BLANK.fullmatch(text):
            return False
        opens = self._opens
        self._opens = all(is_comment(line) or BLANK.fullmatch(line) for line in split_lines(text))
        return opens


class _Held:
    """The lines of the chunk that is not complete yet."""

    def __init__(self, *, markdown: bool) -> None:
        self._markdown = markdown
        self.before = ""
        self.lines: list[str] = []
        self.size = 0  # characters
        self.too_long = False

    def add(self, line: str) -> None:
        self.lines.append(line)
        self.size += len(line)

    def taken(self, *, untouched: bool = False, too_long: bool = False) -> Iterator[Stretch]:
        """What is held, if anything; then nothing is. `too_long`: more is to come."""
        text, untouched = "".join(self.lines), untouched or too_long or self.too_long
        self.lines, self.size, self.too_long = [], 0, too_long
        if text:
            yield from self.passed(text, untouched=untouched)

    def passed(self, text: str, *, untouched: bool) -> Iterator[Stretch]:
        """A text, before what comes behind it is looked at."""
        yield text, untouched, self.before
        if not BLANK.fullmatch(text):
            self.before = "" if untouched else markdown.open_containers(self.before, text, defines=self._markdown)

    def open_since(self) -> str | None:
        """The line where something begins that a parser does not see end with the blank line that is the last."""
        if self.too_long:  # where that began is not held any more
            return None
        line = markdown.open_since(self.before, "".join(self.lines))
        return None if line is None else self.lines[line]


def _stretches(lines: Iterator[str], known: Format, *, is_mdx: bool) -> Iterator[Stretch]:
    """Stretches of text up to a blank line, fences and HTML whole, and what else goes on behind one.

    What is not known to be Markdown may be a letter, where a line right below a quotation is no part of it.
    """
    held, letters = _Held(markdown=known == "markdown"), Letters(wikis=known != "markdown")
    tracker = RegionTracker(is_mdx=is_mdx)
    front, lines = front_matter(lines, longest=LONGEST, markdown=known == "markdown")
    letters.end(split_lines(front))
    yield from held.passed(front, untouched=True) if front else []
    for line in lines:
        role = letters.read(line, held.lines, inside=tracker.open)
        if role.begins:
            tracker = RegionTracker(is_mdx=is_mdx)
            yield from held.taken(untouched=role.along)
        if role.passes:
            yield from held.passed(line, untouched=True)
            continue
        if known != "markdown" and not tracker.open and held.lines and is_answer(line, held.lines[-1]):
            letters.end(held.lines)
            yield from held.taken()
        tracker.read(line)
        held.add(line)
        if not tracker.open and BLANK.fullmatch(line):
            if (opening := held.open_since()) is None:
                letters.end(held.lines)
                yield from held.taken()
            else:
                tracker.enter(opening)
        elif held.size > LONGEST:
            yield from held.taken(too_long=True)
    yield from held.taken()
