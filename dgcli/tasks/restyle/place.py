"""A piece of a text where it stands, and what it may become: as it is, rewritten, in words of a person's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dgcli.tasks.choosing import Decision
from dgcli.tasks.restyle.restyled import Block
from dgcli.text.blocks import Chunk, Piece, Prose, same_structure
from dgcli.text.document import Span


@dataclass(frozen=True, kw_only=True)
class Place:
    """A piece of a chunk."""

    piece: Piece
    chunk: Chunk
    texts: list[str]  # what the chunk's pieces are by now
    index: int  # of the piece among them
    start: int  # characters of the text before it
    line: int  # that it begins in, counted from 1
    hole: int  # how many paragraphs there are up to here

    @property
    def source(self) -> str:
        return source_of(self.piece)

    @property
    def left(self) -> str:
        """Why it was not read as prose, although it may be that."""
        last = self.index == len(self.texts) - 1
        return self.chunk.left if last and not isinstance(self.piece, Prose) else ""

    def fits(self, text: str) -> bool:
        """Whether the chunk keeps its structure with a text here."""
        return same_structure(self.chunk, "".join((*self.texts[: self.index], text, *self.texts[self.index + 1 :])))

    def touches(self, stretch: tuple[int, int] | None) -> bool:
        """Whether a stretch of characters touches its words, or ends right behind the last. None is all of the text."""
        if stretch is None:
            return True
        return stretch[0] <= self.start + len(self.source.rstrip()) and self.start <= stretch[1]

    def unchanged(self, *faults: str) -> Block:
        """It as it was."""
        return Block(
            span=Span(start=self.start, end=self.start + len(self.source)),
            old=self.source,
            text=self.source,
            tokens=0,
            score=0.0,
            converged=True,
            skipped=True,
            line=self.line,
            faults=faults,
        )


def taken(prose: Prose, found: Sequence[Block], index: int = 0) -> Block:
    """One of several rewritings in words on one line, laid out as the paragraph was, as they all are."""
    blocks = _laid_out(prose, found)
    return replace(blocks[index], others=(*blocks[:index], *blocks[index + 1 :]))


def decided(place: Place, prose: Prose, found: Sequence[Block], decision: Decision) -> Block:
    """What a paragraph becomes, where there was something to choose from."""
    if isinstance(decision, int):
        return taken(prose, found, decision)
    unchanged = replace(place.unchanged(), steps=found[0].steps)
    if not isinstance(decision, str):
        return unchanged
    words = " ".join(decision.split())
    return replace(unchanged, text=prose.rewritten(words), skipped=False, others=_laid_out(prose, found))


def _laid_out(prose: Prose, found: Sequence[Block]) -> tuple[Block, ...]:
    return tuple(replace(block, old=prose.source, text=prose.rewritten(block.text)) for block in found)


def source_of(piece: Piece) -> str:
    """A piece as it stands in the text."""
    return piece if isinstance(piece, str) else piece.source
