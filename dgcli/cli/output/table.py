"""Rows for people, in columns."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from dgcli.platform.environment import one_line

_LEAST = 15  # columns that the last cell has in any case


def table(head: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None) -> str:
    """Lines with as many columns as the head, each as wide as its widest cell.

    Where `width` columns are too few, the last cell goes on below, and what is too long without a blank is shortened.
    """
    cells = [[one_line(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    before = sum(widths[:-1]) + 2 * len(widths[:-1])
    room = widths[-1] if width is None else max(_LEAST, width - before)
    lines: list[str] = []
    for row in cells:
        start = "".join(f"{cell.ljust(wide)}  " for cell, wide in zip(row[:-1], widths, strict=False))
        words = " ".join(shortened(word, room) for word in row[-1].split(" "))
        parts = [row[-1]] if len(row[-1]) <= room else textwrap.wrap(words, room)
        lines += [f"{' ' * before if number else start}{part}".rstrip() for number, part in enumerate(parts or [""])]
    return "\n".join(lines) + "\n"


def shortened(word: str, room: int) -> str:
    """A word that is no longer than `room`: of a longer one the middle is left out, more of it before than behind."""
    behind = (room - 1) * 3 // 4
    return word if len(word) <= room else f"{word[: room - 1 - behind]}…{word[-behind:]}"
