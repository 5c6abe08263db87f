"""Where code is in a text: there, what looks like a mark may be none."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from dgcli.text.document import Plain

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Range = tuple[int, int]  # characters from the first up to the second

_MAYBE = re.compile(r"[`<\t]|~~~| {4}|\{/\*")  # without any of these there is no code in a Markdown text
_FRONT_MATTER = re.compile(r"\ufeff?(---|\+\+\+)[ \t]*\n(?=[\w\"'.-]+[ \t]*[:=])(?:.*\n)*?(?:\1|\.\.\.)[ \t]*(?:\n|\Z)")
_ELEMENTS = "pre|code|kbd|samp|tt|script|style|textarea|xmp|listing|plaintext|nowiki|syntaxhighlight"
_STEP = re.compile(
    r"(?P<escaped>\\[\\`<{])|(?P<ticks>`+)"
    rf"|(?P<opening><!--|<!\[CDATA\[|<\?|\{{/\*|<(?P<element>{_ELEMENTS})(?=[\s/>])[^<>]*(?<!/)>)",
    re.IGNORECASE,
)
_TICKS = re.compile("`+")
_CLOSINGS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>", "{/*": "*/}"}
# What other dialects indent by four blanks, where CommonMark sees code: the text of a note or a tab, the second
# paragraph of a footnote or a definition.
INDENTS_TEXT = re.compile(r'(?:!!!|\?\?\?\+?)[ \t]*["\w]|===[!+]?[ \t]+"|\[\^[^\]\s]+\]:|[:~][ \t]')
_DEEPEST = 20  # of texts within texts that are looked into
_INDENT = re.compile(r"(?: {4}| {0,3}\t)")


def code_ranges(text: str, *, indented: bool = True) -> list[Range]:
    """The code of a Markdown text, as ranges in order and apart: blocks, fenced or (where `indented`) indented, code
    between backticks, comments, and the HTML elements that hold code or a program, in lists and quotations as well.
    """
    if not _MAYBE.search(text):
        return []
    plain = Plain.of(text)
    blocks, words = _blocks(_without_front_matter(plain.text), indented=indented)
    starts = [0, *(match.end() for match in re.finditer("\n", plain.text)), len(plain.text)]

    def characters(lines: Iterable[Range]) -> list[Range]:
        return sorted({(starts[first], starts[min(last, len(starts) - 1)]) for first, last in lines})

    return merged(plain, [*characters(blocks), *_in_words(plain.text, characters(words))])


def html_code(text: str) -> list[Range]:
    """The same of an HTML text: comments, and the elements that hold code or a program."""
    plain = Plain.of(text)
    return merged(plain, _in_words(plain.text, [(0, len(plain.text))], markdown=False))


def range_at(position: int, ranges: Sequence[Range]) -> Range | None:
    """The one of some ranges, in order and apart, that a character is in."""
    index = bisect_right(ranges, (position, float("inf"))) - 1
    return ranges[index] if index >= 0 and position < ranges[index][1] else None


def _without_front_matter(text: str) -> str:
    """The text with blank lines in its place: that is no Markdown."""
    match = _FRONT_MATTER.match(text)
    return "\n" * text.count("\n", 0, match.end()) + text[match.end() :] if match else text


def _blocks(text: str, *, indented: bool, depth: int = 0) -> tuple[list[Range], list[Range]]:
    """The lines of blocks of code, and those of words or HTML."""
    parser = _parser()
    tokens: list[Token] = []
    parser.block.parse(text, parser, {}, tokens)
    lines = text.split("\n")
    code: list[Range] = []
    words: list[Range] = []
    for token in tokens:
        first, last = token.map or (0, 0)
        is_text = depth < _DEEPEST and (not indented or _indents_text(lines, first))
        if token.type == "fence" or (token.type == "code_block" and not is_text):
            code.append((first, last))
        elif token.type == "code_block":  # which may hold code in turn
            outdented = "\n".join(_INDENT.sub("", line, count=1) for line in lines[first:last])
            if not _MAYBE.search(outdented):
                words.append((first, last))
                continue
            within = _blocks(outdented, indented=indented, depth=depth + 1)
            for ranges, more in zip((code, words), within, strict=True):
                ranges += [(first + start, min(first + end, last)) for start, end in more]
        elif token.type in ("inline", "html_block"):
            words.append((first, last))
    return code, words


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # takes a while

    return MarkdownIt("commonmark").enable("table").disable("reference")


def _indents_text(lines: Sequence[str], first: int) -> bool:
    """Whether the indented lines from `first` on belong to what other dialects have and CommonMark has not."""
    for line in (lines[number] for number in range(first - 1, -1, -1)):
        if line.strip() and not _INDENT.match(line):
            return bool(INDENTS_TEXT.match(line.lstrip()))
    return False


def _in_words(text: str, segments: Iterable[Range], *, markdown: bool = True) -> Iterator[Range]:
    """Code between equal runs of backticks, within a segment, and comments and elements, which may go on beyond it.

    What is not closed goes to the end of its segment.
    """
    done = 0
    unclosed: set[str] = set()  # what is closed nowhere in the rest of the text: it is not looked for again
    for start, end in segments:
        position = max(start, done)
        last = {run[0]: run.start() for run in _TICKS.finditer(text, start, end)} if markdown else {}
        while match := _STEP.search(text, position, end):
            position = match.end() if markdown or not match["escaped"] else match.start() + 1
            if match["opening"]:
                stop = _ended(text, match, unclosed) or end
            elif match["ticks"] and last.get(match["ticks"], -1) >= position:
                stop = _closed(text, position, match["ticks"])
            else:
                continue
            yield match.start(), stop
            position = stop
        done = max(done, position)


def _closed(text: str, position: int, ticks: str) -> int:
    """The end of code that a run of backticks opened, which is closed by another."""
    return next(run.end() for run in _TICKS.finditer(text, position) if run[0] == ticks)


def _ended(text: str, match: re.Match[str], unclosed: set[str]) -> int | None:
    """The end of a comment or an element; None if it has none."""
    opening = (match["element"] or match["opening"]).lower()
    if opening in unclosed:
        return None
    closing = rf"</{opening}\s*>" if match["element"] else re.escape(_CLOSINGS[match["opening"].upper()])
    found = re.compile(closing, re.IGNORECASE).search(text, match.end())
    if not found:
        unclosed.add(opening)
    return found.end() if found else None


def merged(plain: Plain, ranges: Iterable[Range]) -> list[Range]:
    """Ranges in the text as it was, those that overlap as one."""
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return [(plain.origin(start), plain.origin(end)) for start, end in merged]
