"""Documents, the holes marked in them, and the promise that everything outside the holes stays as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dgcli.errors import InputError, PromiseBrokenError, UsageError

# A backslash before the mark makes it literal. The length needs a blank or the mark's end behind it.
MARK = re.compile(r"(?<!\\)\[\[\?(?:~(?P<words>\d+)(?=\s|\]\]))?(?P<hint>.*?)\]\]", re.DOTALL)
MOST_WORDS = 100_000  # a length beyond this is a slip of the pen


@dataclass(frozen=True, kw_only=True)
class Span:
    """A hole: characters `start` to `end` of the document are replaced."""

    start: int
    end: int
    hint: str = ""
    words: int | None = None


@dataclass(frozen=True, kw_only=True)
class Document:
    """A text and its holes, in order and apart from each other. `text` has every character of the file."""

    text: str
    spans: tuple[Span, ...]

    def __post_init__(self) -> None:
        end = 0
        for span in self.spans:
            if not end <= span.start <= span.end <= len(self.text):
                raise ValueError(f"span {span.start}:{span.end} overlaps another or leaves the text")
            end = span.end

    @property
    def newline(self) -> str:
        """The document's own line ending: that of its first line."""
        match = re.search(r"\r\n|\n|\r", self.text)
        return match.group() if match else "\n"

    def line_of(self, span: Span) -> int:
        """The line that a hole begins in, counted from 1."""
        return len(re.findall(r"\r\n|\n|\r", self.text[: span.start])) + 1


def decode(data: bytes, name: str) -> str:
    """The text of a file's bytes, byte-order mark and line endings included.

    Raises:
        InputError: the bytes are not UTF-8.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is not UTF-8: byte {error.start} cannot be read.",
            "Convert it first, for example with `iconv -t UTF-8`.",
        ) from error


def find_marks(text: str, name: str, pattern: re.Pattern[str] = MARK) -> Document:
    """The document with a hole wherever `pattern` matches.

    The pattern's groups `hint` and `words`, where it has them, give the hole's hint and its length in words.

    Raises:
        InputError: nothing matches, or a length makes no sense.
    """
    document = Document(text=text, spans=tuple(_span(match) for match in pattern.finditer(text) if match.group()))
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


def splice(document: Document, fills: Sequence[str]) -> str:
    """The document with each hole replaced by its fill.

    Raises:
        PromiseBrokenError: something outside the holes would differ from the input. This cannot happen; it is checked.
    """
    parts: list[str] = []
    end = 0
    for span, fill in zip(document.spans, fills, strict=True):
        parts += (document.text[end : span.start], fill)
        end = span.end
    parts.append(document.text[end:])
    result = "".join(parts)
    check_promise(document, fills, result)
    return result


def check_promise(document: Document, fills: Sequence[str], result: str) -> None:
    """Walk through input and result side by side: outside the holes they have to be the same bytes."""
    source, target = document.text.encode(), result.encode()
    read = written = end = 0
    for span, fill in zip(document.spans, fills, strict=True):
        kept = len(document.text[end : span.start].encode())
        if source[read : read + kept] != target[written : written + kept]:
            raise _broken(document.line_of(span))
        read += kept + len(document.text[span.start : span.end].encode())
        written += kept + len(fill.encode())
        end = span.end
    if source[read:] != target[written:]:
        raise _broken(document.text.count("\n") + 1)


def _broken(line: int) -> PromiseBrokenError:
    return PromiseBrokenError(
        f"The text outside the holes would have changed before line {line}, so nothing was written.",
        "This is a fault of dg: please report it with the file.",
    )


def _span(match: re.Match[str]) -> Span:
    groups = match.groupdict()
    words = groups.get("words")
    return Span(
        start=match.start(),
        end=match.end(),
        hint=" ".join((groups.get("hint") or "").split()),
        words=int(words[:9]) if words and words.isdecimal() else None,
    )
