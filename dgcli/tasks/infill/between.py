"""Fills by an encoder that was taught to write what stands between two texts (`suffix_first`)."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from itertools import islice

from dgcli.events import Doing, Trial
from dgcli.tasks.drawn import drawn
from dgcli.tasks.engine import Session
from dgcli.tasks.infill.continuations import TEMPERATURE


def written_between(
    session: Session,
    before: Sequence[int],
    *,
    forbidden: Collection[int],
    first_canvas: int,
    most: int,
) -> Generator[Trial, None, list[tuple[int, ...]]]:
    """Fills that the session's infiller writes after `before`, as many as the session asks for, each once.

    Args:
        before: as `suffix_first` lays it out.
        forbidden: ids that are not written.
        first_canvas: the number of the round's first canvas, which no other round has: choices are drawn under it.
        most: tokens of a fill. One that has not ended then is cut, and left out if another has.
    """
    assert session.infiller is not None
    engine, end = session.infiller.engine, session.infiller.marks.end
    count = session.holes.continuations
    rows: list[tuple[int, ...]] = [()] * count
    places = drawn(
        session,
        engine.encode(before),
        count,
        ended=lambda text: text[-1] == end,
        forbidden=frozenset(forbidden) - {end},
        temperature=TEMPERATURE,
        first_canvas=first_canvas * count,
        likeliest=True,
        engine=engine,
    )
    for place in islice(places, most):
        for number, token in place.tokens.items():
            rows[number] = (*rows[number], token)
        shown = min(place.tokens, key=lambda number: rows[number][-1] == end)
        text = session.chat.tokenizer.decode([token for token in rows[shown] if token != end])
        yield Trial(text=text, doing=Doing.WRITING, which=shown + 1, count=count)
    whole = [row[:-1] for row in rows if row[-1] == end]
    return list(dict.fromkeys(filter(None, whole)) or dict.fromkeys(row for row in rows if row[-1] != end))
