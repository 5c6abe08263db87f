from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.tasks.choosing import Decision, Offer, Verdict
from dgcli.tasks.infill.filled import Fill
from dgcli.text.document import Span
from dgcli.watch.keys import Keys
from dgcli.watch.offers import Picture, cut_front, fill_lines, rewriting_lines
from dgcli.watch.picker import Picker
from dgcli.watch.terminal import Line
from dgcli.watch.width import columns, graphemes


def offer(fills: Sequence[str], before: str = "The cat ", behind: str = " the mat.") -> Offer:
    span = Span(start=0, end=5)
    made = [Fill(span=span, old="[[?]]", text=text, tokens=1, score=0.0, converged=True, canvas=0) for text in fills]
    return Offer(hole=1, holes=2, before=before, fills=tuple(made), behind=behind)


class Pressed(Keys):
    """Keys that were pressed beforehand."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)

    def __enter__(self) -> Pressed:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def read(self, seconds: float | None = None) -> str | None:
        return self._names.pop(0)


def pick(*names: str, edit: Callable[[str], str | None] = lambda text: None, hole: int = 2) -> Decision:
    keys = Pressed(names)  # those that editing leaves are read on
    picker = Picker(io.StringIO(), lambda: None, edit, keys=lambda: keys)
    return picker(replace(offer(["sat on", "lay on", "left"]), hole=hole))


@pytest.mark.parametrize(
    ("keys", "decision"),
    [
        (["enter"], 0),
        (["down", "enter"], 1),
        (["up", "enter"], 2),
        (["down", "down", "down", "enter"], 0),
        (["3", "enter"], 2),
        (["9", "x", "enter"], 0),
        (["r"], Verdict.AGAIN),
        (["s"], Verdict.SKIP),
        (["a"], Verdict.REST),
        (["b"], Verdict.BACK),
        *([[key], Verdict.STOP] for key in ("q", "escape", "ctrl-d")),
    ],
)
def test_keys_decide(keys: list[str], decision: Decision) -> None:
    assert pick(*keys) == decision


def test_giving_everything_up() -> None:
    with pytest.raises(KeyboardInterrupt):
        pick("ctrl-c")


def test_before_the_first_hole_there_is_none() -> None:
    assert pick("b", "down", "enter", hole=1) == 1


def test_the_chosen_fill_is_edited_and_taken() -> None:
    assert pick("down", "e", edit=lambda text: f"{text}, quite") == "lay on, quite"


def test_an_editor_that_fails_changes_nothing() -> None:
    assert pick("down", "e", "enter", edit=lambda text: None) == 1


def test_an_edit_that_leaves_nothing_is_asked_about() -> None:
    texts = iter(("", " \n", "lay"))
    assert pick("e", "e", "e", edit=lambda text: next(texts)) == "lay"
    assert pick("e", "s", edit=lambda text: "") is Verdict.SKIP


def test_the_editor_is_named() -> None:
    assert "e edit in nano" in plain(fill_lines(offer(["a"]), 0, 90, 20, editor="nano"))[-1]


def plain(lines: Sequence[Line]) -> list[str]:
    return [re.sub(r"\x1b\[[0-9;]*m", "", line.data).rstrip() for line in lines]


def test_the_chosen_fill_stands_in_its_place() -> None:
    assert plain(fill_lines(offer(["sat on", "lay on"]), 1, 80, 20)) == [
        "hole 1 of 2",
        "The cat lay on the mat.",
        "  1  sat on",
        "❯ 2  lay on",
        "↑↓ 1-9 enter take  e edit  r others  s skip  b back  a take rest  q stop",
    ]


def test_a_fill_is_seen_with_its_paragraph() -> None:
    """It stands among its sentences, and nothing is told of other paragraphs."""
    before = "# Cats\n\nThe cat came home late, as it had done each day since\nthe summer, and then it "
    lines = fill_lines(offer(["sat", "lay"], before, " on the mat.\n\nMore."), 0, 30, 20)
    assert plain(lines)[1:5] == [
        "The cat came home late, as it",
        "had done each day since⏎the",
        "summer, and then it sat on the",
        "mat.",
    ]
    assert "\x1b[1;4msat" in lines[3].data
    assert len(fill_lines(offer(["sat", "lay"], before * 9, " on the mat." * 9), 0, 30, 6)) == 6


OLD = "We are going to do it on Tuesday, and that is what the plan says."
NEW = ["We shall do it on Tuesday, as the plan says.", "We are to do it on Tuesday; so says the plan."]


def rewritings(texts: Sequence[str], old: str = OLD) -> Offer:
    return replace(offer(()), fills=tuple(replace(fill, old=old) for fill in offer(texts).fills))


def test_the_chosen_rewriting_stands_whole_below_the_old_text() -> None:
    lines = rewriting_lines(rewritings(NEW), 0, 40, 20)
    assert plain(lines) == [
        "paragraph 1 of 2",
        "We are going to do it on Tuesday, and",
        "that is what the plan says.",
        "❯ 1  We shall do it on Tuesday, as the",
        "     plan says.",
        "  2  We are to do it on Tuesday; so say…",
        "↑↓ 1-9 enter take  e edit  r others",
        "s keep  b back  a take rest  q stop",
    ]


def test_new_words_of_the_chosen_rewriting_are_marked() -> None:
    lines = [line.data for line in rewriting_lines(rewritings(NEW), 0, 80, 20)]
    assert "❯ 1  We \x1b[1;4mshall\x1b[0m do it on Tuesday, \x1b[1;4mas\x1b[0m the plan says." in lines


def test_others_are_listed_from_where_they_differ() -> None:
    same = "We shall do it on Tuesday, and that is what "
    lines = plain(rewriting_lines(rewritings([f"{same}it says.", f"{same}the plan says."]), 0, 40, 20))
    assert "  2  …that is what the plan says." in lines


def test_the_old_text_gives_way_where_there_is_little_room() -> None:
    lines = plain(rewriting_lines(rewritings(NEW, " ".join([OLD] * 9)), 1, 40, 8))
    assert lines[2].endswith(" …")
    assert lines[-1] == "s keep  b back  a take rest  q stop"
    assert len(lines) == 8


texts = st.text(max_size=60) | st.sampled_from(["\x1b[2J", "日本語" * 20, "👩‍👩‍👧" * 9, "\r\n\t"])


@given(
    st.lists(texts, min_size=1, max_size=12),
    texts,
    texts,
    st.tuples(st.integers(4, 100), st.integers(3, 30), st.sampled_from([fill_lines, rewriting_lines])),
    st.data(),
)
def test_a_picture_never_exceeds_the_window(
    fills: list[str], before: str, behind: str, window: tuple[int, int, Picture], data: st.DataObject
) -> None:
    width, height, picture = window
    at = data.draw(st.integers(0, min(len(fills), 9) - 1))
    lines = picture(offer(fills, before, behind), at, width, height, "")
    assert 0 < len(lines) <= height
    assert all(line.width <= width for line in lines)
    assert any("❯" in line.data for line in lines)
    for text in plain(lines):
        assert "\x1b" not in text
        assert "\n" not in text


@given(st.text(alphabet="ab 字é👩‍👩‍👧🇩🇪e\u0301", max_size=30), st.integers(0, 20))
def test_the_end_of_a_text_fits_and_no_letter_is_torn(text: str, width: int) -> None:
    pieces = [piece for piece, _ in graphemes(text)]
    found = cut_front(text, width)
    ends = ["".join(pieces[start:]) for start in range(len(pieces) + 1)]
    assert found == max((end for end in ends if columns(end) <= width), key=len)
