"""The place within a file where a fill lands, by kind of file, and the characters that no fill may have there."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from dgcli.text.syntax.kinds import Kind
from dgcli.text.syntax.parsers import DELIMITERS, Entry

NEVER = ("[[", "]]", "```", "~~~")  # in no fill, wherever it lands


@dataclass(frozen=True)
class Place:
    """Where a fill lands."""

    name: str  # to people
    never: str = ""  # characters that no fill may have there
    first: str = ""  # characters that no fill may begin with there
    bare: bool = False  # a blank that it begins with would be a part of a value
    ascii: bool = False  # other characters are encoded there
    code: bool = False  # a piece of the program or of the data itself: it only has to parse


_QUOTED = {
    '"': Place("a string", '"\\\n'),
    "'": Place("a string", "'\\\n"),
    '"""': Place("a string", '"\\'),
    "'''": Place("a string", "'\\"),
    "`": Place("a string", "`\\${}"),
}
_NEAR = 2000
_INTERPOLATED = "${}%`"
_IN_PROGRAM = "\"'`\\"
LINE_OF_COMMENT = Place("a comment", "\n")
_TAG = Place("a tag", "\"'<>&/= \n")
_FIXED = {
    Kind.TEXT: Place("plain text"),
    Kind.RST: Place("reStructuredText", "`*|_\\"),
    Kind.ORG: Place("Org", "|[]{}<>$\\*=~"),
    Kind.ASCIIDOC: Place("AsciiDoc", "|[]{}<>`\\"),
    Kind.WIKI: Place("a wiki", "|[]{}<>~"),
    Kind.ROFF: Place("a manual page", '\\"'),
    Kind.TYPST: Place("Typst", "#$*_@<>`\\[]{}~"),
    Kind.SUBTITLES: Place("subtitles", "<>{}\n"),
    Kind.SETTINGS: Place("a setting", '#;%$"\\=`\n'),
    Kind.MESSAGES: Place("a message", '"\\%{}\n'),
    Kind.CARDS: Place("a value of a calendar or a card", "\\,;\n"),
    Kind.CSV: Place("a cell", DELIMITERS + '"\n'),
    Kind.YAML: Place("a value of YAML", ':#{}[]&*|>"%@`\n'),
    Kind.TEX: Place("the text of TeX", '%$&#_\\{}^~"'),
    Kind.HTML: Place("HTML", "\"'<>&{}`"),
    Kind.XML: Place("XML", "\"'<>&"),
    Kind.MARKDOWN: Place("Markdown"),
}
_BEGINS = {Kind.WIKI: "*#:;=!-", Kind.TYPST: "=-+/"}  # that mean something at the beginning of a line
_RULE = re.compile(r"[^\n]*\n[ \t]*([^\w\s])\1+[ \t]*(?:\n|\Z)")  # below the line makes a heading of it
_HEADING = re.compile(r"\*+[ \t]")  # of Org, which may have tags: `:tag:`
_TERM = re.compile(r"[^\n]*[ \t]::(?:[ \t]|$)", re.MULTILINE)
_IN_BRACKETS = re.compile(r"(?:\w::?\S*|^)\[[^\[\]]*\Z")  # of a macro, or of a block
_VERB = re.compile(r"\\(?:verb\*?|lstinline(?:\[[^\]]*\])?)(?P<mark>[^\w\s*{])(?:(?!(?P=mark)).)*\Z")
_KEY = re.compile(
    r"\\(?:[a-zA-Z]*cite[a-zA-Z]*\*?(?:\[[^\]]*\])*|[a-zA-Z]*ref\*?|label|input|include\w*|url|href|gls\w*)\{[^{}]*\Z"
)
_COMMAND = re.compile(r"\\(?:[A-Za-z]+\*?|\\)[ \t]*\Z")
_ADDRESS = re.compile(r"(?:href|src|action|id|for|srcset|cite|poster)\s*=\s*[\"']?[^\s\"'<>]*\Z", re.IGNORECASE)
_ENCODED = re.compile(
    r"^Content-Transfer-Encoding:[ \t]*(?P<how>quoted-printable|base64)\b", re.IGNORECASE | re.MULTILINE
)
_IN_FORMULA = re.compile(
    r"\\\[(?:(?!\\\]).)*$|\\\((?:(?!\\\)).)*$|\\begin\{((?:equation|align|gather|multline)\*?)\}(?:(?!\\end\{).)*$",
    re.DOTALL,
)
_MARKDOWN = {
    "href": Place("the target of a link", " ()<>[]\"'`\\\n"),
    "title": Place("the title of a link", "\"'()\\\n"),
    "code_inline content": Place("code", "`\n"),
}
_LABELS = (
    (re.compile(r"\[\^[^\]\s]*\Z"), Place("the label of a footnote", " []^\n")),
    (re.compile(r"\{[^{}]*[#.=][^{}\s\"']*\Z"), Place("an attribute", " {}\"'\n")),
)
_MARKDOWN["src"] = _MARKDOWN["url"] = _MARKDOWN["href"]
_ENCLOSING = {
    "link": Place("the text of a link", "[]"),
    "td": Place("a cell of a table", "|\n"),
    "th": Place("a cell of a table", "|\n"),
}
_TAGS = {
    "text": Place("the text between tags", "<>&"),
    "attribute": Place("an attribute", "\"'<>&{}`\\\n"),
    "comment": Place("a comment", "<>"),
    "script": Place("a script", "<", code=True),
}


