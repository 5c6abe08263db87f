"""Documents, their holes, and the promise that everything outside the holes stays as it is."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from dgcli.errors import ArgumentError, InputError, PromiseBrokenError

_LINE_END = re.compile(r"\r\n|\n|\r")
_HEAD = 4000  # bytes that tell an encoding
_BYTE_ORDER_MARKS = {  # the longer ones first: one of UTF-16 begins one of UTF-32
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


@dataclass(frozen=True, kw_only=True)
class Span:
    """A hole: characters `start` to `end` of the document are replaced."""

    start: int
    end: int
    hint: str = ""
    words: int | None = None
    old: str = ""  # what stands there and is to be rewritten; empty for a mark


@dataclass(frozen=True, kw_only=True)
class Document:
    """A text and its holes, in order and apart from each other. `text` has every character of the file."""

    text: str
    spans: tuple[Span, ...]
    passed: tuple[int, ...] = ()  # where what looks like a mark is left as it is, as it stands in code
    halves: tuple[int, ...] = ()  # where a mark lacks its first bracket, and so is none

    def __post_init__(self) -> None:
        end = 0
        for span in self.spans:
            if not end <= span.start <= span.end <= len(self.text):
                raise ArgumentError(f"The span {span.start}:{span.end} overlaps another or leaves the text.")
            end = span.end

    def newline_at(self, span: Span) -> str:
        """How the line ends that a hole ends in, or else the one before it; they may differ within a text."""
        behind = _LINE_END.search(self.text, span.end)
        ends = [behind[0]] if behind else _LINE_END.findall(self.text, 0, span.start)
        return ends[-1] if ends else "\n"

    def line_of(self, span: Span) -> int:
        """The line that a hole begins in, counted from 1."""
        return line_and_column(self.text, span.start)[0]


@dataclass(frozen=True)
class Plain:
    """A text whose lines end in `\\n`, as parsers and expressions know them, and the way back to where things were."""

    text: str
    pairs: tuple[int, ...]  # where in it a CRLF was

    @classmethod
    def of(cls, text: str) -> Plain:
        pairs = tuple(match.start() - number for number, match in enumerate(re.finditer("\r\n", text)))
        return cls(text.replace("\r\n", "\n").replace("\r", "\n"), pairs)

    def origin(self, offset: int) -> int:
        """The offset in the text as it was. No line end is cut in two."""
        return offset + bisect_left(self.pairs, offset)


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Where a character stands, both counted from 1."""
    before = Plain.of(text[:offset]).text
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def decode(data: bytes, name: str) -> str:
    """The text of a file's bytes, byte-order mark and line endings included.

    Raises:
        InputError: the bytes are no text, not UTF-8, or plainly a text in another encoding.
    """
    if wide := _wide_encoding(data[:_HEAD]):
        raise InputError(f"{name} is {wide}, not UTF-8.", f"Convert it first, with `iconv -f {wide} -t UTF-8`.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if b"\0" in data:
            raise InputError(f"{name} is not a text but binary data.", "Name a text file in UTF-8.") from error
        raise InputError(
            f"{name} is not UTF-8: byte {error.start} cannot be read.",
            "Convert it first, for example with `iconv -f LATIN1 -t UTF-8`.",
        ) from error


def _wide_encoding(head: bytes) -> str:
    """The encoding of a text whose characters are whole numbers of two or four bytes each; empty for any other text.

    Most of what people write is that in ASCII, but for the marks that it begins with. As UTF-8 it would be read as
    letters with NULs between them, in which there is nothing to fill and nothing to restyle.
    """
    for mark, name in _BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return name
    for name in ("UTF-32LE", "UTF-32BE", "UTF-16LE", "UTF-16BE"):
        text = head.decode(name, errors="replace")
        if len(text) > 1 and 2 * sum("\0" < character < "\x80" for character in text) > len(text):
            return name
    return ""


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
