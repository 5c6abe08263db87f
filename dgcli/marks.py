"""Where the holes of a text are: marks written into it, or text chosen from outside."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from dgcli.document import Document, Span
from dgcli.errors import InputError, UsageError

# A backslash before the mark makes it literal. The length needs a blank or the mark's end behind it.
MARK = re.compile(r"(?<!\\)\[\[\?(?:~(?P<words>\d+)(?=\s|\]\]))?(?P<hint>.*?)\]\]", re.DOTALL)
MOST_WORDS = 100_000  # a length beyond this is a slip of the pen


def find_marks(text: str, name: str, pattern: re.Pattern[str] = MARK, *, in_code: bool = True) -> Document:
    """The document with a hole wherever `pattern` matches.

    The pattern's groups `hint` and `words`, where it has them, give the hole's hint and its length in words. Without
    `in_code`, what matches inside the code of a Markdown text is left alone.

    Raises:
        InputError: nothing matches, or a length makes no sense.
    """
    end = text.rfind("]]") + 2 if pattern is MARK else len(text)  # or each [[? behind it would be followed to the end
    every = matches = [match for match in pattern.finditer(text, 0, end) if match.group()]
    if not in_code and matches:
        code = code_ranges(text)
        matches = [match for match in every if not _within(match.start(), code)]
    document = Document(text=text, spans=tuple(map(_span, matches)))
    if every and not matches:
        raise InputError(f"The marks of {name} are all inside code.", "Add --in-code to fill them there.")
    if not document.spans:
        raise InputError(
            f"{name} has no mark to fill.", "Write [[?]] where text is missing, or [[? what it should say]]."
        )
    for span in document.spans:
        if span.words is not None and not 1 <= span.words <= MOST_WORDS:
            raise InputError(
                f"The mark in line {document.line_of(span)} of {name} asks for {span.words} words.",
                "Ask for at least one word, as in [[?~20]].",
            )
    return document


def choose_matches(text: str, name: str, pattern: re.Pattern[str], hint: str, count: int | None) -> Document:
    """The document with a hole in place of every match, or of the first `count`."""
    found = [match for match in pattern.finditer(text) if match.group()][:count]
    if not found:
        raise InputError(f"Nothing in {name} matches {pattern.pattern!r}.", "Check the expression; case counts.")
    return Document(text=text, spans=tuple(_chosen(text, match.start(), match.end(), hint) for match in found))


def choose_lines(text: str, name: str, lines: str, hint: str) -> Document:
    """The document with a hole in place of lines such as `12-14` or `12`, counted from 1; the last newline stays."""
    match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", lines.strip())
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last:
        raise UsageError(f"{lines!r} are no lines.", "Write the first and the last one, as in --lines 12-14.")
    starts = [0, *(newline.end() for newline in re.finditer(r"\r\n|\n|\r", text))]
    if last > len(starts) or (last == len(starts) and starts[-1] == len(text) and len(starts) > 1):
        raise InputError(f"{name} has no line {last}.", f"Its last line is {len(starts) - (starts[-1] == len(text))}.")
    end = starts[last] if last < len(starts) else len(text)
    content = text[starts[first - 1] : end]
    end -= len(content) - len(content.rstrip("\r\n"))
    return Document(text=text, spans=(_chosen(text, starts[first - 1], end, hint),))


def choose_span(text: str, name: str, span: str, hint: str) -> Document:
    """The document with a hole in place of the characters `START:END`, counted from 0, the end not included."""
    match = re.fullmatch(r"(\d{1,12}):(\d{1,12})", span.strip())
    if not match:
        raise UsageError(f"{span!r} is no span.", "Write two character offsets, as in --span 120:164.")
    start, end = int(match[1]), int(match[2])
    if not start <= end <= len(text):
        raise InputError(f"{name} has {len(text)} characters, so {span} is no part of it.", "Check the offsets.")
    return Document(text=text, spans=(_chosen(text, start, end, hint),))


def code_ranges(text: str) -> list[tuple[int, int]]:
    """The character ranges of a Markdown text that are code: fenced blocks and inline code.

    Indented blocks are not: what a parser takes for one is as often an indented list or a quoted letter.
    """
    if "```" not in text and "~~~" not in text:
        return list(_inline_code(text, 0, len(text)))
    from markdown_it import MarkdownIt  # takes a while, and only fences need it

    starts = [0, *(newline.end() for newline in re.finditer(r"\r\n|\n|\r", text)), len(text)]
    ranges: list[tuple[int, int]] = []
    end = 0
    blocks = [token.map for token in MarkdownIt("commonmark").disable("code").parse(text) if token.type == "fence"]
    for first, last in sorted((first, last) for first, last in filter(None, blocks)):
        start, stop = starts[min(first, len(starts) - 1)], starts[min(last, len(starts) - 1)]
        ranges += _inline_code(text, end, start)
        ranges.append((start, stop))
        end = stop
    return [*ranges, *_inline_code(text, end, len(text))]


def _inline_code(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Code between equal runs of backticks, within a paragraph."""
    for match in re.finditer(r"(?<![`\\])(`+)(?!`)((?:(?!\n[ \t]*\n).)+?)(?<!`)\1(?!`)", text[start:end], re.DOTALL):
        yield start + match.start(), start + match.end()


def _within(position: int, ranges: Sequence[tuple[int, int]]) -> bool:
    index = bisect_right(ranges, (position, float("inf"))) - 1
    return index >= 0 and position < ranges[index][1]


def _chosen(text: str, start: int, end: int, hint: str) -> Span:
    return Span(start=start, end=end, hint=" ".join(hint.split()), old=text[start:end])


def compile_marker(pattern: str) -> re.Pattern[str]:
    """The regular expression of `--marker`.

    Raises:
        UsageError: it is not one.
    """
    try:
        return re.compile(pattern, re.DOTALL)
    except re.error as error:
        raise UsageError(
            f"The marker {pattern!r} is not a regular expression ({error}).", r"Escape brackets, as in '\[TODO\]'."
        ) from error


def _span(match: re.Match[str]) -> Span:
    groups = match.groupdict()
    words = groups.get("words")
    return Span(
        start=match.start(),
        end=match.end(),
        hint=" ".join((groups.get("hint") or "").split()),
        words=int(words[:9]) if words and words.isdecimal() else None,
    )
