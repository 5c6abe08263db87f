"""Restyling a text: its prose is rewritten block by block, and all else passes through as it is."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from dgcli.diffusion.draws import OtherDraws
from dgcli.errors import PromiseBrokenError
from dgcli.events import Draft, Event, Filled
from dgcli.tasks.choosing import Choose, Decision, Offer, Verdict, until_the_rest
from dgcli.tasks.engine import Session
from dgcli.tasks.restyle.manner import Manner
from dgcli.tasks.restyle.paragraph import Paragraph, Rewrite, between, rewrite_paragraph
from dgcli.tasks.restyle.place import Place, decided, source_of, taken
from dgcli.tasks.restyle.restyled import Block, Part, Totals, Write
from dgcli.tasks.restyle.select import rewrite as rewrite_passage
from dgcli.text.blocks import Chunk, Piece, Prose, pieces
from dgcli.text.kept import Names

_NEWLINE = re.compile(r"\r\n|\r|\n")
_FURTHER = 2**20  # canvases: more than a run has


def restyle(
    session: Session,
    chunks: Iterable[Chunk],
    manner: Manner,
    write: Write,
    *,
    at_once: bool = False,
    rewrite: Rewrite = rewrite_passage,
    only: tuple[int, int] | None = None,
    choose: Choose | None = None,
) -> Generator[Event, None, Totals]:
    """Rewrite the prose of a text, and give its parts to `write` in order, each as soon as it is done.

    Nothing is kept of a chunk that is done but the names in it. With `at_once` all chunks are read before the first is
    worked on, so that watchers see the whole text. `rewrite` is what rewrites a passage. `only` is a stretch of the
    text, characters from and to: paragraphs that it does not touch pass through. `choose` decides about each paragraph
    that something better was found for; then all is read at once, and written when all is decided.

    Raises:
        ModelError: the vocabulary lacks the tokens that end the model's turn.
        PromiseBrokenError: a part of the text would have been lost.
    """
    text = _Text(session, manner, write, rewrite, only, None if choose is None else until_the_rest(choose))
    for sheet in [list(chunks)] if at_once or choose is not None else ([chunk] for chunk in chunks):
        yield from text.restyled(sheet)
    return text.totals


@dataclass
class _Text:
    """A text on its way, and how far it is."""

    session: Session
    manner: Manner
    write: Write
    rewrite: Rewrite
    only: tuple[int, int] | None = None
    choose: Choose | None = None
    start: int = 0  # of what is to come, in characters
    line: int = 1  # that it begins in
    canvases: int = 0
    again: int = 0  # how often others were asked for
    totals: Totals = field(default_factory=Totals)
    names: Names = field(default_factory=Names)  # that were read so far: they are kept wherever they stand

    def restyled(self, sheet: Sequence[Chunk]) -> Generator[Event, None, None]:
        """Rewrite some chunks that watchers see as one text."""
        found = [_pieces(chunk, self.manner) for chunk in sheet]
        for piece in (piece for each in found for piece in each):
            self.names |= Names.beside(piece) if isinstance(piece, str) else Names.of(piece.text)
        draft = _draft([piece for each in found for piece in each])
        yield draft
        places = list(self.places(zip(sheet, found, strict=True)))
        if self.choose is not None:
            yield from self.chosen(places, len(draft.marks), self.choose)
            return
        for place in places:
            if (prose := self.prose(place)) is None:
                self.put(self.passed(place))
            else:
                block = taken(prose, (yield from self.rewritings(place, prose, len(draft.marks))))
                place.texts[place.index] = block.text
                yield _filled(place, prose, block)
                self.put(block)

    def chosen(self, places: Sequence[Place], holes: int, choose: Choose) -> Generator[Event, None, None]:
        """Rewrite all places with what is chosen for each, and write them when all is decided."""
        parts: list[Part] = []
        known: dict[int, tuple[Block, ...]] = {}  # what was found for each
        asked: list[int] = []  # those that somebody decided about
        decision: Decision = 0
        while (at := len(parts)) < len(places):
            place = places[at]
            if (prose := self.prose(place)) is None:
                parts.append(self.passed(place))
                continue
            if decision is Verdict.STOP:
                parts.append(place.unchanged())
                continue
            found = known.get(at) or _worth_a_choice((yield from self.rewritings(place, prose, holes)))
            asks = found[0].text != prose.text
            decision = choose(Offer(hole=place.hole, holes=holes, fills=found)) if asks else 0
            while decision is Verdict.AGAIN:
                found = _with(found, (yield from self.rewritings(place, prose, holes, again=True)))
                decision = choose(Offer(hole=place.hole, holes=holes, fills=found))
            known[at] = _with_own(found, decision) if isinstance(decision, str) else found
            if decision is Verdict.BACK:
                del parts[asked.pop() if asked else at :]
                continue
            if asks:
                asked.append(at)
            block = decided(place, prose, found, decision)
            if place.fits(block.text):  # what a person wrote need not, and nothing after it is held against that
                place.texts[place.index] = block.text
            yield _filled(place, prose, block)
            parts.append(block)
        for part in parts:
            self.put(part)
        self.totals = replace(self.totals, stopped=decision is Verdict.STOP)

    def places(self, chunks: Iterable[tuple[Chunk, Sequence[Piece]]]) -> Iterator[Place]:
        """Where the pieces stand."""
        hole = 0
        for chunk, found in chunks:
            texts = [source_of(piece) for piece in found]
            for index, piece in enumerate(found):
                hole += isinstance(piece, Prose)
                where = {"index": index, "start": self.start, "line": self.line, "hole": hole}
                yield Place(piece=piece, chunk=chunk, texts=texts, **where)
                self.start += len(texts[index])
                self.line += len(_NEWLINE.findall(texts[index]))

    def prose(self, place: Place) -> Prose | None:
        """The paragraph that is to be rewritten there, if one is."""
        piece = place.piece
        wanted = isinstance(piece, Prose) and self.manner.strength and place.touches(self.only)
        return piece if wanted and isinstance(piece, Prose) else None

    def passed(self, place: Place) -> Part:
        """What stands there as it is; a person is told where it may be prose."""
        tells = place.left and self.manner.strength and place.touches(self.only)
        return place.unchanged(place.left) if tells else place.source

    def put(self, part: Part) -> None:
        """Write a part."""
        self.write(part)
        if isinstance(part, Block):
            self.totals += Totals.of(part)

    def rewritings(
        self, place: Place, prose: Prose, holes: int, *, again: bool = False
    ) -> Generator[Event, None, tuple[Block, ...]]:
        """What a paragraph comes to, in words on one line, and what else was found; with `again`, from other noise."""
        named = self.names.pattern()
        keep = self.manner.keep if named is None else (*self.manner.keep, named)
        self.again += again
        session = self.session
        if again:
            session = replace(session, draws=OtherDraws(session.draws, self.again * _FURTHER))
        paragraph = Paragraph(prose=prose, fits=place.fits, hole=place.hole, holes=holes, first_canvas=self.canvases)
        made = yield from rewrite_paragraph(session, paragraph, replace(self.manner, keep=keep), self.rewrite)
        self.canvases += made.cost.canvases
        block = replace(
            place.unchanged(*made.faults),
            old=prose.text,
            text=made.text,
            tokens=made.cost.tokens,
            score=made.score,
            converged=made.cost.converged,
            canvas=made.canvas,
            skipped=bool(made.faults),
            steps=made.cost.steps,
        )
        return (block, *(replace(block, text=words) for words in made.others))


def _filled(place: Place, prose: Prose, block: Block) -> Filled:
    return Filled(hole=place.hole, text=between(prose, block.text), canvas=block.canvas)


def _worth_a_choice(found: tuple[Block, ...]) -> tuple[Block, ...]:
    """Rewritings without what is as it was, but where there is nothing else."""
    return tuple(block for block in found if block.text != block.old) or found[:1]


def _with(known: tuple[Block, ...], found: Sequence[Block]) -> tuple[Block, ...]:
    """What was found now and not before, and then what was; with the steps of both."""
    texts, steps = {block.text for block in known}, known[0].steps + found[0].steps
    new = [block for block in found if block.text not in texts and block.text != block.old]
    return tuple(replace(block, steps=steps) for block in (*new, *known))


def _with_own(found: tuple[Block, ...], own: str) -> tuple[Block, ...]:
    """What was found, and a text of the person's own before it, for when they come back to it."""
    words = " ".join(own.split())
    if words in ("", found[0].old):
        return found  # `s` says so
    return (replace(found[0], text=words), *(block for block in found if block.text != words))


def _pieces(chunk: Chunk, manner: Manner) -> list[Piece]:
    """The pieces of a chunk, which are the chunk."""
    found = list(pieces(chunk, headings=manner.headings))
    if "".join(map(source_of, found)) != chunk.text:
        raise PromiseBrokenError(
            "A part of the text would have been lost, so it was not worked on.",
            "This is a fault of dg: please report it with the text.",
        )
    return found


def _draft(found: Sequence[Piece]) -> Draft:
    """The words of all prose as marks, between what is not."""
    parts, marks = [""], []
    for piece in found:
        if isinstance(piece, Prose):
            parts[-1] += piece.first
            parts.append(piece.end)
            marks.append(between(piece, piece.source))
        else:
            parts[-1] += piece
    return Draft(parts=tuple(parts), marks=tuple(marks), rewrites=True)
