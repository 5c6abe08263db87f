"""Restyling a text: its prose is rewritten block by block, and all else passes through as it is."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from dgcli.errors import PromiseBrokenError
from dgcli.events import Draft, Event, Filled
from dgcli.tasks.engine import Session
from dgcli.tasks.restyle.manner import Manner
from dgcli.tasks.restyle.paragraph import Paragraph, Rewrite, rewrite_paragraph
from dgcli.tasks.restyle.restyled import Block, Part, Totals, Write
from dgcli.tasks.restyle.select import rewrite as rewrite_passage
from dgcli.text.blocks import Chunk, Piece, Prose, pieces, same_structure
from dgcli.text.document import Span
from dgcli.text.kept import Names

_NEWLINE = re.compile(r"\r\n|\r|\n")


def restyle(
    session: Session,
    chunks: Iterable[Chunk],
    manner: Manner,
    write: Write,
    *,
    at_once: bool = False,
    rewrite: Rewrite = rewrite_passage,
    only: tuple[int, int] | None = None,
) -> Generator[Event, None, Totals]:
    """Rewrite the prose of a text, and give its parts to `write` in order, each as soon as it is done.

    Nothing is kept of a chunk that is done but the names in it. With `at_once` all chunks are read before the first is
    worked on, so that watchers see the whole text. `rewrite` is what rewrites a passage. `only` is a stretch of the
    text, characters from and to: paragraphs that it does not touch pass through.

    Raises:
        ModelError: the vocabulary lacks the tokens that end the model's turn.
        PromiseBrokenError: a part of the text would have been lost.
    """
    text = _Text(session, manner, write, rewrite, only)
    for sheet in [list(chunks)] if at_once else ([chunk] for chunk in chunks):
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
    start: int = 0  # of the part to come, in characters
    line: int = 1  # that it begins in
    canvases: int = 0
    totals: Totals = field(default_factory=Totals)
    names: Names = field(default_factory=Names)  # that were read so far: they are kept wherever they stand

    def restyled(self, sheet: Sequence[Chunk]) -> Generator[Event, None, None]:
        """Rewrite some chunks that watchers see as one text."""
        found = [_pieces(chunk, self.manner) for chunk in sheet]
        for piece in (piece for each in found for piece in each):
            self.names |= Names.beside(piece) if isinstance(piece, str) else Names.of(piece.text)
        draft = _draft([piece for each in found for piece in each])
        yield draft
        hole = 0
        for chunk, each in zip(sheet, found, strict=True):
            texts = [_source(piece) for piece in each]
            for place, piece in enumerate(each):
                hole += isinstance(piece, Prose)
                if not self.manner.strength or not self.touched(_source(piece)):
                    self.put(_source(piece))
                elif isinstance(piece, Prose):
                    block = yield from self.block(
                        Paragraph(
                            prose=piece,
                            fits=partial(_fits, chunk, texts, place),
                            hole=hole,
                            holes=len(draft.marks),
                            first_canvas=self.canvases,
                        )
                    )
                    texts[place] = block.text
                    self.put(block)
                elif chunk.left and place == len(each) - 1:
                    self.put(self.left(_source(piece), chunk.left))
                else:
                    self.put(_source(piece))

    def touched(self, source: str) -> bool:
        """Whether the part to come is to be rewritten, if it is prose. Right behind its last word is at it, too."""
        return self.only is None or (self.only[0] <= self.start + len(source.rstrip()) and self.start <= self.only[1])

    def put(self, part: Part) -> None:
        """Write a part, and go on to the next."""
        self.write(part)
        if isinstance(part, Block):
            self.totals += Totals.of(part)
        source = part.old if isinstance(part, Block) else part
        self.start += len(source)
        self.line += len(_NEWLINE.findall(source))

    def left(self, source: str, why: str) -> Block:
        """What passes through although it may be prose, so that a person is told."""
        return Block(
            span=Span(start=self.start, end=self.start + len(source)),
            old=source,
            text=source,
            tokens=0,
            score=0.0,
            converged=True,
            skipped=True,
            line=self.line,
            faults=(why,),
        )

    def block(self, paragraph: Paragraph) -> Generator[Event, None, Block]:
        """A paragraph rewritten, laid out as it was."""
        prose = paragraph.prose
        named = self.names.pattern()
        keep = self.manner.keep if named is None else (*self.manner.keep, named)
        made = yield from rewrite_paragraph(self.session, paragraph, replace(self.manner, keep=keep), self.rewrite)
        self.canvases += made.cost.canvases
        block = Block(
            span=Span(start=self.start, end=self.start + len(prose.source)),
            old=prose.source,
            text=prose.rewritten(made.text),
            tokens=made.cost.tokens,
            score=made.score,
            converged=made.cost.converged,
            canvas=made.canvas,
            skipped=bool(made.faults),
            line=self.line,
            steps=made.cost.steps,
            faults=made.faults,
        )
        others = (replace(block, text=prose.rewritten(words)) for words in made.others)
        yield Filled(hole=paragraph.hole, text=_between(prose, block.text), canvas=block.canvas)
        return replace(block, others=tuple(others))


def _pieces(chunk: Chunk, manner: Manner) -> list[Piece]:
    """The pieces of a chunk, which are the chunk."""
    found = list(pieces(chunk, headings=manner.headings))
    if "".join(map(_source, found)) != chunk.text:
        raise PromiseBrokenError(
            "A part of the text would have been lost, so it was not worked on.",
            "This is a fault of dg: please report it with the text.",
        )
    return found


def _source(piece: Piece) -> str:
    return piece if isinstance(piece, str) else piece.source


def _draft(found: Sequence[Piece]) -> Draft:
    """The words of all prose as marks, between what is not."""
    parts, marks = [""], []
    for piece in found:
        if isinstance(piece, Prose):
            parts[-1] += piece.first
            parts.append(piece.end)
            marks.append(_between(piece, piece.source))
        else:
            parts[-1] += piece
    return Draft(parts=tuple(parts), marks=tuple(marks), rewrites=True)


def _between(prose: Prose, text: str) -> str:
    """A paragraph's text without what stands before its first word and behind its last."""
    return text.removeprefix(prose.first).removesuffix(prose.end)


def _fits(chunk: Chunk, texts: Sequence[str], place: int, text: str) -> bool:
    """Whether a chunk keeps its structure with `text` at one place."""
    return same_structure(chunk, "".join((*texts[:place], text, *texts[place + 1 :])))