@dataclass(frozen=True)
class Sight:
    """What there is to tell a place by: the text around it, and what a parser sees with a word there."""

    left: str
    right: str
    seen: Sequence[Entry] | None  # nothing if no parser can read it so
    own: Sequence[int] = ()  # which entries have that word

    @property
    def line(self) -> str:
        """The line before the place."""
        return self.left.rpartition("\n")[2]

    @property
    def entry(self) -> str:
        """The type of the entry that has the word."""
        return self.seen[self.own[0]][0] if self.seen and self.own else ""


def place_of(kind: Kind, sight: Sight) -> Place:
    """The place within a file of some kind."""
    find = _FINDERS.get(kind)
    return (find and find(sight)) or _FIXED[kind]


def place_in_code(role: str, quote: str, *, formatted: bool) -> Place:
    """The place in a program: `role` as in `parsers.roles`, the quotation mark of a string, whether that has braces."""
    if role == "c":
        return Place("a comment", "\\\n")
    if role == "s":
        place = _QUOTED.get(quote, Place("a string", "\"'`\\\n"))
        return Place(place.name, place.never + _INTERPOLATED) if formatted else place
    return Place("code", code=True)


def _in_markdown(sight: Sight) -> Place:
    place = Place("Markdown")
    seen, own = sight.seen or (), sight.own
    if sight.entry == "text":
        open_ones = [name for name, _ in seen[: own[0]] if name.endswith(("_open", "_close"))]
        for name, enclosing in _ENCLOSING.items():
            if open_ones.count(f"{name}_open") > open_ones.count(f"{name}_close"):
                place = Place(enclosing.name, place.never + enclosing.never)
        if any(name == "image" for name, _ in seen[max(0, own[0] - 3) : own[0]]):
            place = Place("the text of a picture", place.never + "[]")
    elif sight.entry in ("html_inline content", "html_block content"):
        place = _in_markup(sight.left[-_NEAR:])
    else:
        place = _MARKDOWN.get(sight.entry, place)
    if label := next((label for opens, label in _LABELS if opens.search(sight.line)), None):
        place = label
    if sight.line.rfind("[[") > sight.line.rfind("]]"):
        place = Place("a link of a wiki", place.never + "[]|#\n")
    formula = "$" if "$" in sight.line and "$" in sight.right.partition("\n")[0] else ""
    return Place(place.name, place.never + formula + _template(sight.line))


