"""What of a text is prose: paragraphs that may be rewritten, between everything that passes through as it is.

    for chunk in chunks(lines, name="letter.md"):
        for piece in pieces(chunk):
            print(piece if isinstance(piece, str) else piece.rewritten(...), end="")

Whatever goes in comes out: the pieces, prose by its `source`, are the text, character for character.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dgcli.text.blocks import mail, markdown, plain, readers
from dgcli.text.blocks.chunks import Chunk, chunks
from dgcli.text.blocks.commits import with_subject
from dgcli.text.blocks.formats import Format
from dgcli.text.blocks.layout import Prose
from dgcli.text.blocks.lines import indented_opening, is_indented_line, split_lines
from dgcli.text.blocks.rows import Line, read
from dgcli.text.blocks.structure import same_structure as same_markdown
from dgcli.text.blocks.structure import structure

Piece = str | Prose

__all__ = ["Chunk", "Format", "Piece", "Prose", "chunks", "pieces", "same_structure", "structure"]


def pieces(chunk: Chunk, *, headings: bool = False) -> Iterator[Piece]:
    """A chunk in order: prose, and what is none and passes through."""
    if chunk.untouched:
        return iter([chunk.text])
    if chunk.format in readers.READERS:
        return iter(readers.pieces_of_paragraph(chunk.format, chunk.text))
    found = _text(chunk) if chunk.format == "text" else _markdown(chunk, headings)
    return with_subject(found) if chunk.opening else found


def same_structure(chunk: Chunk, after: str) -> bool:
    """Whether `after` in place of a chunk's text leaves all but the words as it was."""
    if chunk.text == after:
        return True
    if chunk.untouched:
        return False
    if chunk.format == "text":
        return _skeleton(chunk, chunk.text) == _skeleton(chunk, after)
    if chunk.format in readers.READERS:
        return readers.skeleton(chunk.format, chunk.text) == readers.skeleton(chunk.format, after)
    return same_markdown(chunk.before + chunk.text, chunk.before + after, is_mdx=chunk.is_mdx)


def _text(chunk: Chunk) -> Iterator[Piece]:
    lines = read(chunk.text)
    wraps = not (chunk.opening or chunk.runs_on)
    return plain.pieces(lines, _passing(chunk, lines), chunk.width, wraps=wraps, indents=chunk.indents)


def _skeleton(chunk: Chunk, text: str) -> tuple[tuple[str, ...], ...]:
    lines = read(text)
    return plain.skeleton(lines, _passing(chunk, lines))


def _passing(chunk: Chunk, lines: Sequence[Line]) -> set[int]:
    """The lines of a plain text that pass through, as a letter or as Markdown."""
    text = "".join(line.source for line in lines)
    in_markdown: set[int] = set()
    opens = not chunk.before and (indented_opening(text) or is_indented_line(text, chunk.indents))
    bare = text.lstrip(" \t") if opens else text  # which is no code
    for start, piece in _placed(markdown.pieces(bare, before=chunk.before)):
        if isinstance(piece, str):
            in_markdown.update(range(start, start + len(split_lines(piece))))
    found = in_markdown | mail.protected(lines, chunk.before, indents=chunk.indents)
    return mail.with_whole_sentences(lines, found)


def _markdown(chunk: Chunk, headings: bool) -> Iterator[Piece]:
    """The pieces of Markdown, but for what passes through in a letter. Callouts look like quotations and are none."""
    lines = read(chunk.text)
    found = mail.protected(lines, chunk.before, code=False)
    passing = {number for number in found if not lines[number].source.lstrip().startswith(">")}
    return markdown.pieces(
        chunk.text,
        before=chunk.before,
        passing=passing,
        width=0 if chunk.opening else chunk.width,
        headings=headings,
        is_mdx=chunk.is_mdx,
    )


def _placed(found: Iterator[Piece]) -> Iterator[tuple[int, Piece]]:
    """Pieces, each with the number of its first line, from 0."""
    start = 0
    for piece in found:
        yield start, piece
        start += len(split_lines(piece if isinstance(piece, str) else piece.source))
