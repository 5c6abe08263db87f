"""Rows in columns, in a window of any width."""

from __future__ import annotations

from dgcli.cli.output.table import shortened, table

HEAD = ("NAME", "SAYS")


def test_a_cell_that_is_too_long_goes_on_below_by_whole_words() -> None:
    assert table(HEAD, [("plain", "short words, and careful claims")], 25) == (
        "NAME   SAYS\nplain  short words, and\n       careful claims\n"
    )


def test_a_path_is_shortened_in_the_middle_and_its_end_is_kept() -> None:
    path = "/tmp/pytest-of-somebody/pytest-0/draft.md"
    assert shortened(path, 20) == "/tmp/…est-0/draft.md"
    assert shortened(path, len(path)) == path
    lines = table(HEAD, [("plain", f"{path} (undone)")], 27).splitlines()
    assert max(map(len, lines)) <= 27
    assert lines[1].endswith("draft.md")


def test_without_a_width_nothing_is_left_out() -> None:
    assert table(HEAD, [("plain", "x" * 200)]).splitlines()[1] == f"plain  {'x' * 200}"
