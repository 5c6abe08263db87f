"""Rows for people, in columns."""

from __future__ import annotations

from collections.abc import Sequence

from dgcli.platform.environment import one_line


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lines with as many columns as the head, each as wide as its widest cell."""
    cells = [[one_line(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join(lines) + "\n"
