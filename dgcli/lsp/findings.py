"""What an editor underlines: marks that are left, and what is nearly a mark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dgcli.lsp.documents import OpenDocument
from dgcli.text.document import Span
from dgcli.text.marks import CLOSE, length_slip


@dataclass(frozen=True)
class Finding:
    """Characters `start` to `end` of a text, and what a person is told of them."""

    start: int
    end: int
    message: str
    broken: bool  # it is not a mark that can be filled
    code: str  # its kind in a word


def findings(document: OpenDocument) -> list[Finding]:
    """All of a text, in order."""
    return sorted(_found(document), key=lambda each: each.start)


def _found(document: OpenDocument) -> Iterator[Finding]:
    marks = document.marks
    for span in marks.spans:
        if slip := length_slip(span):
            yield Finding(span.start, span.end, f"This mark {slip[0]}. {slip[1]}", True, "length")
        else:
            yield Finding(span.start, span.end, f"A hole to fill{wish(span)}.", False, "mark")
    for start in marks.unclosed:
        yield Finding(start, start + len("[[?"), f"This mark is not closed. {CLOSE}", True, "unclosed")
    for start in marks.halves:
        message = "This lacks a bracket and is not a mark. Write [[?]] where text is missing."
        yield Finding(start, start + len("[?"), message, True, "bracket")


def wish(span: Span) -> str:
    """What a hole asks for, as the end of a sentence."""
    words = f" with about {span.words} words" if span.words else ""
    return f"{words}: {span.hint}" if span.hint else words
