"""Places that were filled go with the text around them, and are forgotten where they are changed themselves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dgcli.lsp.documents import OpenDocument, name_of
from dgcli.lsp.filler import Edit
from dgcli.text.document import Span

pieces = st.lists(st.sampled_from(["a", "b", "\n", "\r\n", "😀", "[", "?"]), max_size=8).map("".join)
MARK = "[[? x]]"


def filled(before: str, fill: str, behind: str) -> OpenDocument:
    """A document in which a mark was filled."""
    document = OpenDocument(f"{before}{MARK}{behind}", 1, "x.md")
    start, end = len(before), len(before) + len(MARK)
    edit = Edit(start=start, end=end, text=fill, others=("other",), hole=Span(start=start, end=end, hint="x"))
    return document.edited([edit])


@given(
    pieces,
    st.sampled_from(["fill", "two\nlines", ""]),
    pieces,
    pieces,
    st.tuples(st.integers(0, 30), st.integers(0, 30)),
)
def test_a_place_that_is_kept_has_its_text_wherever_it_is_then(
    before: str, fill: str, behind: str, typed: str, stretch: tuple[int, int]
) -> None:
    document = filled(before, fill, behind)
    start, end = sorted(min(place, len(document.text)) for place in stretch)
    after = document.changed(document.text[:start] + typed + document.text[end:], 2)
    for place in after.places:
        assert after.text[place.start : place.end] == fill
    first = len(before)
    if end < first or start > first + len(fill):
        assert len(after.places) == 1


def test_a_place_that_was_changed_is_forgotten() -> None:
    document = filled("a ", "fill", " b")
    assert document.changed("a fall b", 2).places == ()


def test_the_document_before_a_place_was_filled_has_its_hole_again() -> None:
    document = filled("a [[?]] ", "fill", " b [[?]]")
    holes, number = document.with_place(document.places[0])
    assert holes.text == f"a [[?]] {MARK} b [[?]]"
    assert (number, len(holes.spans), holes.spans[1].hint) == (1, 3, "x")


def test_more_fills_of_a_place_are_known_then() -> None:
    """Also where one of them takes the blank before it along."""
    document = filled("a ", "fill", " b")
    more = Edit(start=1, end=2 + len(MARK), text="", others=(" more", " fill"))
    (place,) = document.with_others(document.places[0], more).places
    assert document.text[place.start : place.end] == " fill"
    assert place.others == ("", " more", " other")
    assert place.old[place.hole.start : place.hole.end] == MARK


def test_a_fill_that_was_taken_is_swapped_with_the_one_before_it() -> None:
    document = filled("a ", "fill", " b").changed("a other b", 3)
    (place,) = document.places
    assert (document.text[place.start : place.end], place.others) == ("other", ("fill",))


def test_a_mark_whose_place_a_fill_takes_is_no_other_fill() -> None:
    """Fills that were looked for before the hole was filled."""
    document = OpenDocument(f"a {MARK} b", 1, "x.md")
    (place,) = document.places_at(2, 2)
    found = Edit(start=2, end=2 + len(MARK), text="fill", others=("other",))
    (place,) = document.with_others(place, found).places
    assert place.others == ("fill", "other")
    (place,) = document.with_others(place, found).changed("a fill b", 2).places
    assert (place.filled, place.others) == (True, ("other",))


def test_the_name_of_a_document_tells_its_kind() -> None:
    assert name_of("file:///a/b%20c.md", "plaintext") == "b c.md"
    assert name_of("untitled:Untitled-1", "markdown") == "text.md"
    assert name_of("untitled:Untitled-1", "klingon") == ""
