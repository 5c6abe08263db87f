from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.checkpoint.chat_template import Chat
from dgcli.profiles import ProfileName
from dgcli.settings import AS_RELEASED, HoleSettings, holes_profiled
from dgcli.tasks.infill.layout import ANSWER, Gap, gap_request, lay_out_gap, suffix_first
from dgcli.tasks.infill.length import lengths_to_try
from dgcli.text.seams import left_text
from tests.fakes import Letters

CHAT = Chat(tokenizer=Letters(), before=(2, 5), after=(6, 5))


def test_a_short_document_stands_whole_in_the_canvas() -> None:
    layout = lay_out_gap(Gap(left="The ", right=" sat."), CHAT, 32)
    tokens = CHAT.tokenizer.encode
    assert layout.canvas(3).tokens == (*tokens("The"), 1, 1, 1, *tokens(" sat."), 6)
    assert layout.canvas(3).free_positions == (3, 4, 5)
    assert layout.canvas(2, width=14).tokens == (*tokens("The"), 1, 1, *tokens(" sat."), 6, 1, 1, 1)
    assert layout.prompt == CHAT.prompt(f"Fill in the gap marked [[?]] in this text.\n{ANSWER}\n\nThe [[?]] sat.")


def test_text_before_the_canvas_is_read_as_already_written() -> None:
    layout = lay_out_gap(Gap(left="x" * 100, right="y"), CHAT, 32, context=1000)
    assert layout.near_left == CHAT.tokenizer.encode("x" * 8)
    assert layout.prompt[-92:] == CHAT.tokenizer.encode("x" * 92)


