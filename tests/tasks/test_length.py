"""How long a hole may be, by what the document tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.checkpoint.chat_template import Chat
from dgcli.tasks.infill.layout import Gap, lay_out_gap
from dgcli.tasks.infill.length import PHRASE, SHORT, Lengths, is_whole, lengths_to_try, words_per_sentence
from tests.fakes import Letters

CHAT = Chat(tokenizer=Letters(), before=(2, 5), after=(6, 5))
BRIEF, LONG = "He ran. She ran. They ran. ", "The old men of the village walked down to the river every day. " * 3


def lengths(gap: Gap, canvas_length: int = 512) -> tuple[int, ...]:
    return suggested(gap, canvas_length).tried


def suggested(gap: Gap, canvas_length: int = 512) -> Lengths:
    return lengths_to_try(gap, lay_out_gap(gap, CHAT, canvas_length), CHAT.tokenizer)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("It rained. ", " She stayed.", True),
        ('"It rained." ', ' "So?"', True),
        ("It rained.\n\n", "\n\nShe stayed.", True),
        ("It rained.\n\n", " She stayed.", True),
        ("", "", True),
        ("- one\n- ", "\n- three", True),
        ("A: ", "\nB: yes", True),
        ("It rained, ", " she stayed.", False),
        ("It rained. ", " stayed.", False),
        ("It ", " Paris.", False),
        ("because ", "\n", False),
    ],
)
def test_whether_whole_sentences_are_missing(left: str, right: str, expected: bool) -> None:
    assert is_whole(Gap(left=left, right=right)) is expected


def test_a_sentence_is_as_long_as_the_others() -> None:
    short, long = (words_per_sentence(Gap(left=text, right="")) for text in (BRIEF * 9, LONG))
    assert short < 4
    assert 13 < long < 15
    assert max(lengths(Gap(left=BRIEF * 9, right="He ran."))) < min(lengths(Gap(left=LONG, right="It is far.")))


def test_within_a_sentence_it_is_a_few_words() -> None:
    """Of as many tokens as the document's words have: here four letters and a space, but for the last."""
    gap = Gap(left="four " * 40, right=" four" * 40)
    assert lengths(gap) == tuple(round(words * 401 / 80) for words in PHRASE)


@pytest.mark.parametrize(
    ("gap", "told"),
    [
        (Gap(left=LONG, right="It is far."), True),
        (Gap(left=LONG, right="It is far.", words=9), True),
        (Gap(left="The old men ", right=" the river."), False),
    ],
)
def test_a_usual_length_is_one_of_those_tried_and_known_where_sentences_or_words_are_asked_for(
    gap: Gap, told: bool
) -> None:
    found = suggested(gap)
    assert (found.usual is not None) is told
    assert found.usual is None or round(found.usual) in found.tried


def test_the_farther_from_the_usual_length_the_less_likely() -> None:
    counted = Lengths((20,), 20.0).counted
    assert counted(-1.0, 20) == counted(-1.0, 0) == -1.0
    assert counted(-1.0, 10) == pytest.approx(counted(-1.0, 40))
    assert counted(-1.0, 22) > counted(-1.0, 26) > counted(-1.0, 40)


@given(st.floats(-20, -0.01), st.integers(1, 40))
def test_where_no_length_is_usual_a_fill_counts_between_the_mean_and_the_sum_of_its_tokens(
    own: float, length: int
) -> None:
    """Said twice over, it counts for more than once and for less than twice."""
    counted = Lengths((20,)).counted
    assert 2 * counted(own, length) < counted(own, 2 * length) < counted(own, length) < 0
    assert counted(own, SHORT) == own


def test_as_many_words_as_a_mark_asks_for() -> None:
    gap = Gap(left="four " * 40, right=" four" * 40, words=10)
    assert lengths(gap) == (40, 50, 60)


@given(st.text(max_size=60), st.text(max_size=60), st.integers(16, 64))
def test_every_length_fits_the_canvas(left: str, right: str, canvas_length: int) -> None:
    gap = Gap(left=left, right=right)
    found = lengths(gap, canvas_length)
    assert 1 <= len(found) <= 5
    assert list(found) == sorted(set(found))
    assert 1 <= found[0] <= found[-1] <= lay_out_gap(gap, CHAT, canvas_length).longest_hole


def test_where_few_are_wanted_every_other_is_tried_and_one_at_least() -> None:
    gap = Gap(left="The cat sat on ", right=" mat.")
    for canvas_length, expected in ((512, lengths(gap)[1::2]), (1, lengths(gap, 1))):
        layout = lay_out_gap(gap, CHAT, canvas_length)
        assert lengths_to_try(gap, layout, CHAT.tokenizer, few=True).tried == expected != ()
