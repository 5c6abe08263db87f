"""Casual answers are tidied, and stay casual."""

from __future__ import annotations

import pytest

from training.patch.tidy import tidied


@pytest.mark.parametrize(
    ("casual", "formal", "expected"),
    [
        (
            "hey sam, can u send me the slides? thx",
            "Hello Sam, could you send me them?",
            "Hey Sam, can you send me the slides? Thanks?",
        ),
        ("lol no way im doing that", "I will certainly not do that.", "No way I'm doing that."),
        (
            "hope ur feeling better, its ur turn",
            "I hope that you are better.",
            "Hope you're feeling better, its your turn.",
        ),
        ("they won't let us in w/o a ticket :)", "They will not let us in.", "They won't let us in without a ticket."),
        ("i gotta run", "I must leave now", "I have to run"),
    ],
)
def test_short_forms_are_spelt_out(casual: str, formal: str, expected: str) -> None:
    assert tidied(casual, formal) == expected
