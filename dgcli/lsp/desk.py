"""Does what is asked for at open documents: runs the filler, and edits the version that was asked about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from dgcli.errors import InputError
from dgcli.lsp.documents import OpenDocument
from dgcli.lsp.filler import Edit, Filler, Outcome, Stop, Tell
from dgcli.lsp.runs import Run, Runs
from dgcli.platform.seeds import fresh_seed
from dgcli.text.document import Document
from dgcli.text.marks import NoMarkError, check_sizes

_FILLS = 3  # that are looked for at each hole
_Do = Callable[[Tell, Stop], Outcome]


class Stale(Exception):  # noqa: N818 (it is not a fault)
    """The document is not the one that was asked about."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Something to do with a stretch of a version of a document."""

    uri: str
    version: int | None
    start: int
    end: int
    hint: str = ""
    register: str = ""
    seed: int = field(default_factory=fresh_seed)


@dataclass
class Desk:
    """The open documents, by their addresses, and what works on them."""

    filler: Filler
    runs: Runs = field(default_factory=Runs)
    documents: dict[str, OpenDocument] = field(default_factory=dict)
    expected: dict[str, OpenDocument] = field(default_factory=dict)  # what becomes of them by edits on their way

    def opened(self, uri: str, document: OpenDocument) -> None:
        """A document was opened."""
        self.documents[uri] = document

    def changed(self, uri: str, text: str, version: int | None) -> None:
        """A person, or an edit, changed it."""
        if uri in self.documents:
            self.documents[uri] = self.documents[uri].changed(text, version, self.expected.pop(uri, None))

    def closed(self, uri: str) -> None:
        """It is gone, and all that was known of it."""
        self.documents.pop(uri, None)
        self.expected.pop(uri, None)

    def document(self, asked: Asked) -> OpenDocument:
        """The version that was asked about.

        Raises:
            Stale: it is not open, or not in that version.
        """
        document = self.documents.get(asked.uri)
        if document is None or (asked.version is not None and asked.version != document.version):
            raise Stale
        return document

    def expect(self, asked: Asked, before: OpenDocument, edits: Sequence[Edit]) -> None:
        """An editor is about to make edits.

        Raises:
            Stale: the document has moved on since.
        """
        self._still(asked.uri, before)
        self.expected[asked.uri] = before.edited(edits)

    async def fill(self, asked: Asked, run: Run, *, all_of_them: bool = False) -> Outcome:
        """Fill the holes that are touched, or all.

        Raises:
            InputError: there is none, or a mark is broken.
        """
        document = self.document(asked)
        holes = document.holes()
        touched = {
            index for index, span in enumerate(holes.spans) if span.start <= asked.end and asked.start <= span.end
        }
        only = frozenset(range(len(holes.spans)) if all_of_them else touched)
        if not only:
            raise NoMarkError("There is no mark here.", "Write [[?]] where text is missing.")
        if asked.hint:
            hint = " ".join(asked.hint.split())
            spans = (replace(span, hint=hint) if index in only else span for index, span in enumerate(holes.spans))
            holes = replace(holes, spans=tuple(spans))
        return await self._filled(document, holes, only, asked.seed, run)

    async def rewrite(self, asked: Asked, run: Run) -> Outcome:
        """Put something else in place of a stretch.

        Raises:
            InputError: it has no words, or too many to be rewritten at once.
        """
        document = self.document(asked)
        start, end = document.stripped(asked.start, asked.end)
        if start == end:
            raise InputError("Nothing is selected that could be rewritten.", "Select some words.")
        holes, number = document.with_hole(start, end, asked.hint)
        check_sizes(Document(text=holes.text, spans=(holes.spans[number],)), document.said)
        return await self._filled(document, holes, frozenset([number]), asked.seed, run)

    async def restyle(self, asked: Asked, run: Run) -> Outcome:
        """Rewrite the paragraphs that a stretch touches in a register.

        Raises:
            UsageError: there is no such register.
            InputError: the document is not prose.
        """
        document = self.document(asked)
        stretch = document.stripped(asked.start, asked.end)

        def do(tell: Tell, stop: Stop) -> Outcome:
            return self.filler.restyle(
                document.text, document.name, asked.register, stretch, seed=asked.seed, tell=tell, stop=stop
            )

        return await self._run(do, run)

    async def others(self, asked: Asked, run: Run) -> int:
        """Look for other fills of a hole, filled or not; how many more there are. They are kept with its place.

        Raises:
            InputError: there is no hole.
            Stale: the document has moved on since.
        """
        document = self.document(asked)
        place = next(iter(document.places_at(asked.start, asked.end)), None)
        if place is None:
            raise NoMarkError("There is no hole here, and none that was filled.", "Write [[?]] where text is missing.")
        holes, number = document.with_place(place)
        outcome = await self._filled(document, holes, frozenset([number]), asked.seed, run)
        self._still(asked.uri, document)
        if not outcome.edits:
            return 0
        after = self.documents[asked.uri].with_others(place, outcome.edits[0])
        self.documents[asked.uri] = after
        return max(0, _known(after) - _known(document))

    async def between(self, asked: Asked, run: Run) -> list[str]:
        """Texts that may stand at a place, the best first; none where it is in a mark or in code."""
        document = self.document(asked)
        text, place = document.text, asked.start
        if document.in_code(place) or any(span.start < place < span.end for span in document.marks.spans):
            return []
        # Between a blank and a word the hole is before the blank, where words end; what is written goes behind it.
        before_blank = text[place - 1 : place] == " " and not text[place : place + 1].isspace() and place < len(text)
        start = place - 1 if before_blank else place
        holes, number = document.with_hole(start, start)
        outcome = await self._filled(document, holes, frozenset([number]), asked.seed, run)
        self._still(asked.uri, document)
        found = [fill for edit in outcome.edits if edit.start == start for fill in (edit.text, *edit.others)]
        if before_blank:
            found = [f"{fill[1:]} " for fill in found if fill.startswith(" ")]
        return [fill for fill in found if fill.strip()]

    def _still(self, uri: str, before: OpenDocument) -> None:
        """Raises Stale where a document is another version now than `before`."""
        now = self.documents.get(uri)
        if now is None or (now.text, now.version) != (before.text, before.version):
            raise Stale

    async def _filled(
        self, document: OpenDocument, holes: Document, only: frozenset[int], seed: int, run: Run
    ) -> Outcome:
        def do(tell: Tell, stop: Stop) -> Outcome:
            return self.filler.fill(holes, document.name, only, alternatives=_FILLS, seed=seed, tell=tell, stop=stop)

        return await self._run(do, run)

    async def _run(self, do: _Do, run: Run) -> Outcome:
        """Run the filler in its thread; what it tells is told in this one."""
        loop = asyncio.get_running_loop()

        def told(message: str, share: float | None) -> None:
            loop.call_soon_threadsafe(run.tell, message, share)

        return await self.runs.work(run, lambda stop: do(told, stop))


def _known(document: OpenDocument) -> int:
    """How many other fills there are."""
    return sum(len(place.others) for place in document.places)
