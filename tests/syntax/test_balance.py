from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.text.syntax.balance import balances, unmatched


@pytest.mark.parametrize(
    ("left", "fill", "right", "balanced"),
    [
        ("a ", "(b)", " c", True),
        ("a ", "(b", " c", False),
        ("a ", "b) (c", " d", False),
        ("(a ", "b)", " c", True),
        ("(a ", "b)", ") c", False),
        ("(a ", "b) (c", ") d", False),
        ("a ", "b (c", ") d", True),
        ("(a ", "b]", " c", False),
        ("a ", "don't, it's Bob's", " c", True),
        ('He said "', "yes", '" twice', True),
        ('He said "', 'a" and "b', '" twice', False),
        ('He said "', 'yes"', " twice", True),
        ("a ", '"b"', " c", True),
        ("a ", "„Ja“ und ”nej” et « oui » und »ja«", " c", True),
        ("a ", "「はい」『本』", "、", True),
        ("a ", "「はい", "、", False),
        ("a\n\n(b", "c)", "d", True),
        ("(a\n\nb", "c)", "d", False),  # another paragraph
    ],
)
def test_each_half_of_a_pair_has_its_other_half(left: str, fill: str, right: str, balanced: bool) -> None:
    assert balances(fill, left, right) is balanced


text = st.text(alphabet="ab ()[]\"“”„«»「」'", max_size=8)


@given(text, text, text)
def test_a_fill_that_balances_leaves_no_more_open_than_there_was(left: str, fill: str, right: str) -> None:
    if balances(fill, left, right):
        assert len(unmatched(left + fill + right)) <= len(unmatched(left + right))