def _in_markup(left: str) -> Place:
    """The place in HTML that is told by the characters before it: a comment, a tag, or the text between tags."""
    if left.rfind("<!--") > left.rfind("-->"):
        return _TAGS["comment"]
    if left.rfind("<") > left.rfind(">"):
        return Place("a tag", _TAGS["attribute"].never + (" " if _ADDRESS.search(left) else ""))
    return _TAGS["text"]


def _template(left: str) -> str:
    """What means something within a template that is open at the end of a text."""
    opened = max(map(left.rfind, ("{{", "{%", "<%", "<?")))
    if opened < 0 or max(map(left.rfind, ("}}", "%}", "%>", "?>"))) > opened:
        return "{}%" if "{{" in left or "{%" in left else ""
    return '{}%"\\' + ("'" if _open(left[opened:], "'") else "")


def _in_mdx(sight: Sight) -> Place:
    place = _in_markdown(sight)
    never = place.never + "{}<>"
    opened = _program_of_mdx(sight.left)[-1:]
    if opened == "*":
        return Place("a comment", never + "*")
    if opened and opened not in "<\"'":
        return Place("a program", never + _IN_PROGRAM)
    return Place(place.name.replace("Markdown", "MDX"), never)


def _program_of_mdx(left: str) -> str:
    """What is open at the end of a text of MDX, as `mdx.after` tells it."""
    from dgcli.text.blocks import mdx

    opened, blank = "", True
    for line in left.splitlines(keepends=True):
        opened = mdx.after(opened, line, may_begin=blank)
        blank = not line.strip()
    return opened


def _in_xml(sight: Sight) -> Place | None:
    if sight.seen is None:
        return None
    around = _in_markup(sight.left[-_NEAR:]) if not sight.own else None  # a comment outside of the document's element
    place = around if around is _TAGS["comment"] else _TAGS.get(sight.entry, _TAG)
    if sight.entry == "attribute" and re.search(r"=\s*\"[^\"']*$", sight.left[-_NEAR:]):
        return Place(place.name, place.never.replace("'", ""))
    return place


def _in_html(sight: Sight) -> Place | None:
    place = _in_xml(sight)
    if not place or place.code:
        return place
    address = " " if sight.entry == "attribute" and _ADDRESS.search(sight.left[-_NEAR:]) else ""
    left, right = sight.left[-_NEAR:], sight.right.partition("\n")[0]
    braces = "{}" if sight.entry == "text" else ""
    if left.rfind("{") > left.rfind("}") and "}" in right:  # an expression, as in Svelte
        braces += _IN_PROGRAM
    return Place(place.name, place.never + braces + address + _template(left))


def _in_json(sight: Sight) -> Place:
    if _open(sight.line, '"'):
        return _QUOTED['"']
    if sight.seen is None:  # as with comments and single quotation marks
        if re.search(r"(?:^|[\s,{}\[\]])//", sight.line) or sight.left.rfind("/*") > sight.left.rfind("*/"):
            return Place("a comment", "*\\\n")
        if _open(sight.line, "'"):
            return _QUOTED["'"]
    return Place("JSON", code=True)


def _in_csv(sight: Sight) -> Place:
    quoted = _open(sight.left, '"')
    begins = sight.line.endswith(tuple(DELIMITERS)) or not sight.line or (quoted and sight.line.endswith('"'))
    never = '"\n' if quoted else _FIXED[Kind.CSV].never
    return Place("a cell", never, first="=+-@" if begins else "", bare=begins)


def _in_toml(sight: Sight) -> Place:
    if sight.seen is not None and not sight.own:
        return LINE_OF_COMMENT
    for quote in ('"""', "'''"):
        if sight.left.count(quote) % 2:
            return _QUOTED[quote]
    for quote in ('"', "'"):
        if _open(sight.line, quote):
            return _QUOTED[quote]
    return Place("TOML", "#", code=True)


def _in_yaml(sight: Sight) -> Place | None:
    if sight.seen is None or not sight.own:
        return None if sight.seen is None else LINE_OF_COMMENT
    style = sight.seen[sight.own[0] - 1][0].removeprefix("scalar ") if sight.entry == "scalar" else ""
    return Place("a block of YAML") if style in ("|", ">") else _QUOTED.get(style)


