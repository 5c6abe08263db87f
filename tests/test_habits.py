"""Laws of what a rewrite keeps of its source's way of writing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.text.habits import as_written

SENTENCES = "We expect the goods on Monday, 4 May. Anna knows, and npm runs."


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        (SENTENCES, "we'll get it on monday, 4 May. anna knows", "We'll get it on Monday, 4 May. Anna knows."),
        ("It is late.", "it's late, i think", "It's late, I think."),
        ("hey, it is late", "it's late, i think", "it's late, i think"),
        ("hey, i saw Anna.", "i met anna", "i met Anna."),
        ("The US office opens on 4 May.", "it may open on 4 May, ask us", "It may open on 4 May, ask us."),
        ("It is late. npm runs.", "npm runs. it's late.", "npm runs. it's late."),
        ("Is it late?", "is it late", "Is it late?"),
        ("He said: “It is late.”", "he said it's late", "He said it's late."),
        ("It is an iPhone.", "iPhone it is", "iPhone it is."),
        ("Wir kommen am Montag.", "wir kommen montag", "Wir kommen Montag."),
        ("See you at five", "see you at 5", "See you at 5"),
        ("我们走。", "走吧", "走吧。"),
        ("It is late.", "", ""),
    ],
)
def test_a_rewrite_is_written_as_its_source_is(source: str, text: str, expected: str) -> None:
    assert as_written(source, text) == expected


@given(st.text(), st.text())
def test_only_capitals_and_a_last_mark_are_changed(source: str, text: str) -> None:
    made = as_written(source, text)
    kept, more = made[: len(text)], made[len(text) :]
    assert not more or (text[-1].isalnum() and more in source)
    assert all(old == new or old.islower() for old, new in zip(text, kept, strict=True))


@given(st.text())
def test_a_source_is_as_it_is_written(source: str) -> None:
    assert as_written(source, source) == source
