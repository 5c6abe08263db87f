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
    open_ = [True] * count
    places = drawn(
        session,
        engine.encode(before),
        count,
        forbidden=frozenset(forbidden) - {end},
        temperature=TEMPERATURE,
        first_canvas=first_canvas * count,
        likeliest=True,
        engine=engine,
    )
    for _, tokens in islice(places, most):
        open_ = [goes_on and token != end for goes_on, token in zip(open_, tokens, strict=True)]
        rows = [(*row, token) if goes_on else row for row, token, goes_on in zip(rows, tokens, open_, strict=True)]
        if not any(open_):
            break
        shown = open_.index(True)
        text = session.chat.tokenizer.decode(rows[shown])
        yield Trial(text=text, doing=Doing.WRITING, which=shown + 1, count=count)
    ended = [row for row, goes_on in zip(rows, open_, strict=True) if row and not goes_on]
    return list(dict.fromkeys(ended or filter(None, rows)))
