"""Which words of a passage disagree with a register."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from dgcli.tasks.infill.layout import end_tokens
from dgcli.tasks.restyle.passage import Unit
from dgcli.tasks.restyle.score import Job


def disagreements(job: Job) -> list[float]:
    """How unlikely each unit of the passage is in its rewriting, and how much less likely than in another register.

    In nats, by the causal encoder, which reads the request and the units before. The last number is that of the end: it
    is large where more is expected behind the last unit.
    """
    tokenizer = job.session.chat.tokenizer
    close, _ = end_tokens(tokenizer)
    rows = [*(tokenizer.encode(unit.whole) for unit in job.units), (close,)]
    (flat,) = job.told_apart([[token for row in rows for token in row]])
    found, start = [], 0
    for row in rows:
        found.append(-sum(flat[start : start + len(row)]))
        start += len(row)
    return found


def chosen(units: Sequence[Unit], disagreement: Sequence[float], strength: float) -> frozenset[int]:
    """The share `strength` of the units that are not held, those first that disagree the most.

    The place behind the last unit counts as one. What is chosen at one strength is chosen at every larger one.
    """
    free = [place for place in range(len(units) + 1) if place == len(units) or not units[place].held]
    most = sorted(free, key=lambda place: -disagreement[place])
    return frozenset(most[: ceil(strength * len(free))])
