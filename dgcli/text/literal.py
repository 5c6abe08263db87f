"""Where literal text is in reStructuredText, Org, AsciiDoc and LaTeX: code, and what is shown as it stands."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from dgcli.text.code import Range, merged
from dgcli.text.document import Plain

_RST_CODE = re.compile(
    r"[ \t]*\.\.[ \t]+(?:\|[^|\n]+\|[ \t]+)?(?:code(?:-block|-cell)?|sourcecode|parsed-literal|raw|prompt|ipython"
    r"|doctest|test(?:code|setup|output|cleanup)|jupyter-execute|graphviz|digraph|uml|mermaid|highlight)::"
)
_RST_DIRECTIVE = re.compile(r"[ \t]*\.\.(?:[ \t]|$)")
_ORG_BLOCK = re.compile(r"[ \t]*#\+begin_(?P<what>src|example|export|comment)\b", re.IGNORECASE)
_ORG_END = re.compile(r"[ \t]*#\+end_(?P<what>src|example|export|comment)\b", re.IGNORECASE)
_ORG_LINE = re.compile(r"[ \t]*:(?:[ \t]|$)")
_ADOC_FENCE = re.compile(r"(?P<fence>-{4,}|\.{4,}|\+{4,}|/{4,}|`{3,}(?=[\w,.+-]*[ \t]*$))[\w,.+-]*[ \t]*$")
_ADOC_STYLE = re.compile(r"\[(?:source|listing|literal|pass)\b[^\[\]\n]*\][ \t]*$")
_TEX = re.compile(
    r"\\begin\{(?P<what>[vBL]?[Vv]erbatim\*?|verbatimtab|alltt|lstlisting|minted|comment|filecontents\*?|pycode)\}"
    r".*?(?:\\end\{(?P=what)\}|\Z)"
    r"|\\(?:verb\*?|lstinline(?:\[[^\]\n]*\])?|mintinline(?:\[[^\]\n]*\])?\{\w+\})(?P<mark>[^\w\s*{])[^\n]*?(?P=mark)"
    r"|\\(?:lstinline(?:\[[^\]\n]*\])?|mintinline(?:\[[^\]\n]*\])?\{\w+\})\{[^{}\n]*\}",
    re.DOTALL,
)
_INLINE = {
    "rst": re.compile(r"(?<![`\\])``(?=\S)[^`\n]{1,500}(?:\n(?!\s*\n)[^`\n]{1,500})?``(?!`)"),
    "org": re.compile(
        r"(?<![\w=~])([=~])(?=\S)[^\n]{1,500}?(?<=\S)\1(?![\w=~])"
        r"|\bsrc_\w+(?:\[[^\]\n]*\])?\{[^{}\n]*\}"
    ),
    "asciidoc": re.compile(
        r"(?<![`\\\w])(`{1,2})(?=\S)[^`\n]{1,500}\1(?![`\w])"
        r"|(?<![+\\\w])(\+{1,3})(?=\S)[^\n+]+\2(?![+\w])"
    ),
}


def literal_ranges(text: str, format: str) -> list[Range]:
    """The literal text of a file, as ranges in order and apart. `format` is `rst`, `org`, `asciidoc` or `latex`."""
    plain = Plain.of(text)
    if format == "latex":
        return merged(plain, (match.span() for match in _TEX.finditer(plain.text)))
    lines = plain.text.split("\n")
    blocks = list(_BLOCKS[format](lines))
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    ranges = [(starts[first], min(starts[last], len(plain.text))) for first, last in blocks]
    return merged(plain, [*ranges, *(match.span() for match in _INLINE[format].finditer(plain.text))])


def _rst(lines: Sequence[str]) -> Iterator[Range]:
    """What stands below `::` or a directive for code, and is indented; and sessions."""
    number = 0
    while number < len(lines):
        line = lines[number]
        opens = bool(_RST_CODE.match(line)) or (
            line.rstrip().endswith("::") and not _RST_DIRECTIVE.match(line) and _blank(lines, number + 1)
        )
        number += 1
        if opens:
            end = _indented(lines, number, _indent(line))
            yield number, end
            number = end
        elif line.lstrip().startswith(">>> "):
            first = number - 1
            while number < len(lines) and lines[number].strip():
                number += 1
            yield first, number


def _org(lines: Sequence[str]) -> Iterator[Range]:
    """Blocks of code and examples, and lines behind a colon."""
    closings = _Closings((at, match["what"].lower()) for at, match in _found(_ORG_END, lines))
    number = 0
    while number < len(lines):
        match = _ORG_BLOCK.match(lines[number])
        if match:
            end = closings.behind(number, match["what"].lower())
            if end:
                yield number, end
                number = end
                continue
        elif _ORG_LINE.match(lines[number]):
            yield number, number + 1
        number += 1


def _asciidoc(lines: Sequence[str]) -> Iterator[Range]:
    """What stands between two lines of `----` and their like, paragraphs of code, and indented ones."""
    closings = _Closings((at, match["fence"]) for at, match in _found(_ADOC_FENCE, lines))
    number = 0
    while number < len(lines):
        line = lines[number]
        behind_blank = number == 0 or not lines[number - 1].strip()
        if match := _ADOC_FENCE.match(line):
            end = closings.behind(number, match["fence"])
            if end:
                yield number, end
                number = end
                continue
        elif _ADOC_STYLE.match(line) or (behind_blank and line[:1] in " \t" and line.strip() and not _item(line)):
            first = number
            fenced = number + 1 < len(lines) and _ADOC_FENCE.match(lines[number + 1])
            while not fenced and number < len(lines) and lines[number].strip():
                number += 1
            if number > first:
                yield first, number
                continue
        number += 1


_BLOCKS = {"rst": _rst, "org": _org, "asciidoc": _asciidoc}


def _item(line: str) -> bool:
    """Whether a line begins an item of a list, which may be indented."""
    return bool(re.match(r"[ \t]*(?:[*-]+|\.+|\d+\.)[ \t]|[^\n]*::(?:[ \t]|$)", line))


class _Closings:
    """The lines that close blocks, by what they close."""

    def __init__(self, found: Iterator[tuple[int, str]]) -> None:
        self._lines: dict[str, list[int]] = {}
        for line, what in found:
            self._lines.setdefault(what, []).append(line)

    def behind(self, line: int, what: str) -> int | None:
        """Behind the line that closes what one opens; None if none does."""
        lines = self._lines.get(what, [])
        index = bisect_left(lines, line + 1)
        return lines[index] + 1 if index < len(lines) else None


def _found(pattern: re.Pattern[str], lines: Sequence[str]) -> Iterator[tuple[int, re.Match[str]]]:
    return ((number, match) for number, line in enumerate(lines) if (match := pattern.match(line)))


def _blank(lines: Sequence[str], number: int) -> bool:
    return number >= len(lines) or not lines[number].strip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t")) if "\t" not in line else len(line.expandtabs(8)) - len(line.lstrip())


def _indented(lines: Sequence[str], number: int, indent: int) -> int:
    """Behind the lines that are blank or indented by more."""
    end = number
    while number < len(lines) and (not lines[number].strip() or _indent(lines[number]) > indent):
        number += 1
        end = number if lines[number - 1].strip() else end
    return end