@pytest.mark.parametrize("context", [20, 61])
def test_of_a_long_text_half_as_much_is_already_written_as_is_quoted(context: int) -> None:
    """Besides what the canvas holds of it."""
    layout = lay_out_gap(Gap(left="x" * 500, right="y"), CHAT, 32, context=context)
    asked = CHAT.prompt(gap_request(Gap(left="x" * 500, right="y"), CHAT.tokenizer, context))
    written = CHAT.tokenizer.encode("x" * (context // 2))
    assert layout.prompt == (*asked, *written)


@given(st.text(max_size=80), st.text(max_size=80), st.integers(16, 64), st.data())
def test_canvases_fit_and_hold_the_text_around_the_hole(
    left: str, right: str, length: int, data: st.DataObject
) -> None:
    layout = lay_out_gap(Gap(left=left, right=right), CHAT, length, context=20)
    hole = data.draw(st.integers(1, layout.longest_hole))
    canvas = layout.canvas(hole)
    assert len(canvas.tokens) == layout.width(hole) <= length
    assert sum(canvas.free) == hole
    before, after = canvas.free.index(True), len(canvas.free) - 1 - canvas.free[::-1].index(True)
    assert (
        CHAT.tokenizer.encode(left_text(left)).__getitem__(slice(-before, None)) == canvas.tokens[:before] or not before
    )
    behind = (*CHAT.tokenizer.encode(right.rstrip()), 6)
    assert canvas.tokens[after + 1 :] == behind[: len(canvas.tokens) - after - 1]


@pytest.mark.parametrize(("profile", "lengths", "rows"), [("balanced", 5, 1280), ("fast", 2, 294)])
def test_a_fast_hole_in_a_long_document_has_fewer_and_narrower_canvases(
    profile: ProfileName, lengths: int, rows: int
) -> None:
    """Positions that each step computes for a sentence on canvases of 256."""
    holes = holes_profiled(AS_RELEASED, profile)
    gap = Gap(left="One two three. " * 200, right="\nFour five six. " * 200)
    layout = lay_out_gap(gap, CHAT, 256, context=2000, holes=holes)
    tried = lengths_to_try(gap, layout, CHAT.tokenizer, few=holes.few).tried
    assert len(tried) == lengths
    assert len(tried) * max(layout.width(length) for length in tried) == rows


@given(st.integers(1, 99), st.sampled_from(get_args(ProfileName)))
def test_what_a_checkpoint_says_of_its_canvases_is_no_profile_s(right: int, profile: ProfileName) -> None:
    holes = HoleSettings(right=right, draws=2)
    assert holes_profiled(holes, profile) == holes


@given(st.integers(0, 64), st.integers(1, 99), st.integers(0, 99))
def test_the_encoder_writes_fewer_fills_where_time_counts_and_more_where_quality_does(
    texts: int, right: int, suffix: int
) -> None:
    """None where the checkpoint asks for none, and as many as it asks for where nobody says what counts. What follows
    is read for them where there is time."""
    holes = HoleSettings(right=right, continuations=texts, suffix=suffix)
    profiles: tuple[ProfileName, ...] = ("fast", "balanced", "reference", "best")
    found = [holes_profiled(holes, profile) for profile in profiles]
    numbers = [each.continuations for each in found]
    assert numbers == sorted(numbers)
    assert numbers[1:3] == [texts, texts]
    assert [number > 0 for number in numbers] == [texts > 0] * 4
    assert [replace(each, continuations=texts) for each in found] == [replace(holes, suffix=0), holes, holes, holes]


def test_a_bare_hole_is_read_as_running_text() -> None:
    """No request, and the sign that parts texts at both ends; little of the text stands in the canvas."""
    holes = HoleSettings(bare=True, left=2, right=3)
    encode = CHAT.tokenizer.encode
    layout = lay_out_gap(Gap(left="He sat down", right=" there."), CHAT, 32, holes=holes)
    assert layout.prompt == (2, *encode("He sat do"))
    assert layout.right == (*encode(" there."), 1)
    assert layout.canvas(4).tokens == (*encode("wn"), 1, 1, 1, 1, *encode(" th"))
    assert layout.canvas(2, width=8).tokens == (*encode("wn"), 1, 1, *encode(" the"))


@pytest.mark.parametrize(
    ("gap", "request_"),
    [
        (Gap(left="He said", right="b", hint="a colour"), "Go on with this text. Next it says: a colour"),
        (Gap(left="He said", right="b", old="grey"), "Go on with this text. Say in other words: grey"),
    ],
)
def test_what_is_asked_for_stands_before_a_bare_text(gap: Gap, request_: str) -> None:
    """Which is not quoted: an answer would say it once more, its mark included."""
    bare = lay_out_gap(gap, CHAT, 32, holes=HoleSettings(bare=True, left=2))
    assert bare.prompt == (*CHAT.prompt(request_), *CHAT.tokenizer.encode("He sa"))
    assert bare.right[-1] == lay_out_gap(gap, CHAT, 32).right[-1]


@given(st.text("ab \n", max_size=30), st.text("cd \n", max_size=30), st.integers(0, 9), st.integers(1, 9))
def test_what_is_to_be_led_up_to_is_read_first_and_what_precedes_last(
    left: str, right: str, suffix: int, before: int
) -> None:
    """Parted as paragraphs are, and as much of each as is allowed; nothing where nothing follows."""
    gap, tokenizer = Gap(left=left, right=right), CHAT.tokenizer
    read = suffix_first(gap, lay_out_gap(gap, CHAT, 32), tokenizer, suffix, before)
    if not suffix or not right.strip():
        assert read == ()
    else:
        held = left_text(left)[-before:]
        assert tokenizer.decode(read[1:]) == right.strip()[:suffix] + "\n\n" + held
        assert read[0] == 2  # a text begins


@pytest.mark.parametrize(
    ("left", "held"),
    [
        ("The cat ", "The cat"),
        ("The cat", "The cat"),
        ("- ", "-"),
        ("\n  ", "\n  "),
        ("\n ", "\n "),
        (" ", " "),
        ("", ""),
    ],
)
def test_one_space_before_a_hole_belongs_to_the_fill(left: str, held: str) -> None:
    assert left_text(left) == held


@pytest.mark.parametrize(
    ("left", "right", "inline"),
    [("a ", " b", True), ("a\n", "\nb", False), ("a ", "\nb", True), ("a\n- ", "\n", True), ("", "", False)],
)
def test_inline(left: str, right: str, inline: bool) -> None:
    assert Gap(left=left, right=right).inline is inline
