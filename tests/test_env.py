from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from dgcli.platform.environment import visible


@given(st.text())
def test_nothing_that_steers_a_terminal_gets_through(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    assert not any(unicodedata.category(c) == "Cc" for c in shown if c != "\n")
    assert visible(shown) == shown


def test_pictures() -> None:
    assert visible("a\x1b[2J\t\x7f\u202eb\n") == "a␛[2J␉␡\ufffdb\n"
    assert visible("é 👩‍👩‍👧 שלום") == "é 👩‍👩‍👧 שלום"
