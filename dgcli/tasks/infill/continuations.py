"""Fills that the causal encoder writes from the left, each cut where the text behind its hole follows best."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from itertools import islice
from typing import cast

from dgcli.events import Doing, Trial
from dgcli.platform.elementwise import logsumexp
from dgcli.tasks.drawn import drawn
from dgcli.tasks.engine import Cache, Session

TEMPERATURE = 0.8  # that the encoder's logits are divided by
MOST = 32  # tokens: what a text goes on with for longer leads away from what follows
CUTS = 2  # of a text, at most: where it ends best is judged with all of it


def continuations(
    session: Session,
    before: Cache,
    behind: int,
    *,
    forbidden: frozenset[int],
    first_canvas: int,
    least: int = 1,
    most: int = MOST,
) -> Generator[Trial, None, list[tuple[int, ...]]]:
    """What the encoder goes on with after `before`, as many times as the session asks for, each text once.

    Args:
        behind: the first token behind the hole. A text is cut before a word or mark where it is the likeliest.
        forbidden: ids that are not written.
        least, most: tokens of a text.
        first_canvas: the number of the round's first canvas, which no other round has: choices are drawn under it.
    """
    count = session.holes.continuations
    rows: list[tuple[int, ...]] = [()] * count
    arrivals: list[list[float]] = [[] for _ in rows]  # log-probability of `behind` after each length
    places = drawn(
        session, before, count, forbidden=forbidden, temperature=TEMPERATURE, first_canvas=first_canvas * count
    )
    for logits, tokens in islice(places, most + 1):
        arrival = cast("list[float]", (logits[:, behind] - logsumexp(logits)).tolist())
        for found, one in zip(arrivals, arrival, strict=True):
            found.append(one)
        rows = [(*row, token) for row, token in zip(rows, tokens, strict=True)]
        yield Trial(text=session.chat.tokenizer.decode(rows[0]), doing=Doing.WRITING, which=1, count=count)
    pairs = zip(rows, arrivals, strict=True)
    return list(dict.fromkeys(fill for row, arrival in pairs for fill in _cuts(session, row, arrival, least)))


def _cuts(session: Session, row: Sequence[int], arrivals: Sequence[float], least: int) -> Iterator[tuple[int, ...]]:
    """The beginnings of a text that end with a whole word and that what is behind the hole follows best."""
    decode = session.chat.tokenizer.decode
    ends = [length for length in range(least, len(row)) if not decode(row[length : length + 1])[:1].isalnum()]
    for end in sorted(ends, key=lambda length: -arrivals[length])[:CUTS]:
        yield tuple(row[:end])
