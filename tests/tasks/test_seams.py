from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.marks import MARK
from dgcli.tasks.seams import closes_up, fit


def fitted(fill: str, left: str = "a ", right: str = " b", *, inline: bool = True, newline: str = "\n") -> str:
    return fit(fill, left=left, right=right, inline=inline, newline=newline, marker=MARK)


@pytest.mark.parametrize(
    ("left", "fill", "right", "expected"),
    [
        ("The cat ", " sat on", " the mat", "sat on"),  # the spaces are the text's
        ("The cat", " sat on", " the mat", " sat on"),  # the text has none before: the fill's stays
        ("The cat ", " sat ", ".", "sat"),
        ("(", " sat ", ")", "sat"),
        ('He said "', " sit ", '" twice', "sit"),
        ("", " Once ", "", "Once"),
        ("un", "believ", "able", "believ"),
        ("line\n", " sat", "\n", "sat"),
        ("def f():\n", "    return 1", "\n", "    return 1"),  # indentation
        ("def f():\n    ", " return 1", "\n", "return 1"),  # it is there already
        ("line\n", "\n  \n", "\n", ""),
    ],
)
def test_a_space_at_a_seam_belongs_to_one_side(left: str, fill: str, right: str, expected: str) -> None:
    assert fitted(fill, left, right) == expected


@pytest.mark.parametrize(
    ("left", "fill", "right", "expected"),
    [
        ("who ", " walked home.", ". One", "walked home"),
        ("who ", " walked home?!", "? One", "walked home"),
        ("who ", " saw pears, etc.", ", and", "saw pears, etc."),  # a dot of its own
        ("who ", " lives in the U.S.", ".", "lives in the U.S"),
        ("who ", " wept.", ", and", "wept"),
        ("said, ", ", and left", " it", "and left"),
        ("said, ", "... and left", " it", "... and left"),
        ("on the", " the old", " mill", " old"),
        ("on the ", " The old mill", " mill", "old"),
        ("fore", "fore", "fore", "fore"),  # parts of one word
        ("x =", " x", "[1]", " x"),
        ("end\n", "end", "\nend", "end"),  # lines of their own
        ("very ", " very", " good", "very"),  # something has to remain
    ],
)
def test_what_stands_at_a_seam_is_not_repeated(left: str, fill: str, right: str, expected: str) -> None:
    assert fitted(fill, left, right) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("a ", " b", True),
        ("a", " b", True),
        ("a ", ", b", True),
        ('"a ', '" b', True),
        ("a ", "b", False),
        ("a", "b", False),
        ("a  ", " b", False),
        ("a\t", " b", False),
        ("", " b", False),
        ("a ", "", False),
        ("a\n", " b", False),
        ("a ", " \nb", False),
        ("(", " b", False),
        ('a "', " b", False),
    ],
)
def test_where_text_may_meet_with_nothing_between(left: str, right: str, expected: bool) -> None:
    assert closes_up(left, right) is expected


def test_newlines_are_the_documents_own() -> None:
    assert fitted("one\ntwo\r\nthree", inline=False, newline="\r\n") == "one\r\ntwo\r\nthree"
    assert fitted("one\ntwo") == "one two"


def test_what_no_fill_may_hold_is_left_out() -> None:
    assert fitted("a\x1b[31mb\x00c\ufffd\x85") == "a[31mbc"
    assert fitted("x [[? y]] z") == "x  z"
    assert MARK.search(fitted("[[[[?]]?]] z")) is None  # taking out the inner mark leaves another


@given(st.text(max_size=40), st.text(max_size=5), st.text(max_size=5), st.booleans())
def test_a_fill_never_holds_a_mark_or_a_control_character(fill: str, left: str, right: str, inline: bool) -> None:
    text = fitted(fill, left, right, inline=inline)
    assert MARK.search(text) is None
    assert not any(ord(c) < 32 and c not in "\n\t" for c in text)
    assert not (inline and "\n" in text)
