"""A text in chunks that can be read one by one, each as soon as it is complete."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import PurePath
from typing import Literal

from dgcli.blocks import markdown
from dgcli.blocks.lines import BLANK, MARK, whole_lines, wrapped_width

Format = Literal["auto", "markdown", "text"]

LONGEST = 100_000  # characters; what goes on for longer without a blank line passes through
_LONGEST_FRONT_MATTER = 200  # lines

_MARKDOWN_NAMES = (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".rmd", ".qmd")
_TEXT_NAMES = (".txt", ".text", ".eml", ".mbox", ".mail")
# What nobody writes who does not write Markdown.
_SHOWS_MARKDOWN = re.compile(
    r"^[ \t>]*(?:[-*+][ \t]+)?(?:#{1,6}[ \t]+\S|`{3}|~{3})"  # headings, fences
    r"|\S[^\n]*\n[ \t>]*={3,}[ \t]*\r?$"  # underlined headings
    r"|^[ \t>]*\|?[ \t]*:?-+:?[ \t]*\|[ \t:|-]*\r?$"  # tables
    r"|\]\([^()\s]+\)|\]\[[^\]\n]*\]|^[ \t>]*\[[^\]\n]+\]:[ \t]+\S"  # links and their targets
    r"|(?<!\*)\*\*[^\s*][^*\n]*\*\*|(?<!`)`[^`\n]+`(?!`)"  # strong emphasis, code
    r"|</?(?:a|b|i|em|p|br|div|img|pre|sub|sup|span|strong|table|details|summary)\b[^<>\n]*>|<!--",
    re.MULTILINE,
)
# What nobody writes but in a letter.
_SHOWS_MAIL = re.compile(
    r"(?:From|To|Cc|Subject|Date|Reply-To|Message-ID|Received|Return-Path|Delivered-To|MIME-Version): |From \S+@"
    r"|(?:Dear|Hi|Hello|Hey|Good (?:morning|afternoon|evening))\b[^\n]{0,60},?\r?$"
    r"|On [^\n]+(?:\n[^\n]+)?wrote:\r?$",
    re.MULTILINE,
)

_SIGNATURE = re.compile(r"[ \t>]*-- (?:\r\n|\n|\r)?")
_OPENING = re.compile(r"(?P<before>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t>]+)*)(?P<what>`{3,}|~{3,}|<)")
_HTML = (  # that may hold blank lines, and what ends it
    (re.compile(r"<!--"), re.compile(r"-->")),
    (
        re.compile(r"<(?:script|pre|style|textarea)(?=[\s>]|$)", re.I),
        re.compile(r"</(?:script|pre|style|textarea)>", re.I),
    ),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(r"<![A-Za-z]"), re.compile(r">")),
)


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Some whole lines of a text, mostly up to a blank one."""

    text: str
    format: Literal["markdown", "text"]
    before: str = ""  # lines that open the lists and quotations that the chunk goes on in
    width: int = 0  # columns that the text up to here is wrapped to; 0 if it is not, as far as can be seen
    untouched: bool = False  # it passes through: front matter, a signature


def chunks(lines: Iterable[str], format: Format = "auto", name: str = "") -> Iterator[Chunk]:
    """The text of `lines` in chunks, each as soon as it is complete. No more than one is held.

    `auto` goes by the suffix of the file's `name`. Without one that is known the first chunk decides that shows what
    only Markdown or only a letter has; up to there text is read as plain text, which has the same words.
    """
    suffix = PurePath(name).suffix.lower()
    known: Format = format
    if known == "auto":
        known = "markdown" if suffix in _MARKDOWN_NAMES else "text" if suffix in _TEXT_NAMES else "auto"
    width = 0
    for text, untouched, before in _stretches(whole_lines(lines), known):
        if known == "auto" and _SHOWS_MAIL.match(text):
            known = "text"
        elif known == "auto" and (_SHOWS_MARKDOWN.search(text) or (untouched and text[:3] in ("---", "+++"))):
            known = "markdown"
        width = width if untouched else max(width, wrapped_width(text))
        yield Chunk(
            text=text,
            format="markdown" if known == "markdown" else "text",
            before=before if known == "markdown" else "",
            width=width,
            untouched=untouched,
        )


_Stretch = tuple[str, bool, str]  # text, whether it passes through, what opens the lists and quotations it goes on in


