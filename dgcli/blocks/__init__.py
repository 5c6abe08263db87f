"""What of a text is prose: paragraphs that may be rewritten, between everything that passes through as it is.

    for chunk in chunks(lines, name="letter.md"):
        for piece in pieces(chunk):
            print(piece if isinstance(piece, str) else piece.rewritten(...), end="")

Whatever goes in comes out: the pieces, prose by its `source`, are the text, character for character.
"""

from __future__ import annotations

from collections.abc import Iterator

from dgcli.blocks import mail, markdown
from dgcli.blocks.chunks import Chunk, Format, chunks
from dgcli.blocks.layout import Prose
from dgcli.blocks.structure import same_structure as same_markdown
from dgcli.blocks.structure import structure

Piece = str | Prose

__all__ = ["Chunk", "Format", "Piece", "Prose", "chunks", "pieces", "same_structure", "structure"]


def pieces(chunk: Chunk, *, headings: bool = False) -> Iterator[Piece]:
    """A chunk in order: prose, and what is none and passes through."""
    if chunk.untouched:
        return iter([chunk.text])
    if chunk.format == "text":
        return mail.pieces(chunk.text, chunk.width)
    return markdown.pieces(chunk.text, before=chunk.before, width=chunk.width, headings=headings, is_mdx=chunk.is_mdx)


def same_structure(chunk: Chunk, after: str) -> bool:
    """Whether `after` in place of a chunk's text leaves all but the words as it was."""
    if chunk.text == after:
        return True
    if chunk.untouched:
        return False
    if chunk.format == "text":
        return mail.skeleton(chunk.text) == mail.skeleton(after)
    return same_markdown(chunk.before + chunk.text, chunk.before + after, is_mdx=chunk.is_mdx)
