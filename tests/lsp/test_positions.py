"""Characters and positions: laws for any text, in each encoding, against an editor that counts by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.lsp.documents import OpenDocument
from dgcli.lsp.filler import Edit
from dgcli.lsp.positions import Positions
from dgcli.text.document import Span
from tests.lsp.client import applied, place

ENCODINGS = ("utf-8", "utf-16", "utf-32")
# Ends of lines, and characters that others take for one; combining marks, emoji of several characters, all planes.
HARD = (
    "\r\n",
    "\n",
    "\r",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x85",
    "\u2028",
    "\u2029",
    "e\u0301",
    "ä",
    "字",
    "😀",
    "👩\u200d🔬",
)
texts = st.lists(st.sampled_from((*HARD, "a", "b ")) | st.characters(exclude_categories=["Cs"]), max_size=20).map(
    "".join
)
encodings = st.sampled_from(ENCODINGS)


def between(text: str, offset: int) -> bool:
    """Whether a place is within the end of a line."""
    return text[offset - 1 : offset + 1] == "\r\n" if offset else False


@given(texts, encodings)
def test_every_character_is_found_again_at_its_position(text: str, encoding: str) -> None:
    positions = Positions.of(text, encoding)
    for offset in range(len(text) + 1):
        line, unit = positions.position(offset)
        if between(text, offset):
            assert positions.offset(line, unit) == offset - 1
        else:
            assert {"line": line, "character": unit} == place(text, offset, encoding)
            assert positions.offset(line, unit) == offset


@given(texts, encodings, st.integers(0, 30), st.integers(0, 60))
def test_any_position_is_at_a_character(text: str, encoding: str, line: int, unit: int) -> None:
    """Behind the end of a line at that end; within a character at its beginning; never within the end of a line."""
    positions = Positions.of(text, encoding)
    offset = positions.offset(line, unit)
    assert not between(text, offset)
    found, before = positions.position(offset)
    assert found <= line
    assert before <= unit or found < line
    if found == line and before < unit and offset < len(text) and text[offset] not in "\r\n":
        assert positions.position(offset + 1)[1] > unit


@pytest.mark.parametrize(("encoding", "unit"), [("utf-8", 5), ("utf-16", 3), ("utf-32", 2)])
def test_an_emoji_is_as_long_as_it_is_there(encoding: str, unit: int) -> None:
    assert Positions.of("a😀b", encoding).position(2) == (0, unit)
    assert Positions.of("a😀b", encoding).offset(0, unit - 1 if unit > 2 else 1) == 1


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    """A text, and edits of it, in order and apart, that cut no line end in two."""
    text = draw(texts)
    edges = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    edges = [edge for edge in edges if not between(text, edge)]
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    return text, [Edit(start=start, end=end, text=draw(texts), hole=Span(start=start, end=end)) for start, end in pairs]


@given(edited(), encodings)
def test_an_editor_that_makes_edits_has_the_text_that_is_expected(
    document: tuple[str, list[Edit]], encoding: str
) -> None:
    text, edits = document
    positions = Positions.of(text, encoding)

    def at(offset: int) -> dict[str, int]:
        return dict(zip(("line", "character"), positions.position(offset), strict=True))

    made = [{"range": {"start": at(edit.start), "end": at(edit.end)}, "newText": edit.text} for edit in edits]
    assert applied(text, made, encoding) == OpenDocument(text, 1).edited(edits).text