def _in_tex(sight: Sight) -> Place | None:
    if re.search(r"(?<!\\)(?:\\\\)*%", sight.line):
        return LINE_OF_COMMENT
    paragraph = sight.left.rpartition("\n\n")[2]
    if _open(paragraph, "$") or _IN_FORMULA.search(paragraph[-_NEAR:]):
        return Place("a formula", "$%#", code=True)
    place = _in_lines(Kind.TEX, sight)
    if verbatim := _VERB.search(sight.line):
        return Place("a piece of code", verbatim["mark"] + "\n")
    if _KEY.search(sight.line):
        return replace(place, never=place.never + " ,\n")
    return replace(place, first="[*") if _COMMAND.search(sight.line) else place


def _in_lines(kind: Kind, sight: Sight) -> Place:
    """The place in a language whose lines tell what they are."""
    place = _FIXED[kind]
    if sight.line.isspace() or (not sight.line.strip() and _RULE.match(sight.right)):
        place = replace(place, never=place.never + "\n")  # another line would stand at the margin, or above the rule
    if kind is Kind.ORG and (_HEADING.match(sight.line) or _TERM.match(sight.right)):
        place = replace(place, never=place.never + ":")
    if kind is Kind.ASCIIDOC and _IN_BRACKETS.search(sight.line):
        place = replace(place, never=place.never + ',="\n')
    return place if sight.line.strip() else replace(place, first=_BEGINS.get(kind, ""))


def _in_text(sight: Sight) -> Place:
    """Plain text, or a part of a mail in which characters beside ASCII, and `=`, are encoded."""
    part = sight.left[max(0, sight.left.rfind("\n--")) :]
    if encoded := _ENCODED.search(part):
        return Place(f"text in {encoded['how'].lower()}", "=", ascii=True)
    return _in_lines(Kind.TEXT, sight)


def _in_messages(sight: Sight) -> Place | None:
    if sight.left.rfind("/*") > sight.left.rfind("*/") and not _open(sight.line, '"'):
        return Place("a comment", "*\n")
    return LINE_OF_COMMENT if sight.line.startswith(("#", "//")) else None


def _in_cards(sight: Sight) -> Place | None:
    """Before the first colon stand a name and its parameters. A line that begins with a blank goes on with the last."""
    unfolded = re.sub(r"\n[ \t]", "", sight.left).rpartition("\n")[2]
    names = ":" not in re.sub(r'"[^"\n]*"', "", unfolded)
    return Place("the name of a value", '\\,;:"=\n') if names else None


def _in_settings(sight: Sight) -> Place | None:
    if sight.line.lstrip().startswith((";", "#", "!", "//")):
        return LINE_OF_COMMENT
    return replace(_FIXED[Kind.SETTINGS], bare=True) if sight.line.endswith(("=", ":")) else None


_FINDERS: dict[Kind, Callable[[Sight], Place | None]] = {
    Kind.MARKDOWN: _in_markdown,
    Kind.MDX: _in_mdx,
    Kind.HTML: _in_html,
    Kind.XML: _in_xml,
    Kind.JSON: _in_json,
    Kind.JSON_LINES: _in_json,
    Kind.CSV: _in_csv,
    Kind.TOML: _in_toml,
    Kind.YAML: _in_yaml,
    Kind.TEX: _in_tex,
    Kind.TEXT: _in_text,
    Kind.MESSAGES: _in_messages,
    Kind.SETTINGS: _in_settings,
    Kind.CARDS: _in_cards,
    **{
        kind: partial(_in_lines, kind) for kind in (Kind.RST, Kind.ORG, Kind.ASCIIDOC, Kind.WIKI, Kind.ROFF, Kind.TYPST)
    },
}


def _open(text: str, mark: str) -> bool:
    """Whether a text ends within a pair of `mark`, those behind a backslash not counted."""
    return text.replace("\\\\", "").replace(f"\\{mark}", "").count(mark) % 2 == 1
