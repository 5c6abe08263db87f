"""What goes on over blank lines: fences, HTML, comments, formulas, templates, tables, what is generated, MDX."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from dgcli.text.blocks import mdx
from dgcli.text.blocks.lines import BLANK, prefix, quotes

_OPENING = re.compile(r"(?P<before>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(?P<rest>[^\r\n]*)")
_FENCE = re.compile(r"`{3,}(?![^`]*`)|~{3,}")
_HTML = (  # that may hold blank lines for any Markdown parser, and what ends it
    (re.compile(r"<!--"), re.compile(r"-->")),
    (
        re.compile(r"<(?:script|pre|style|textarea)(?=[\s>]|$)", re.I),
        re.compile(r"</(?:script|pre|style|textarea)>", re.I),
    ),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(r"<![A-Za-z]"), re.compile(r">")),
)
# What a dialect opens, and what closes it: `\1` is what the first group of the opening matched.
_ANYWHERE = (
    (r"(?<![\w%])%%(?!%)", r"%%"),  # comments of Obsidian
    (r"<!--", r"-->"),  # comments behind words
    (r"\{\{", r"\}\}"),  # templates of Liquid, Jinja, Hugo
    (
        r"\{%-?\s*(comment|raw|verbatim|highlight|code|math|mermaid|schema|plantuml|uml|chart|blockquote|quote|pullquote)"
        r"(?![\w-])",
        r"\{%-?\s*end(?:\1\b|\s*-?%\})",
    ),
    (r"\{%", r"%\}"),
    (r"\{#(?![^\n]*\})", r"#\}"),
    (r"<%", r"%>"),
    (
        r"\{\{[<%]\s*(highlight|mermaid|katex|math|raw|rawhtml|chart|code(?:-toggle)?|comment|blockquote|quote)"
        r"(?![\w-])(?![^\n]*/[>%]\})",
        r"/\s*\1\s*[>%]\}",
    ),
    # Elements in which blanks and lines stay as they are, wherever a parser thinks that they end.
    (r"(?:\A|(?<=>))<(pre|script|style|textarea)\b[^<>]*>", r"</\1\s*>"),
    (r"\{>>", r"<<\}"),  # critic marks
    (r"\{\+\+", r"\+\+\}"),
    (r"\{--", r"--\}"),
    (r"\{~~", r"~~\}"),
    (r"\{==", r"==\}"),
)
_AT_START = (
    (r"(?<!\$)\$\$(?!\$)", r"\$\$"),  # formulas
    (r"\\\[(?![^\[\]\n]*\])", r"\\\]"),
    (r"\[(quote|code|math|poll|pre|latex|chess)\b[^\]\n]*\](?![(\[:])", r"\[/\1\]"),  # BBCode
    # Blocks of Textile, up to a blank line or, with two dots, to the next block.
    (r"(?:b[cq]|pre|notextile)(?:\([^()\n]*\)|\{[^{}\n]*\}|\[[^\[\]\n]*\])*\.[ \t]", r"^[ \t>]*$"),
    (
        r"(?:b[cq]|pre|notextile)(?:\([^()\n]*\)|\{[^{}\n]*\}|\[[^\[\]\n]*\])*\.\.[ \t]",
        r"^(?:p|h[1-6]|b[cq]|pre|notextile|fn\d+)(?:\([^()\n]*\)|\{[^{}\n]*\}|\[[^\[\]\n]*\])*\.{1,2}[ \t]",
    ),
    (r"\{(code|noformat|quote)(?::[^{}\n]*)?\}", r"\{\1\}"),  # of Jira and Confluence
    (r"/\*", r"\*/"),  # remarks of programs, scripts and style sheets, with what documents them
    (r"\"{3}(?![^\n]*\"{3})", r"\"{3}"),  # docstrings; lines of TiddlyWiki that are not joined
    (r"\\(?:define|procedure|function|widget)\b[^()\n]*\([^()\n]*\)\s*$", r"^\\end\b"),  # macros of TiddlyWiki
    (r"#\+begin_(\w+)", r"#\+end_\1"),  # Org
    (r"@start(\w+)", r"@end\1"),  # PlantUML
    (  # what programs write again: tables of contents, lists of contributors; what formatters are to leave
        r"<!--(?=[^>\n]*(?:(?-i:BEGIN|START)|-start\b|\btoc\b))[^>\n]*-->",
        r"<!--[^>\n]*(?:(?-i:END)|-end\b|/toc\b|tocstop)[^>\n]*-->",
    ),
    (r"[-;]*-8<-+\s*$", r"^[ \t>]*[-;]*-8<-+\s*$"),  # files that are read in
    (r"\{::(comment|nomarkdown)\b[^}\n]*(?<!/)\}", r"\{:/(?:\1)?\}"),  # Kramdown
    (r"\{\|", r"^[ \t:]*\|\}"),  # tables of wikis
    (  # and their code, verse and the like
        r"<(code|file|nowiki|syntaxhighlight|sxh|poem|gallery|math|score|timeline|graph|templatedata|html|php)"
        r"\b[^<>]*>\s*$",
        r"</\1\s*>",
    ),
    (r":(?:LOGBOOK|PROPERTIES):", r":END:"),
    (  # of containers those that hold no words
        r":{3,}\s*\{?\.?(?:verse|poem|mermaid|code-block|code-cell|code|math|raw|eval-rst|literalinclude|csv-table|list-table"
        r"|toctree|plantuml|graphviz)\b",
        r"^[ \t>]*:{3,}\s*$",
    ),
)
_MAY_OPEN = re.compile(
    r"%%|<!--|<%|<[a-z]|\{|\$\$|\\\[|\\(?:begin|define|procedure|function|widget)|\[|#\+|@start|:::|8<|:LOG|:PROP|/\*|\"{3}|b[cq]\.|pre\.|notextile|[cqe][(\[{]",
    re.IGNORECASE,
)
_OPENINGS = tuple(
    (re.compile(opening, re.IGNORECASE), closing)
    for opening, closing in (*((rf"\A(?:{opening})", closing) for opening, closing in _AT_START), *_ANYWHERE)
)
_BLOCK_OF_QUOTES = re.compile(r"[ \t]*>>>[ \t]*")  # of GitLab: what stands up to the next such line
_ENVIRONMENT = re.compile(r"\\begin\{([^{}\n]+)\}")
_FORMULA_BEHIND = re.compile(r"(?<![\s$])[ \t]+(\$\$)[ \t]*$")
_CODE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|\\\\")
_HEADING = re.compile(r"#{1,6}[ \t]+\S")
# Pandoc's tables: columns under dashes in groups; between two rows of dashes the rows may be apart.
_COLUMNS = re.compile(r"[ \t]*-{2,}(?:[ \t]+-{2,})+[ \t]*")
_DASHES = re.compile(r"[ \t]*-{2,}(?:[ \t]+-{2,})*[ \t]*")
_RULE = re.compile(r"[ \t]*-{10,}[ \t]*")
# A heading of Org, by its tags or by what stands below it: elsewhere it is an item of a list.
_OUTLINE = re.compile(r"[ \t]*\*+[ \t]+\S[^\r\n]*?(?P<tags>[ \t]:\w[\w@#%:]*:)?[ \t]*[\r\n]*")
_BELOW_OUTLINE = re.compile(r"[ \t]*(?:SCHEDULED|DEADLINE|CLOSED|:PROPERTIES|:LOGBOOK):")


@dataclass(frozen=True)
class Region:
    """What is open, and what ends it: what closes it, or a line outside of the quotation or list that it stands in."""

    closing: re.Pattern[str]
    quotes: int = 0  # marks in front of it
    indentation: int = 0  # columns that a line in the same list has at least
    foreign: bool = False  # a Markdown parser does not know of it, so its lines pass through
    opening: re.Pattern[str] | None = None  # where it nests in itself
    depth: int = 1

    def behind(self, line: str) -> Region | None:
        """What is open behind a line that it does not leave."""
        line = line.rstrip("\r\n")
        if self.opening is None:
            return None if self.closing.search(line) else self
        depth = self.depth + len(self.opening.findall(line)) - len(self.closing.findall(line))
        return replace(self, depth=depth) if depth > 0 else None

    def left_by(self, line: str) -> bool:
        if BLANK.fullmatch(line):
            return quotes(line) < self.quotes
        if self.foreign and not self._is_element and _HEADING.match(_OPENING.sub(r"\g<rest>", line, count=1)):
            return True
        return quotes(line) < self.quotes or len(prefix(line).expandtabs(4)) < self.indentation

    @property
    def _is_element(self) -> bool:
        """Whether it is one of HTML, where what looks like a heading is a line as any other."""
        return self.closing.pattern.startswith("</")


class RegionTracker:
    """What is open while a text is read line by line."""

    def __init__(self, *, is_mdx: bool = False) -> None:
        self.region: Region | None = None
        self._program: mdx.Open = ""
        self._is_mdx = is_mdx
        self._first = ""  # the line that the block begins with

    @property
    def open(self) -> bool:
        return self.region is not None or bool(self._program)

    def enter(self, line: str) -> None:
        """Go on as if `line`, which a parser knows to begin something, had been the last."""
        self.region = _parsed(line)

    def read(self, line: str) -> bool:
        """Read a line. Whether a Markdown parser would take it for something else than it is."""
        blank = bool(BLANK.fullmatch(line))
        starts = not self._first
        self._first = "" if blank else self._first or line
        if self._program:
            self._program = mdx.after(self._program, line)
            return True
        if self.region is not None and not self.region.left_by(line):
            foreign = self.region.foreign
            self.region = self.region.behind(line)
            return foreign
        self.region = _parsed(line)
        if self.region is not None and self._first is not line and self._first.lstrip(" \t>").startswith("<"):
            self.region = replace(self.region, foreign=True)  # in HTML that ends for a parser with a blank line
        if self.region is None and self._is_mdx:
            self._program = mdx.after("", line, may_begin=starts)
            if self._program:
                return True
            self.region = _foreign(line, _OPENINGS[:1])
        elif self.region is None:
            self.region = _foreign(line, _OPENINGS) or self._table(line)
            if starts and _BLOCK_OF_QUOTES.fullmatch(line.rstrip()):
                self.region = Region(re.compile(r"^[ \t]*>>>"), foreign=True)
        return self.region is not None and self.region.foreign

    def _table(self, line: str) -> Region | None:
        """A table of pandoc whose rows may be apart: one that begins with dashes."""
        begins = self._first is line or _RULE.fullmatch(_bare(self._first))
        if begins and _COLUMNS.fullmatch(_bare(line)):
            return Region(re.compile(rf"^[ \t>]*{_DASHES.pattern}$", re.MULTILINE), quotes(line), foreign=True)
        return None


def foreign_lines(lines: Sequence[str], *, is_mdx: bool = False) -> frozenset[int]:
    """Which of the lines, from 0, pass through whatever a Markdown parser takes them for."""
    tracker = RegionTracker(is_mdx=is_mdx)
    found = {number for number, line in enumerate(lines) if tracker.read(line)}
    return frozenset(found | _columns(lines) | set(_outline(lines)))


def _outline(lines: Sequence[str]) -> Iterator[int]:
    """The lines that are headings of Org."""
    for number, (line, below) in enumerate(pairwise([*lines, ""])):
        match = _OUTLINE.fullmatch(line)
        if match and (match["tags"] or _BELOW_OUTLINE.match(below)):
            yield number


def _columns(lines: Sequence[str]) -> set[int]:
    """The lines of tables that are drawn with a row of dashes for each column."""
    found: set[int] = set()
    for number, line in enumerate(lines):
        if number not in found and _COLUMNS.fullmatch(_bare(line)):
            found.update(_block(lines, number))
    return found


def _block(lines: Sequence[str], number: int) -> Iterator[int]:
    """The lines up to the blank ones around a line."""
    for step in (-1, 1):
        place = number
        while 0 <= place < len(lines) and not BLANK.fullmatch(lines[place]):
            yield place
            place += step


def _parsed(line: str) -> Region | None:
    """The fence or the HTML that a line opens for any Markdown parser, if it goes on."""
    match = _OPENING.match(line)
    assert match is not None
    before, rest = match["before"], match["rest"]
    width = len(before.expandtabs(4))
    marks = before.count(">")
    indentation = 0 if marks else width if before.strip() else max(width - 3, 0)
    if fence := _FENCE.match(rest):
        mark = fence[0]
        pattern = re.compile(rf"^[ \t>]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$", re.MULTILINE)
        return Region(pattern, marks, indentation)
    for opening, closing in _HTML:
        if (found := opening.match(rest)) and not closing.search(rest, found.end()):
            return Region(closing, marks, indentation)
    return None


def _foreign(line: str, openings: Sequence[tuple[re.Pattern[str], str]]) -> Region | None:
    """What a line opens for a reader of some dialect, if it goes on."""
    if not _MAY_OPEN.search(line):
        return None
    match = _OPENING.match(_CODE.sub(" ", line))
    assert match is not None
    rest, marks = match["rest"], quotes(line)
    if _HEADING.match(rest):
        return None
    if environment := _ENVIRONMENT.match(rest):
        name = re.escape(environment[1])
        region = Region(re.compile(rf"\\end\{{{name}\}}"), marks, 0, True, re.compile(rf"\\begin\{{{name}\}}"), 0)
        return region.behind(rest)
    if _FORMULA_BEHIND.search(rest) and rest.count("$$") == 1:
        return Region(re.compile(r"\$\$"), marks, foreign=True)
    for opening, closing in openings:
        if end := _unclosed(opening, closing, rest):
            return Region(end, marks, foreign=True)
    return None


def _unclosed(opening: re.Pattern[str], closing: str, rest: str) -> re.Pattern[str] | None:
    """What has to come yet to close what is opened on a line, if the line does not have it."""
    place = 0
    while found := opening.search(rest, place):
        name = re.escape(found[1]) if opening.groups else ""
        pattern = re.compile(closing.replace(r"\1", name), re.IGNORECASE | re.MULTILINE)
        if not (closed := pattern.search(rest, found.end())):
            return pattern
        place = closed.end()
    return None


def _bare(line: str) -> str:
    return line.rstrip("\r\n").lstrip(" \t>")