class _Held:
    """The lines of the chunk that is not complete yet."""

    def __init__(self, format: Format) -> None:
        self.format = format
        self.before = ""
        self.lines: list[str] = []
        self.size = 0  # characters
        self.too_long = False

    def add(self, line: str) -> None:
        self.lines.append(line)
        self.size += len(line)

    def taken(self, *, too_long: bool = False) -> Iterator[_Stretch]:
        """What is held, if anything; then nothing is. `too_long`: more is to come."""
        text, untouched = "".join(self.lines), too_long or self.too_long
        self.lines, self.size, self.too_long = [], 0, too_long
        if text:
            yield from self.passed(text, untouched=untouched)

    def passed(self, text: str, *, untouched: bool) -> Iterator[_Stretch]:
        """A text, before what comes behind it is looked at."""
        yield text, untouched, self.before
        if self.format != "text" and not BLANK.fullmatch(text):
            self.before = "" if untouched else markdown.open_containers(self.before, text)

    def open_since(self) -> str | None:
        """The line where something begins that a parser does not see end with the blank line that is the last."""
        if self.format == "text" or self.too_long:  # where that began is not held any more
            return None
        line = markdown.open_since(self.before, "".join(self.lines))
        return None if line is None else self.lines[line]


def _stretches(lines: Iterator[str], format: Format) -> Iterator[_Stretch]:
    """Stretches of text up to a blank line, fences and HTML whole."""
    held = _Held(format)
    if format != "text":
        front, lines = _front_matter(lines)
        yield from held.passed(front, untouched=True) if front else []
    ending: _Ending | None = None  # of a fence or HTML that is open
    signature: int | None = None  # quotation marks in front of the signature that is open
    for line in lines:
        inside = ending is not None
        if format != "text":
            ending = _open_after(line, ending)
        if signature is not None and (inside or signature == _quotes(line) or BLANK.fullmatch(line)):
            yield from held.passed(line, untouched=True)
            continue
        signature = None
        if not inside and _SIGNATURE.fullmatch(line) and (format != "markdown" or not held.lines):
            signature = _quotes(line)
            yield from held.taken()
            yield from held.passed(line, untouched=True)
            continue
        held.add(line)
        if ending is None and BLANK.fullmatch(line):
            if (opening := held.open_since()) is None:
                yield from held.taken()
            else:
                ending = _opened(opening)
        elif held.size > LONGEST:
            yield from held.taken(too_long=True)
    yield from held.taken()


def _front_matter(lines: Iterator[str]) -> tuple[str, Iterator[str]]:
    """The front matter of a text, if it begins with some, and the lines behind it."""
    held = list(islice(lines, 1))
    mark = held[0].lstrip(MARK).rstrip() if held else ""
    if mark not in ("---", "+++"):
        return "", chain(held, lines)
    for line in islice(lines, _LONGEST_FRONT_MATTER):
        held.append(line)
        if line.rstrip() == mark or (mark == "---" and line.rstrip() == "..."):
            return "".join(held), lines
        if len(held) == 2 and not line.strip():
            break  # a rule
    return "", chain(held, lines)


@dataclass(frozen=True)
class _Ending:
    """What ends a fence or HTML: a line that closes it, or one that is outside the quotation or list it stands in."""

    pattern: re.Pattern[str]
    quotes: int  # marks in front of it
    indentation: int  # columns that a line in the same list has at least

    def closed_by(self, line: str) -> bool:
        return bool(self.pattern.search(line))

    def left_by(self, line: str) -> bool:
        if BLANK.fullmatch(line):
            return _quotes(line) < self.quotes
        return _quotes(line) < self.quotes or len(_prefix(line).expandtabs(4)) < self.indentation


def _open_after(line: str, ending: _Ending | None) -> _Ending | None:
    """What is open behind a line, where `ending` was before it."""
    if ending is None or ending.left_by(line):
        return _opened(line)
    return None if ending.closed_by(line) else ending


def _opened(line: str) -> _Ending | None:
    """What ends the fence or the HTML that `line` opens, if it opens one that goes on."""
    match = _OPENING.match(line)
    if not match:
        return None
    before, what, rest = match["before"], match["what"], line[match.start("what") :]
    width = len(before.expandtabs(4))
    quotes = before.count(">")
    indentation = 0 if quotes else width if before.strip() else max(width - 3, 0)
    if what[0] != "<":
        if what[0] == "`" and "`" in rest.lstrip("`"):
            return None  # inline code
        pattern = re.compile(rf"^[ \t>]*{re.escape(what[0])}{{{len(what)},}}[ \t]*$", re.MULTILINE)
        return _Ending(pattern, quotes, indentation)
    for opening, closing in _HTML:
        if (found := opening.match(rest)) and not closing.search(rest, found.end()):
            return _Ending(closing, quotes, indentation)
    return None


def _quotes(line: str) -> int:
    """How many quotation marks a line begins with."""
    return _prefix(line).count(">")


def _prefix(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t>"))]
