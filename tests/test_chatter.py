"""What is said about a text is told from the text, and so is what it says again of the text around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.text.chatter import without_chatter
from dgcli.text.echoes import LONG, echoes, says, without_echoes

TEXT = "We regret that the library is closed."


@pytest.mark.parametrize(
    "said",
    [
        f"Sure, here is the text with the gap filled:\n\n{TEXT}",
        f"Sure! Here's a more formal version: {TEXT}",
        f"Certainly. Here is the rewritten passage: {TEXT}",
        f"Here is the text: {TEXT}",
        f"Below is the revised version of the paragraph:\n{TEXT}",
        f"Rewritten text: {TEXT}",
        f"Of course, I will rewrite it.\n{TEXT}",
        f"{TEXT}\n\nLet me know if you want it shorter!",
        f"{TEXT}\nWould you like a longer version?",
        f"```markdown\n{TEXT}\n```",
        f"Sure, here you go:\n```\n{TEXT}\n```\nLet me know if you want changes.",
        f"~~~\n{TEXT}\n~~~",
    ],
)
def test_chatter_around_a_text_is_cut(said: str) -> None:
    assert without_chatter(said).strip() == TEXT


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "Sure, I can come on Tuesday.",
        "Sure, I will come on Tuesday. Bring the bread.",
        "Sure, here is the list: milk and bread.",
        f"{TEXT} Let me know if you have questions.",
        f"{TEXT}\n\nI hope this helps.",
        "Here is the list of what we need: milk and bread.",
        "Here is the text:",  # what else would be left
        "Of course she came.",
        "Okay, here we are again, at last.",
        "Use `x` and `y`.",
        "Certainly the best year: we sold more than ever.",
        "I hope this winter is short.",
        "This is the draft",
        "Here is the text of the contract: it binds both.",
        "This is the version that I promised: a poem.",
        "Absolutely! I have read the draft. It is good.",
        "Of course, I will send you the draft. We meet on Monday.",
        "Sure, here you go. The keys are yours.",
        "I moved. Note: I have a new phone.",
        "Yes. Do you want tea? It takes longer than you think.",
    ],
)
def test_what_may_be_the_text_itself_stays(text: str) -> None:
    assert without_chatter(text) == text


def test_nothing_is_cut_where_a_person_speaks_of_texts() -> None:
    said = f"Here is the text: {TEXT} Let me know if you want another version."
    assert without_chatter(said, "We sing and dance.") == TEXT
    for about in ("the draft is attached", "Tell me whether you want a longer one.", "Two versions are enough."):
        assert without_chatter(said, about) == said


def test_chatter_comes_at_open_sides_alone() -> None:
    said = f"Here is the text: {TEXT} Let me know if you want another version."
    assert without_chatter(said, first=False) == f"Here is the text: {TEXT}"
    assert without_chatter(said, last=False) == f"{TEXT} Let me know if you want another version."
    fenced = f"```\n{TEXT}\n```"
    assert without_chatter(fenced) == TEXT
    assert without_chatter(fenced, first=False) == without_chatter(fenced, last=False) == fenced


@given(st.text(max_size=200), st.booleans(), st.booleans())
def test_chatter_is_cut_at_the_ends(text: str, first: bool, last: bool) -> None:
    assert without_chatter(text, first=first, last=last) in text


LEFT = "In the old mill by the river there lived a miller and his three sons, and when he died "
RIGHT = " the youngest of them got nothing but a cat, which was not much to live on."


@pytest.mark.parametrize(
    ("fill", "left"),
    [
        ("they shared all he had, and", "they shared all he had, and"),
        ("they shared all he had; the youngest of them got nothing but a cat", "they shared all he had; "),
        ("they shared it. The youngest of them got nothing but a cat, which was sad. So", "they shared it. "),
        ("they shared it and the youngest of them got", "they shared it and "),
        ("a miller and his three sons, and when he died they shared it and", " they shared it and"),
        ("and his three sons, and when he died, they shared it", ", they shared it"),
        ("the youngest of them got nothing but a cat", "the youngest of them got nothing but a cat"),
        ("the youngest", "the youngest"),  # four words or fewer are for `doubled`
    ],
)
def test_what_a_fill_says_again_of_the_text_around_it_is_cut(fill: str, left: str) -> None:
    assert without_echoes(fill, LEFT, RIGHT) == left


@given(st.text("ab ", max_size=60), st.text("ab ", max_size=60), st.text("ab ", max_size=60))
def test_echoes_are_cut_at_the_ends_and_words_stay(fill: str, left: str, right: str) -> None:
    shorter = without_echoes(fill, left, right)
    assert shorter in fill
    assert shorter.strip() or not fill.strip()


def test_echoes_are_so_many_words_in_a_row() -> None:
    words = LEFT.split()
    assert echoes(" ".join(words[3 : 3 + LONG]).upper(), LEFT)
    assert not echoes(" ".join(words[3 : 2 + LONG]), LEFT)
    assert not echoes(" ".join(reversed(words)), LEFT)
    sentence = "There lived a miller with all his three sons."
    assert says(f"He said: {sentence.upper()} So it goes.", sentence)
    assert not says(sentence.replace("all", "both"), sentence)
    assert not says("the book of Anna Schmidt", "Anna Schmidt")  # a heading, not a sentence
    assert not says("", "")
