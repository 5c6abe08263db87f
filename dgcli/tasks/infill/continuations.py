"""Fills that the causal encoder writes, each cut where the text behind its hole follows best."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import islice
from statistics import fmean
from typing import cast

from dgcli.events import Doing, Trial
from dgcli.platform.backend import mx
from dgcli.platform.elementwise import logsumexp
from dgcli.tasks.drawn import drawn
from dgcli.tasks.engine import Cache, Session
from dgcli.tasks.infill.judge import ends_early
from dgcli.tasks.infill.length import weight

TEMPERATURE = 0.8  # that the encoder's logits are divided by
MOST = 32  # tokens: what a text goes on with for longer leads away from what follows
CUTS = 2  # of a text, at most: where it ends best is judged with all of it
JUDGED = 8  # of all cuts, or half as many as texts: to read more with what follows takes longer than to write them
CLEARLY = 2.0  # nats by which another text has to be likelier so far for it to be shown in the place of one that is
ARRIVES = 0.4  # what the log-probability of the token behind counts for there


def continuations(
    session: Session,
    before: Cache,
    behind: int,
    right: str,
    *,
    texts: range,
    forbidden: frozenset[int],
    not_first: frozenset[int] = frozenset(),
    first_canvas: int,
    least: int = 1,
    most: int = MOST,
) -> Generator[Trial, None, list[tuple[int, ...]]]:
    """What the encoder goes on with after `before`: the likeliest, each once.

    A text that has ended a sentence is written no further where that sentence goes on behind the hole.

    Args:
        texts: which of those that the session asks for are written. Of all their cuts as large a share is judged.
        behind: the first token behind the hole. A text is cut before a word or mark where it is the likeliest.
        right: the text behind the hole.
        forbidden, not_first: ids that are not written, and that no text begins with.
        least, most: tokens of a text.
        first_canvas: the number of the round's first canvas, which no other round has: choices are drawn under it.
    """
    count = session.holes.continuations
    rows: list[tuple[int, ...]] = [()] * len(texts)
    own: list[list[float]] = [[] for _ in rows]  # log-probability of each token
    arrivals: list[list[float]] = [[] for _ in rows]  # of `behind` in its place
    shown = 0
    decode = session.chat.tokenizer.decode

    def is_over(text: Sequence[int]) -> bool:
        return all(ends_early(decode(ids), right) for ids in (text, text[:-1]))  # "net." may yet be "net.art"

    places = drawn(
        session,
        before,
        len(texts),
        ended=is_over,
        forbidden=forbidden,
        not_first=not_first,
        temperature=TEMPERATURE,
        first_canvas=first_canvas * count + texts.start,
    )
    for place in islice(places, most + 1):
        pairs = mx.array([(token, behind) for token in place.tokens.values()])  # [texts, 2]
        known = mx.take_along_axis(place.logits, pairs, axis=-1) - logsumexp(place.logits)[:, None]
        now = cast("list[tuple[float, float]]", known.tolist())
        for index, (said, arrived) in zip(place.tokens, now, strict=True):
            own[index].append(said)
            arrivals[index].append(arrived)
            rows[index] = (*rows[index], place.tokens[index])
        likely = {index: sum(own[index]) for index in place.tokens}
        likeliest = max(likely, key=likely.__getitem__)
        if shown not in likely or likely[likeliest] > likely[shown] + CLEARLY:
            shown = likeliest
        yield Trial(text=decode(rows[shown]), doing=Doing.WRITING, which=texts[shown] + 1, count=count)
    found: dict[tuple[int, ...], float] = {}
    for row, each, ends in zip(rows, own, arrivals, strict=True):
        for end in _cuts(session, row, right, ends, least):
            found[row[:end]] = fmean(each[:end]) * weight(end) + ARRIVES * ends[end]
    return sorted(found, key=lambda fill: -found[fill])[: max(JUDGED, count // 2) * len(texts) // count]


def _cuts(session: Session, row: Sequence[int], right: str, arrivals: Sequence[float], least: int) -> Sequence[int]:
    """Lengths of a text's beginnings that end with a whole word and that what is behind the hole follows best."""
    decode = session.chat.tokenizer.decode
    ends = [length for length in range(least, len(row)) if not decode(row[length : length + 1])[:1].isalnum()]
    ends = [end for end in ends if not ends_early(decode(row[:end]), right)]
    return sorted(ends, key=lambda length: -arrivals[length])[:CUTS]
