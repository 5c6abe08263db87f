"""What may be done at a place of a document: code actions, as editors call them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from dgcli.errors import InputError
from dgcli.lsp.documents import OpenDocument
from dgcli.lsp.filler import Edit
from dgcli.lsp.places import Place
from dgcli.text.blocks.formats import format_in, format_of

FILL, FILL_ALL, OTHERS, REWRITE, RESTYLE = "dg.fill", "dg.fillAll", "dg.otherFills", "dg.rewrite", "dg.restyle"
HINT = "what it should say"
_TITLE = 60  # characters of a fill that name it


@dataclass(frozen=True, kw_only=True)
class Action:
    """A thing to do: a command that is run, or an edit that is ready."""

    title: str
    kind: Literal["quickfix", "refactor.rewrite"]
    command: str = ""
    start: int = 0  # the stretch that the command is for, in characters
    end: int = 0
    register: str = ""
    edit: Edit | None = None


def actions(document: OpenDocument, start: int, end: int, registers: Iterable[str]) -> Iterator[Action]:
    """All that may be done at a stretch: of the marks first, then of the text itself."""
    marks = [span for span in document.marks.spans if span.start <= end and start <= span.end]
    if not document.marks.unclosed:
        yield from _fills(document, start, end)
    for place in document.places_at(start, end):
        yield from _others(document, place)
    if marks:
        return
    first, last = document.stripped(start, end)
    if first < last:
        yield Action(title="Rewrite the selection", kind="refactor.rewrite", command=REWRITE, start=first, end=last)
    if _is_prose(document, first):
        what = "the selection" if first < last else "this paragraph"
        for name in registers:
            title = f"Restyle {what} as {name}"
            yield Action(title=title, kind="refactor.rewrite", command=RESTYLE, start=first, end=last, register=name)


def _fills(document: OpenDocument, start: int, end: int) -> Iterator[Action]:
    spans = document.marks.spans
    touched = [span for span in spans if span.start <= end and start <= span.end]
    if touched:
        title = "Fill this hole" if len(touched) == 1 else f"Fill these {len(touched)} holes"
        first, last = touched[0].start, touched[-1].end
        yield Action(title=title, kind="quickfix", command=FILL, start=first, end=last)
    if len(touched) == 1 and not touched[0].hint:
        end = touched[0].end
        hint = Edit(start=end - len("]]"), end=end, text=f" {HINT}]]")
        yield Action(title="Give this hole a hint", kind="quickfix", edit=hint)
    if len(spans) > len(touched):
        title = "Fill the hole of this document" if len(spans) == 1 else f"Fill all {len(spans)} holes"
        yield Action(title=title, kind="quickfix", command=FILL_ALL)


def _others(document: OpenDocument, place: Place) -> Iterator[Action]:
    """The fills that there are for a place, and a look for more."""
    for other in place.others:
        edit = Edit(start=place.start, end=place.end, text=other)
        yield Action(title=f"Write {shortened(other)}", kind="quickfix", edit=edit)
    title = "Look for other fills"
    yield Action(title=title, kind="quickfix", command=OTHERS, start=place.start, end=place.end)


def _is_prose(document: OpenDocument, offset: int) -> bool:
    """Whether something at a place may be a paragraph of prose: a restyling looks closer."""
    line = document.text[document.text.rfind("\n", 0, offset) + 1 :].split("\n", 1)[0]
    try:
        if document.name:
            format_of(document.name, document.text)
        else:
            format_in(document.text, "")
    except InputError:
        return False
    return bool(line.strip())


def shortened(text: str) -> str:
    """A fill in a title."""
    words = " ".join(text.split())
    return f"“{words if len(words) <= _TITLE else words[:_TITLE] + '…'}”" if words else "nothing"
