"""What was filled is visible on a terminal, and a pipe gets the bytes of the document alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.cli.output.marked import filled, reworded, shown
from dgcli.tasks.infill.filled import Fill
from dgcli.text.document import Document, Span
from tests.cli.conftest import Dg

DRAFT = b"One [[?]] three.\r\n\r\nFour\t[[?~9 a number]] six.\r\n"
MARKED = re.compile("\x1b\\[1;4m(.*?)\x1b\\[0m")


def bare(text: str) -> str:
    return re.sub("\x1b\\[[0-9;]*m", "", text)


def test_fills_are_marked_on_a_terminal_and_nothing_else_is(dg: Dg) -> None:
    piped = dg("infill", "-", "--seed", "1", stdin=DRAFT)
    on_screen = dg("infill", "-", "--seed", "1", stdin=DRAFT, screen=True)
    assert bare(on_screen.text) == shown(piped.text)
    assert len(MARKED.findall(on_screen.text)) >= 2
    assert shown(piped.text).startswith("One ")
    assert on_screen.text.startswith("One \x1b[1;4m")


@pytest.mark.parametrize(
    ("flags", "variables"), [(["--plain"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})], ids=str
)
def test_the_bare_text_is_printed_where_that_is_wanted(dg: Dg, flags: list[str], variables: dict[str, str]) -> None:
    piped = dg("infill", "-", "--seed", "1", stdin=DRAFT)
    assert dg("infill", "-", "--seed", "1", *flags, stdin=DRAFT, screen=True, **variables).stdout == piped.stdout
    assert b"\x1b" not in piped.stdout
    diff = dg("infill", "-", "--diff", "--seed", "1", stdin=DRAFT)
    assert dg("infill", "-", "--diff", "--seed", "1", *flags, stdin=DRAFT, screen=True, **variables).text == diff.text


def test_a_diff_on_a_terminal_is_coloured_by_words(dg: Dg) -> None:
    shown_diff = dg("infill", "-", "--diff", "--seed", "1", stdin=DRAFT, screen=True).text
    assert "\x1b[31;1;4m[[" in shown_diff
    assert "\x1b[32;1;4m" in shown_diff


def test_what_restyle_leaves_alone_is_not_marked(dg: Dg) -> None:
    text = b"We go there now.\r\n\r\n    code\tx\r\n"
    command = ["restyle", "-", "--register", "formal", "--strength", "0", "--seed", "1"]
    assert dg(*command, stdin=text).stdout == text
    assert dg(*command, stdin=text, screen=True).text == shown(text.decode())


def test_words_are_marked_that_were_not_there() -> None:
    assert reworded("We go there now.", "We shall go there.") == "We \x1b[1;4mshall\x1b[0m go there."
    assert reworded("a\n  b", "c\n  b") == "\x1b[1;4mc\x1b[0m\n  b"


@given(st.text(), st.text())
def test_marks_add_no_character(old: str, new: str) -> None:
    assert bare(reworded(old, new)) == shown(new)


@given(st.text(), st.text(), st.booleans())
def test_a_fill_is_marked_line_by_line_and_steers_nothing(text: str, fill: str, skipped: bool) -> None:
    hole = Span(start=1, end=2)
    filling = Fill(span=hole, old="?", text=fill, tokens=1, score=0.0, converged=True, skipped=skipped)
    printed = filled(Document(text=f"a?{text}", spans=(hole,)), [filling])
    assert bare(printed) == "a" + shown(fill) + shown(text)
    assert skipped is False or "\x1b" not in printed
    assert all(line.count("\x1b") % 2 == 0 for line in printed.split("\n"))
