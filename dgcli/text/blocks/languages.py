"""reStructuredText, Org, AsciiDoc and LaTeX, as far as their paragraphs are told from all else."""

from __future__ import annotations

import re

from dgcli.text.blocks.lightweight import Closes, Markup, nested, paired

_NO_WORDS = r"[\W_]*$"  # rules, underlines of headings, borders of tables
_COLUMNS = r".*?(?:\S(?:[ ]{3,}|[ ]*\t[ \t]*)\S|[^\s.!?:;\"'”’)}][ ]{2}\S)"  # tables drawn with blanks
_EMPHASIS = r"(?<!\w)(?P<emphasis>[CHARS]{1,2})(?=\S)[^\n]{1,500}?(?<=\S)(?P=emphasis)(?!\w)"


def _lines(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_RST_FOREIGN = _lines(
    _NO_WORDS,
    _COLUMNS,
    r"\.\.(?:\s|$)|__\s",  # directives, comments, footnotes, targets
    r":[^\s:][^:\n]*:(?:\s|$)",  # fields
    r"--?\w|/\w+(?:\s|$)",  # options
    r"[>|+$%~^=!]",  # doctests, line blocks, tables, quoted literal blocks
    r".*::\s*$",
)
RST = Markup(
    foreign=_RST_FOREIGN,
    spreads=_RST_FOREIGN,
    item=re.compile(r"(?:[-*+•‣⁃]|\(?(?:\d{1,3}|#|[A-Za-z]|[ivxIVX]{1,5})[.)])[ \t]+(?=\S)"),
    marks=re.compile(
        r"(?::[\w:+.-]{1,80}:)?(?<!`)(?P<ticks>`{1,2})(?!`)[^`]{1,500}(?P=ticks)(?:__?|:[\w:+.-]+:)?"  # roles, links
        r"|(?<!\*)(?P<stars>\*{1,2})(?=[^\s*])[^*]{1,500}(?P=stars)|\|[^|\n]{1,200}\|_{0,2}|\[[^\[\]\n]+\]_"
        r"|(?<![\w.-])[\w.-]*\w__?(?!\w)|(?:(?<!\w)\w+)?\\.\w*|[`*|\\_]|::"
    ),
    opening=lambda _line: None,  # what directives hold is indented
    announces=re.compile(r".*::\s*$"),
)

ORG = Markup(
    foreign=_lines(
        _NO_WORDS,
        _COLUMNS,
        r"\*+[ \t]",  # headings
        r"[ \t]*(?:#(?:\+|\s|$)|\||:(?:\s|$)|:[\w-]+:)",  # settings, comments, tables, examples, properties
        r"[ \t]*(?:SCHEDULED|DEADLINE|CLOSED|CLOCK):|[ \t]*<?%%\(",
        r"[ \t]*(?:\$\$|\\\[|\\(?:begin|end)\b)",
    ),
    item=re.compile(
        r"(?:[ \t]*(?:[-+]|(?<=[ \t])\*|(?:\d{1,3}|[A-Za-z])[.)])[ \t]+(?:\[@\w+\][ \t]+)?(?:\[[ Xx-]\][ \t]+)?"
        r"(?:\S.*?[ \t]::[ \t]+)?|\[fn:[^\[\]\n]+\][ \t]+)(?=\S)"
    ),
    marks=re.compile(
        r"\[\[[^\[\]]+\](?:\[[^\[\]]+\])?\]|\[(?:fn|cite)[:/][^\[\]]*\]|\[\d{4}-\d\d-\d\d[^\]\n]*\]|<[^<>\n]+>"
        rf"|{_EMPHASIS.replace('CHARS', '=~*/_+')}|@@.{{1,200}}?@@|\{{\{{\{{.{{1,200}}?\}}\}}\}}"
        r"|\b(?:src|call)_\w+(?:\[[^\]\n]*\])?[{(][^{}()\n]*[)}]|\\\(.{1,500}?\\\)|\$[^$\n]{1,200}\$"
        r"|\\[A-Za-z]+(?:\{[^{}\n]*\}|\[[^\]\n]*\])*|(?:(?<!\w)\w+)?[_^]\{[^{}\n]*\}|[=~*_+\\{}\[\]<>$^|]|\B/|/\B"
    ),
    opening=paired(
        (r"[ \t]*#\+begin_(?P<what>(?!center\b)\S+)", r"^[ \t]*#\+end_WHAT(?:\s|$)"),
        (r"[ \t]*:(?!END:)[\w-]+:[ \t]*\r?\n?$", r"^[ \t]*:END:"),
        (r"[ \t]*\\begin\{(?P<what>[^{}]*)\}", r"\\end\{WHAT\}"),
        (r"[ \t]*\\\[", r"\\\]"),
        (r"[ \t]*\$\$", r"\$\$"),
    ),
    spreads=re.compile(r".*\\\\\s*$"),
    indented=True,
    items_go_on="further",
)

_ASCIIDOC_FOREIGN = _lines(
    _NO_WORDS,
    _COLUMNS,
    r"[=#]{1,6}[ \t]|//",  # headings, comments
    r":!?[\w-]+!?:|\[.*\]\s*$|\.[^\s.]",  # attributes, titles of blocks
    r"--[ \t]+\S",  # who is quoted
    r"[\w-]+::|\||\+\s*$|.*\s\+\s*$|.*\S(?:::+|;;)(?:\s|$)",  # macros, tables, hard breaks, descriptions
)
ASCIIDOC = Markup(
    foreign=_ASCIIDOC_FOREIGN,
    spreads=_ASCIIDOC_FOREIGN,
    underlined=True,
    item=re.compile(
        r"(?:\*{1,5}|-|\.{1,5}|\d{1,3}\.|[a-zA-Z]\.|<(?:\d+|\.)>)[ \t]+(?:\[[ xX*]\][ \t]+)?(?=\S)"
        r"|(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION):[ \t]+(?=\S)"
    ),
    marks=re.compile(
        rf"(?:\[[^\[\]\n]*\])?{_EMPHASIS.replace('CHARS', '`*_#+')}|\{{[\w:!+-]+\}}|<<[^<>\n]+>>|\(\(.{{1,200}}?\)\)"
        r"|(?<![\w+.-])[\w+.-]+:[^\s\[\]]{0,500}\[[^\[\]\n]*\]|\[\[[^\[\]\n]+\]\]|[~^][^\s~^]+[~^]"
        r"|(?:(?<!\w)\w+)?\\\S|[`*_#+^~{}\[\]<>|\\]"
    ),
    opening=paired(
        (
            r"(?P<what>-{4,}|\.{4,}|\+{4,}|/{4,}|_{4,}|`{3,}|--(?=\s)|[|,:!]={3,})[\w,]*[ \t]*\r?\n?$",
            r"^WHAT[ \t]*\r?\n?$",
        ),
    ),
    announces=re.compile(r"\[.*\]\s*$"),
    parts=re.compile(r"(?:={4,}|\*{4,})\s*$"),  # around examples, notes and sidebars
    items_go_on="anywhere",
)

_PROSE_ENVIRONMENTS = (
    "document|letter|itemize|enumerate|description|abstract|center|flushleft|flushright|otherlanguage\\*?|minipage"
    "|multicols\\*?|frame|block|columns?"
)
_INLINE = (  # commands that a line of words may begin with
    "emph|text\\w+|enquote|[A-Za-z]*cite\\w*|ref|autoref|cref|Cref|LaTeX|TeX|l?dots|url|href|noindent|indent|quad"
    "|ss|o|O|ae|AE|aa|AA|l|L|i|j|glqq|grqq|S|P"
)
_TEX_PAIRS = paired(
    (r"[ \t]*\\document(?:class|style)\b", r"\\begin\{document\}"),
    (r"[ \t]*\\end\{document\}", r"(?!)"),
    (rf".*?\\begin\{{(?P<what>(?!(?:{_PROSE_ENVIRONMENTS})\}})[^{{}}]*)\}}", r"\\end\{WHAT\}"),
    (r".*?(?<!\\)\\\[", r"\\\]"),
    (r".*?\$\$", r"\$\$"),
    (r"[ \t]*\\iffalse\b", r"\\fi\b"),
)
_TEX_BROKEN = r"[ \t]*[^%\s].*?(?<!\\)%|.*\\\\"  # a comment behind words, a line that ends on purpose
_TEX_FOREIGN = _lines(
    _NO_WORDS,
    _COLUMNS,
    r"[ \t]*%",
    _TEX_BROKEN,
    rf"[ \t]*\\(?!(?:{_INLINE}|item)(?![A-Za-z@]))[A-Za-z@]",  # headings, labels, definitions
    r".*\\(?:begin|end|section|caption|label|input|include)(?![A-Za-z])|.*(?<!\\)&|.*\\[\[\]]",
)
_TEX_ADDRESS = re.compile(r"\\(?:url|href|path|nolinkurl)\{[^{}]*\}|\\verb\*?([^\w\s*]).*?\1")  # `%` is itself there
_TEX_BRACES = re.compile(r"\\.|[{}]")


def _tex_opening(line: str) -> Closes | None:
    """What ends a display, an environment that holds no prose, or a command whose braces are not closed on its line."""
    if closes := _TEX_PAIRS(line):
        return closes
    return nested(_depth, line) if _TEX_FOREIGN.match(line) else None


def _depth(line: str) -> int:
    """How many braces a line leaves open."""
    found = _TEX_BRACES.findall(re.sub(r"(?<!\\)%.*", "", _TEX_ADDRESS.sub("", line)))
    return found.count("{") - found.count("}")


LATEX = Markup(
    foreign=_TEX_FOREIGN,
    item=re.compile(r"[ \t]*\\item(?![A-Za-z])(?:<[^<>\n]*>)?(?:\[[^\[\]\n]*\])?[ \t]*(?=\S)"),
    marks=re.compile(
        r"(?:(?<![^\W_])[^\W_]+)?\\[\"'`^~=.](?:\{\\?\w\}|\\?[A-Za-z])[^\W_]*"  # letters with accents
        r"|(?:(?<![^\W_])[^\W_]+)?\"[A-Za-z][^\W_]*"
        r"|\\(?:verb\*?|lstinline)(?P<verb>[^\w\s*{\[])[^\n]*?(?P=verb)"
        r"|\\[A-Za-z@]+\*?(?:[ \t]*(?:\[[^\[\]\n]*\]|\{[^{}]*\}))*|\\\(.{1,500}?\\\)|(?<!\\)\$[^$]{1,500}(?<!\\)\$"
        r"|\d(?:\\[,;:! ]|~)[^\W\d_]+|\\.|``|''|[\\{}$&#%~^_]"  # numbers with their units
    ),
    opening=_tex_opening,
    leads=re.compile(r"[ \t]*(?:\\[A-Za-z@]+\*?(?:\[[^\[\]]*\]|\{[^{}]*\})+[^\\%]*?\s)?[^\s\\{}%][^%]*$"),
    spreads=_lines(_TEX_BROKEN),
    indented=True,
    items_go_on="anywhere",
)
