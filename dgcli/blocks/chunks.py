"""A text in chunks that can be read one by one, each as soon as it is complete."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from dgcli.blocks import markdown
from dgcli.blocks.front import front_matter
from dgcli.blocks.lines import BLANK, whole_lines, wrapped_width
from dgcli.blocks.regions import Reader, quotes

Format = Literal["auto", "markdown", "text"]

LONGEST = 100_000  # characters; what goes on for longer without a blank line passes through

_MARKDOWN_NAMES = (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".rmd", ".qmd")
_MDX_NAME = ".mdx"
_TEXT_NAMES = (".txt", ".text", ".eml", ".mbox", ".mail")
# What nobody writes who does not write Markdown.
_SHOWS_MARKDOWN = re.compile(
    r"^[ \t>]*(?:[-*+][ \t]+)?(?:#{1,6}[ \t]+\S|`{3}|~{3})"  # headings, fences
    r"|\S[^\n]*\n[ \t>]*={3,}[ \t]*\r?$"  # underlined headings
    r"|^[ \t>]*\|?[ \t]*:?-+:?[ \t]*\|[ \t:|-]*\r?$"  # tables
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

_SIGNATURE = re.compile(r"[ \t>]*-- (?:\r\n|\n|\r)?")


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Some whole lines of a text, mostly up to a blank one."""

    text: str
    format: Literal["markdown", "text"]
    before: str = ""  # lines that open the lists and quotations that the chunk goes on in
    width: int = 0  # columns that the text up to here is wrapped to; 0 if it is not, as far as can be seen
    untouched: bool = False  # it passes through: front matter, a signature
    is_mdx: bool = False  # Markdown with programs in it


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
    is_mdx = suffix == _MDX_NAME
    for text, untouched, before in _stretches(whole_lines(lines), known, is_mdx=is_mdx):
        if known == "auto" and _SHOWS_MAIL.match(text):
            known = "text"
        elif known == "auto" and (_SHOWS_MARKDOWN.search(text) or (untouched and _SHOWS_FRONT.match(text))):
            known = "markdown"
        width = width if untouched else max(width, wrapped_width(text))
        yield Chunk(
            text=text,
            format="markdown" if known == "markdown" else "text",
            before=before if known == "markdown" else "",
            width=width,
            untouched=untouched,
            is_mdx=is_mdx and known == "markdown",
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


def _stretches(lines: Iterator[str], format: Format, *, is_mdx: bool) -> Iterator[_Stretch]:
    """Stretches of text up to a blank line, fences and HTML whole, and what else goes on behind one."""
    held = _Held(format)
    if format != "text":
        front, lines = front_matter(lines, longest=LONGEST, markdown=format == "markdown")
        yield from held.passed(front, untouched=True) if front else []
    reader = Reader(is_mdx=is_mdx)
    signature: int | None = None  # quotation marks in front of the signature that is open
    for line in lines:
        inside = reader.open
        if format != "text":
            reader.read(line)
        if signature is not None and (inside or signature == quotes(line) or BLANK.fullmatch(line)):
            yield from held.passed(line, untouched=True)
            continue
        signature = None
        if not inside and _SIGNATURE.fullmatch(line) and (format != "markdown" or not held.lines):
            signature = quotes(line)
            yield from held.taken()
            yield from held.passed(line, untouched=True)
            continue
        held.add(line)
        if not reader.open and BLANK.fullmatch(line):
            if (opening := held.open_since()) is None:
                yield from held.taken()
            else:
                reader.enter(opening)
        elif held.size > LONGEST:
            yield from held.taken(too_long=True)
    yield from held.taken()
