"""A text that an editor has open: its version, its marks, and the places that were filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePath
from urllib.parse import unquote, urlsplit

from dgcli.lsp.filler import Edit
from dgcli.lsp.places import Place, moved, placed
from dgcli.text.code import Range, range_at
from dgcli.text.code_by_name import code_of
from dgcli.text.document import Document, Span, splice
from dgcli.text.marks import FoundMarks, find_marks, look_for_marks

_SUFFIXES = {  # of texts that have no file yet, by the language that the editor says they are in
    **{"markdown": ".md", "mdx": ".mdx", "html": ".html", "latex": ".tex", "tex": ".tex", "typst": ".typ"},
    **{"restructuredtext": ".rst", "rst": ".rst", "org": ".org", "asciidoc": ".adoc", "python": ".py", "mail": ".eml"},
    **{"plaintext": ".txt", "text": ".txt"},
}


@dataclass(frozen=True)
class OpenDocument:
    """A version of a text. `name` is that of its file, without the folder: it tells the kind, and nothing is read."""

    text: str
    version: int | None
    name: str = ""
    places: tuple[Place, ...] = ()  # in order

    def changed(self, text: str, version: int | None, expected: OpenDocument | None = None) -> OpenDocument:
        """The next version. Where it has the text of `expected`, it has its places."""
        if expected is not None and expected.text == text:
            return replace(expected, version=version)
        for place in self.places:
            for other in place.others:
                if text == self.text[: place.start] + other + self.text[place.end :]:
                    return replace(self._swapped(place, other, text), version=version)
        return OpenDocument(text, version, self.name, moved(self.places, self.text, text))

    def _swapped(self, place: Place, other: str, text: str) -> OpenDocument:
        """The text in which another fill was taken, which may be swapped back."""
        present = self.text[place.start : place.end]
        others = tuple(each for each in (present, *place.others) if each not in (other, place.old))
        new = replace(place, end=place.start + len(other), others=others, filled=True)
        rest = moved([each for each in self.places if each != place], self.text, text)
        return OpenDocument(text, None, self.name, tuple(sorted((*rest, new), key=lambda each: each.start)))

    def edited(self, edits: Sequence[Edit]) -> OpenDocument:
        """What becomes of it by edits, in order and apart, before an editor says that it took them."""
        spans = tuple(Span(start=edit.start, end=edit.end) for edit in edits)
        text = splice(Document(text=self.text, spans=spans), [edit.text for edit in edits])
        return OpenDocument(text, None, self.name, placed(self.places, edits, self.text))

    @cached_property
    def code(self) -> tuple[Sequence[Range], bool]:
        """Where code is, and whether all of it is."""
        return code_of(self.text, self.name)

    @cached_property
    def marks(self) -> FoundMarks:
        return look_for_marks(self.text, self.said, code=self.code[0], in_code=self.code[1])

    def holes(self) -> Document:
        """The document with a hole for each mark.

        Raises:
            InputError: there is none, or one is not closed or asks for nothing.
        """
        return find_marks(self.text, self.said, code=self.code[0], in_code=self.code[1])

    def with_hole(self, start: int, end: int, hint: str = "") -> tuple[Document, int]:
        """The document with a hole in place of some characters, beside those of the marks around it; and its number."""
        hole = Span(start=start, end=end, hint=" ".join(hint.split()), old=self.text[start:end])
        before = [span for span in self.marks.spans if span.end <= start]
        behind = [span for span in self.marks.spans if span.start >= end and span not in before]
        return Document(text=self.text, spans=(*before, hole, *behind)), len(before)

    def with_place(self, place: Place) -> tuple[Document, int]:
        """The document as it was before a place was filled; and the number of its hole."""
        text = self.text[: place.start] + place.old + self.text[place.end :]
        before = OpenDocument(text, None, self.name)
        hole = replace(place.hole, start=place.hole.start + place.start, end=place.hole.end + place.start)
        document, number = before.with_hole(hole.start, hole.end)
        spans = (*document.spans[:number], hole, *document.spans[number + 1 :])
        return replace(document, spans=spans), number

    def with_others(self, place: Place, edit: Edit) -> OpenDocument:
        """The same text, with more fills at a place: those of an edit of the document as it was before."""
        before = self.text[: place.start] + place.old
        start = min(place.start, edit.start)

        def whole(text: str) -> str:
            return before[start : edit.start] + text + before[edit.end :]

        found = [*map(whole, (edit.text, *edit.others)), *(before[start : place.start] + each for each in place.others)]
        away = place.start - start
        new = replace(
            place,
            start=start,
            old=before[start:],
            hole=replace(place.hole, start=place.hole.start + away, end=place.hole.end + away),
            others=tuple(each for each in dict.fromkeys(found) if each != self.text[start : place.end]),
        )
        places = sorted((*(each for each in self.places if each != place), new), key=lambda each: each.start)
        return replace(self, places=tuple(places))

    def places_at(self, start: int, end: int) -> list[Place]:
        """Those that a stretch touches, marks that are left among them."""
        known = {place.start for place in self.places}
        marks = (
            Place(
                start=span.start,
                end=span.end,
                old=self.text[span.start : span.end],
                hole=replace(span, start=0, end=span.end - span.start),
            )
            for span in self.marks.spans
            if span.start not in known
        )
        touched = (each for each in (*self.places, *marks) if each.start <= end and start <= each.end)
        return sorted(touched, key=lambda each: each.start)

    def in_code(self, offset: int) -> bool:
        """Whether a character is in code of a text that is more than code."""
        return not self.code[1] and range_at(offset, self.code[0]) is not None

    def stripped(self, start: int, end: int) -> tuple[int, int]:
        """A stretch without the blanks and ends of lines at its edges; where it has nothing else, its beginning."""
        words = self.text[start:end]
        if not words.strip():
            return start, start
        return start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())

    @property
    def said(self) -> str:
        """How it is called in a sentence."""
        return self.name or "The text"


def name_of(uri: str, language: str = "") -> str:
    """The name of a document's file; of one that has none, a name that tells its language."""
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return PurePath(unquote(parts.path)).name
    suffix = _SUFFIXES.get(language.lower(), "")
    return f"text{suffix}" if suffix else ""
