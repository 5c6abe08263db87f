r"""What the lines of a Markdown text are in the dialects that people write, beside what CommonMark sees in them.

CommonMark takes most of it for words: tabs of MkDocs, comments and fields of Obsidian, directives, lists with letters.
No dialect is asked for by name, as few texts say which is theirs: a line that means something in one of them is taken
for that. A line of its own passes through. Of others the lead and the trail stay: `a. `, `: `, ` ^block-id`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from dgcli.text.blocks.lines import STEP, split_lines
from dgcli.text.blocks.regions import foreign_lines

_OWN_LINE = re.compile(
    "|".join(
        (
            r"={3,}|={1,2}[ \t]",  # tabs; headings of wikis, AsciiDoc and Typst
            r"!{3}|\?{3}|!{1,6}[ \t]",  # admonitions, notes to slides; headings of TiddlyWiki
            r"/{2,}|/\*",  # blocks of pymdownx; remarks
            r"(?:h[1-6]|b[cq]|pre|notextile|table)(?:[(\[{][^\s.]{1,40})?\.{1,2}[ \t]",  # of Textile and Jira
            r"\.[A-Z][a-z][^\n]*[^\s.,;:!?…]$",  # titles of blocks of AsciiDoc
            r"[A-Za-z][\w.-]*[-_.][\w.-]*[ \t]*=[ \t]",  # a message or a setting
            # Titles of parts of a text.
            r"(?:Chapter|Part|Section|Unit|Lesson|Act|Scene|Book|Episode|Volume|Kapitel|Teil|Chapitre|Partie|Capítulo)"
            r"[ ][\dIVXLC]+(?:[:.)]|[ ][–—-])?(?:[ ](?:[^\W\d_a-z][^\s.!?…,;:]*|[a-z]{1,4}))*$",
            r".*\S[ \t]*(?:\.{4,}|(?:[ \t]\.){4,})[ \t]*(?:\d+|[ivxlc]+)$",  # of a table of contents
            r"/[a-z][\w-]*(?=[ \t]|$)",  # commands: `/label ~bug`
            r":{2,}",  # containers, directives
            r":[\w+-]+:$",  # fields without a value
            r"%",  # comments, heads
            r"\+{3}|\+[-=+:]+\+",  # block breaks, grid tables
            r"\|",  # tables, line blocks
            r"@@|@\[|@(?:start|end|import|include|(?:param|returns?|throws|typedef|property)\b)",
            r"\\(?:[A-Za-z]+\b|\[(?:$|.*\\\])|\]|\\*$)",  # TeX
            r"\$\$",
            r"(?:`[^`\n]+`(?:,[ \t]*|[ \t]+or[ \t]+)?)+:$",  # options, as manual pages list them
            r"<<|<%|&gt;",  # files that are read in; what somebody wrote, as chats have it
            r"-?[-;]*-8<-|-{2}$",  # snippets; steps of slides
            r"!?\[{1,3}[^\[\]\n]*\]{1,3}$",  # tables of contents, embeds, captions, BBCode
            r"\[?!\[[^\[\]\n]*\](?:\([^()\n]*\)|\[[^\[\]\n]*\])(?:\{[^{}\n]*\}|\]\([^()\n]*\))?$",  # a picture, a badge
            r"\[/[a-z]+\]|\[[a-z]+=[^\[\]\n]*\](?![(\[:])|\[(?P<bb>[a-z]+)\].*\[/(?P=bb)\]",
            r"\*\[[^\]\n]+\]:",  # abbreviations
            r"\[(?!\^)[^\]\n]+\]:(?!:)",  # targets
            r"\[![\w|-]+\][-+]?",  # alerts, callouts
            r"\([^()\n]+\)=$",  # targets of MyST
            r"\{[:#.%{<!|+-].*\}$|\{[^{}\n]*\}$|\{%",  # attributes, templates
            r"\^[\w-]+$|\^[ \t].*[ \t][\^|]$",  # names of blocks, heads of tables of DokuWiki
            r"</?[A-Za-z][\w:.-]*(?:[ \t][^<>\n]*)?>$",  # tags
            r"(?:[-*]\s+)?\(?\[?[\w*](?:[^:`\n\[\]()]|\([^():\n]*\)){0,60}::(?:[ \t]|$)",  # fields
            r";",  # terms of wikis
            r"\.\.[ \t]|\.\.$|\.[\w.-]+\[|[\])]+$",  # directives of reStructuredText, classes of slides
            r"#[+!\w]",  # Org, scripts, slots, tags
            r"\*{2,}[ \t]",  # headings of Org
            r"[A-Z]>[ \t]",  # asides of Markua
            r"import[ \t]+(?:['\"{*]|[\w$]+(?:[ \t]*,[ \t]*\{[^}\n]*\})?[ \t]+from\b)",
            r"export[ \t]+(?:default|const|let|var|function|async|class|\{|\*)",
            r"(?:class|layout|template|exclude|transition|background-(?:image|color|size|position)):[ \t]",  # of slides
            r"[Nn]otes?:$",
            r"(?:SCHEDULED|DEADLINE|CLOSED):",
            r"\?{1,2}$|.*[?!.)]:{2,3}(?=\S)",  # flashcards
            r".*[\u2500-\u259f]",  # what is drawn
        )
    )
)
_CODE = re.compile(r"(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)")
_CODE_OR_ESCAPE = re.compile(rf"\\[^\w\s]|{_CODE.pattern}")
# Of a table without a line under its head; a remark behind words.
_CELLS = re.compile(r"\S[ \t]+\|[ \t]+\S|\S[ \t]*(?:[ ]{3}|\t\t)[ \t]*\S|\S[ \t]+//[ \t]")
_SYMBOL = r"[\u2022-\u2023\u2043\u203b\u2190-\u21ff\u2300-\u23ff\u2460-\u27bf\u2900-\u297f\u2b00-\u2bff]"
_EMOJI = r"[\U0001f000-\U0001faff]"
_PREFIX = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*")
_LEAD = re.compile(
    rf"{_PREFIX.pattern}(?:"
    r"\[\^[^\]\s]+\]:[ \t]+"  # footnotes
    r"|\[[^\[\]\d]\][ \t]+"  # tasks, done or otherwise; not references to notes
    r"|[:~][ \t]+"  # definitions
    rf"|(?:{_SYMBOL}|{_EMOJI}|[0-9#*]\ufe0f?\u20e3)[\ufe0f\u200d\U0001f3fb-\U0001f3ff\u2640\u2642]*[ \t]+"
    r"|(?:TODO|DOING|DONE|NOW|LATER|WAITING|CANCELL?ED)[ \t]+(?:\[#[A-Z]\][ \t]+)?"
    r"|-#[ \t]+|[?!]>[ \t]+|[-=]{1,2}>[ \t]+"  # small print of Discord, tips of docsify, arrows
    r"|:[\w+-]+(?:[ ][^:\n]{1,60})?:[ \t]+"  # fields, emoji by name
    r"|(?:p|fn\d+)(?:\([^()\n]*\)|\{[^{}\n]*\}|\[[^\[\]\n]*\]|[<>=()])*\.[ \t]+"  # paragraphs of Textile
    r"|x[ \t]+(?=\d{4}-\d\d-\d\d[ \t])"  # what is done in todo.txt
    r"|\(ref:[\w-]+\)[ \t]+"  # a text that bookdown puts elsewhere
    r")(?=\S)"
)
_DEFINITION = re.compile(r"[:~][ \t]")
# Only where the paragraph begins with one: elsewhere it is the end of a sentence, or a name.
_ITEM = re.compile(
    rf"(?:(?:\*\*|__)?{STEP}(?:\*\*|__)?"
    r"|\d{1,2}:\d\d(?:[ ]?[AaPp][Mm])?(?:[ ][–—-])?"  # of a diary
    r"|[\u2010-\u2015]|--|\d{1,3}(?:\.\d{1,3}){1,4}[.)]?|\(?(?:[A-Za-z]|[ivxlcdmIVXLCDM]{1,6}|\d{1,9}|@[\w-]*|#)[.)]|\((?:[A-Za-z]|[ivxlcdm]{1,6}|\d{1,9}|@[\w-]*)\))"
    r"[ \t]+(?=\S)|[—―](?=[^\W\d_]|[¿¡«\"“„…(])"
)
_BULLET = re.compile(r"(?:(?P<sign>[-+*])|\d{1,9}[.)])[ \t]+(?:\[[^\[\]]\][ \t]+)?(?=\S)")
_LABEL = re.compile(r"(?P<strong>\*\*|__)[^*_\n]{1,60}(?::(?P=strong)|(?P=strong):)[ \t]+(?=\S)")
_TRAIL = re.compile(
    r"(?<![ \t])(?:"
    r"[ \t]+\^[\w-]+"  # names of blocks
    r"|[ \t]*\{[^{}\n]*\}"  # attributes
    r"|[ \t]+[\U0001f4c5\u23f3\U0001f6eb\u2705\u2795\u274c\U0001f501\u23eb\U0001f53c\U0001f53d\U0001f53a\u23ec"
    r"\U0001f194\u26d4\U0001f3c1]\ufe0f?[^\n]*"  # dates of tasks
    r"|[ \t]+#[\w/-]*[^\W\d][\w/-]*"  # tags
    r"|<br[ \t]*/?>"
    r")+$"
)
_ALL_MARKED = re.compile(r"(?P<all>\*{1,3}|_{1,3})(?=[^\s*_])[^*_\n]{1,100}(?<=[^\s*_.!?…])(?P=all):?")
_LONGEST_TRAIL = 300  # characters
_BY = re.compile(r"(?:[\u2013-\u2015]|--)[ \t]*(?=[*_\[<]{0,2}[^\W\d_a-z])[^\n]{1,78}(?<![.!?:;,…])$")
_CAPTION = re.compile(
    r"(?:[Tt]able|[Ff]igure|[Ff]ig\.|[Ll]isting|[Ee]quation|Tabelle|Abbildung|Abb\.|Tableau|Tabla|Figura)"
    r"(?:[ \t]+[A-Z]?\d[\w.-]*)?[ \t]*[:.](?=[ \t])"
)
_KEY = re.compile(r"(?:\*\*|__)?[A-Z][\w-]*(?: [\w-]+){0,2}(?::(?:\*\*|__)?|(?:\*\*|__):)(?:[ \t]|$)")
_STEP = re.compile(rf"(?:\*\*|__)?{STEP}")
_SETTING = re.compile(r"[\w.-]+[ \t]*:?=[ \t]*\S")
_FIELD = re.compile(r"[A-Za-z][\w-]*:(?:[ \t]|$)")
_FENCE = re.compile(r"`{3}|~{3}")
# What stands in a line and is no words of it; of marks in pairs only the marks.
_INLINE = re.compile(
    r"%%.{0,2000}?%%|!?\[\[[^\[\]]{0,500}\]\]|\(\([^()]{0,500}\)\)|<%(?:(?!<%).){0,2000}?%>|\{\{(?:(?!\{\{).){0,2000}?\}\}|\{%(?:(?!\{%).){0,2000}?%\}|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
    r"|\(\d+\)!|\[-?@[^\[\]]*\]|(?<![\w.@/])-?@\w[\w:./+-]*|[\[(][\w -]+::[^\[\]()]*[\])]|(?<!\w)\w{1,60}::\S*"
    r"|(?<![\w:]):[\w+-]+:(?![\w:])"
    r"|(?<!\S)#[\w/-]*[^\W\d][\w/-]*|\+\+[\w+-]+\+\+"
    r"|(?<!\^)\^[^\s^]+\^(?!\^)|(?<!~)~[^\s~]+~(?!~)"
    r"|(?<![=\\])==(?!=)|\^\^|\+\+|\|\||>!|!<|(?<=\s)\^[\w-]+$",
    re.DOTALL | re.MULTILINE,
)
_BREAK = re.compile(r"[ \t]*(?:\r\n|\n|\r)[ \t>]*")

Mark = tuple[str, ...]


def own_line(words: str) -> bool:
    """Whether a line means something as a whole, so that neither it nor its place may change."""
    words = _PREFIX.sub("", words, count=1)
    bare = _INLINE.sub("x", _CODE.sub("x", _LEAD.sub("", words)))
    return bool(_OWN_LINE.match(words) or _CAPTION.match(words) or _CELLS.search(bare))


def lead(words: str) -> str:
    """What stands before the words of a line and makes it one of its own, with a mark of a list; mostly nothing."""
    match = _LEAD.match(words)
    return match[0] if match else ""


def item(words: str) -> str:
    """The mark of a list with letters, of which CommonMark knows nothing; mostly nothing."""
    match = _ITEM.match(words)
    return match[0] if match else ""


def bullet(words: str, *, under: bool) -> str:
    """The mark of a list where CommonMark sees none: under a line of its own, or, but for numbers, far to the right."""
    match = _BULLET.match(words)
    return match[0] if match and (under or match["sign"]) else ""


def label(words: str) -> str:
    """What a paragraph is about, in bold before a colon; mostly nothing."""
    match = _LABEL.match(words)
    return match[0] if match else ""


def trail(words: str) -> str:
    """What stands behind the words of a line and belongs there; mostly nothing."""
    match = _TRAIL.search(words, max(len(words) - _LONGEST_TRAIL, 1))
    return match[0] if match else ""


def is_heading(words: str, *, alone: bool) -> bool:
    """Whether a line is nothing but words in emphasis, and no sentence: that is a heading.

    A paragraph of its own (`alone`) is one in strong emphasis only.
    """
    match = _ALL_MARKED.fullmatch(words)
    return match is not None and not (alone and len(match["all"]) == 1)


def says_who(words: str) -> bool:
    """Whether a line, the last of its paragraph, says who has said what stands above it."""
    return bool(_BY.match(words))


def defines(words: str) -> bool:
    """Whether a line defines what stands on the one before."""
    return bool(_DEFINITION.match(words))


def has_key(words: str) -> bool:
    """Whether a line is `key: value`, as options under a directive are."""
    return bool(_FIELD.match(words))


def fenced(rows: Sequence[str]) -> frozenset[int]:
    """The lines of a paragraph that are code in fences, which CommonMark does not see where they are indented."""
    found, mark = set(), ""
    for number, row in enumerate(rows):
        match = _FENCE.match(row)
        if mark or match:
            found.add(number)
        if match:
            mark = "" if match[0] == mark else mark or match[0]
    return frozenset(found)


def are_metadata(rows: Sequence[str]) -> bool:
    """Whether several lines of a paragraph are `Key: value` or settings."""
    return sum(1 for row in rows if (_KEY.match(row) and not _STEP.match(row)) or _SETTING.match(row)) > 1


def is_no_prose(rows: Sequence[str], *, behind_rule: bool = False) -> bool:
    """Whether the lines of a paragraph, if any, are metadata, or have what is no word and goes on over lines.

    Behind a rule, a field is the head of a slide.
    """
    if not rows or are_metadata(rows) or _CAPTION.match(rows[0]):
        return True
    if behind_rule and _FIELD.match(rows[0]):
        return True
    text = "\n".join(rows)
    return any("\n" in match[0] for match in _INLINE.finditer(text))


@lru_cache(maxsize=64)
def marks(text: str, *, is_mdx: bool = False) -> tuple[Mark, ...]:
    """What the dialects see in a text beside its words, in order: lines of their own, leads and trails, what is inline.

    Two texts that differ in words only have the same.
    """
    lines = split_lines(text)
    foreign = foreign_lines(lines, is_mdx=is_mdx)
    found: list[Mark] = []
    begins, items = True, False  # whether a paragraph does, and whether it is a list with letters
    for number, line in enumerate(lines):
        words = _PREFIX.sub("", line.rstrip("\r\n"), count=1).rstrip(" \t")
        items = bool(item(words)) if begins else items
        begins = not words
        if number in foreign or own_line(words):
            found.append(("line", line.strip()))
        elif words:
            ends = (lead(words) or (item(words) if items else ""), trail(words))
            found += [("ends", *ends)] if any(ends) else []
    inline = _INLINE.findall(_CODE_OR_ESCAPE.sub(r"\\", text))
    return (*found, *(("inline", _BREAK.sub(" ", each)) for each in inline))
