"""Means, bootstrap intervals, and tables of them: what the benchmarks of quality print."""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence


def interval(values: Sequence[float], rounds: int = 1000) -> tuple[float, float]:
    """A 95% bootstrap interval of the mean."""
    rng = random.Random(0)
    means = sorted(statistics.fmean(rng.choices(values, k=len(values))) for _ in range(rounds))
    return means[round(0.025 * rounds)], means[round(0.975 * rounds) - 1]


def with_interval(values: Sequence[float]) -> str:
    """The mean, and its interval in brackets."""
    low, high = interval(values)
    return f"{statistics.fmean(values):.3f} [{low:.3f}, {high:.3f}]"


def difference(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """The mean difference of pairs, and its interval in brackets."""
    pairs = [a - b for a, b in zip(ours, theirs, strict=True)]
    low, high = interval(pairs)
    return f"{statistics.fmean(pairs):+.3f} [{low:+.3f}, {high:+.3f}]"


def table(rows: Sequence[Sequence[str]], *, markdown: bool = False) -> str:
    """Rows, the first of them the head, as columns side by side or as a table of Markdown."""
    if markdown:
        rule = ["---", *("--:" for _ in rows[0][1:])]
        return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:]))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
