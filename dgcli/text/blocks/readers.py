"""The readers of formats that are neither Markdown nor plain text, by the name of the format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dgcli.text.blocks import html, lightweight, subtitles
from dgcli.text.blocks.front import front_matter
from dgcli.text.blocks.languages import ASCIIDOC, LATEX, ORG, RST
from dgcli.text.blocks.layout import Prose, marks_in
from dgcli.text.blocks.left import LONGEST
from dgcli.text.blocks.lightweight import Markup
from dgcli.text.blocks.lines import split_lines
from dgcli.text.blocks.wikis import GEMTEXT, MEDIAWIKI


@dataclass(frozen=True)
class Reader:
    """What finds the prose of a format."""

    read: Callable[[Iterable[str], bool], Iterator[str | Prose]]  # lines, whether headings are prose → pieces
    before: str = ""  # what stands before a paragraph that is read by itself


def _lightweight(markup: Markup) -> Reader:
    return Reader(lambda lines, _headings: lightweight.read(markup, lines))


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "html": Reader(html.read),
        "subtitles": Reader(lambda lines, _headings: subtitles.read(lines), before=subtitles.TIMES),
        "latex": _lightweight(LATEX),
        "rst": _lightweight(RST),
        "org": _lightweight(ORG),
        "asciidoc": _lightweight(ASCIIDOC),
        "mediawiki": _lightweight(MEDIAWIKI),
        "gemtext": _lightweight(GEMTEXT),
    }
)


def pieces(format: str, lines: Iterable[str], *, headings: bool) -> Iterator[str | Prose]:
    """The pieces of a text in one of these formats. Front matter is one by itself."""
    head, lines = front_matter(iter(lines), longest=LONGEST, markdown=False)
    yield from [head] if head else []
    yield from READERS[format].read(lines, headings)


def pieces_of_paragraph(format: str, text: str) -> list[str | Prose]:
    """The pieces of what was found to be a paragraph, read by itself: it should be one."""
    reader = READERS[format]
    found = list(reader.read(split_lines(reader.before + text), True))
    return found[1:] if reader.before else found


def skeleton(format: str, text: str) -> tuple[tuple[str, ...], ...]:
    """What a paragraph has beside its words: what stands before, between and behind them, and what passes through."""
    return tuple(map(_beside_words, pieces_of_paragraph(format, text)))


def _beside_words(piece: str | Prose) -> tuple[str, ...]:
    if isinstance(piece, str):
        return (piece,)
    assert piece.marks is not None  # each of these readers says what stands between words
    return (piece.first, *marks_in(piece.marks, piece.text), piece.end)
