"""How wide the canvases of an answer are."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from dgcli.errors import InputError
from dgcli.events import CanvasStart
from dgcli.settings import first_canvas
from dgcli.tasks.engine import Session
from dgcli.tasks.generate.generate import generate
from dgcli.tasks.generate.generated import Generated
from tests.fakes import Letters, Parrot, finished, session_of


def session(first: int | None, positions: int = 100_000) -> tuple[Parrot, Session]:
    engine = Parrot(Letters(), canvas_length=48, max_positions=positions)
    return engine, replace(session_of(engine), first_canvas=first)


def written(session: Session, most: int) -> tuple[list[int], Generated]:
    """The widths of the canvases."""
    events, end = finished(generate(session, "x", most))
    return [event.width for event in events if isinstance(event, CanvasStart)], end


@pytest.mark.parametrize(
    ("first", "most", "widths"),
    [
        (None, 10, [48]),
        (None, 100, [48, 48, 48]),
        (64, 100, [48, 48, 48]),
        (16, 10, [16]),
        (16, 40, [16, 24]),
        (16, 200, [16, 32, 48, 48, 48, 16]),
    ],
)
def test_canvases_grow_where_the_first_is_to_be_narrow(first: int | None, most: int, widths: list[int]) -> None:
    """To the model's length, and no wider than what is missing but for the first's width."""
    engine, opened = session(first)
    found, end = written(opened, most)
    assert found == widths
    assert end.tokens == most
    read = [len(prompt) for prompt in engine.prompts]
    assert [after - before for before, after in pairwise(read)] == widths[:-1]


def test_there_has_to_be_room_for_the_first_and_an_answer_ends_where_there_is_none_for_the_next() -> None:
    engine, whole = session(None)
    prompt = len(whole.chat.prompt("x"))
    short = replace(engine, max_positions=prompt + 47)
    with pytest.raises(InputError):
        written(replace(whole, engine=short), 10)
    found, end = written(replace(whole, engine=short, first_canvas=16), 200)
    assert (found, end.stop_reason) == ([16], "length")


def test_only_one_profile_gives_a_width_up() -> None:
    assert [first_canvas(name) for name in ("fast", "balanced", "best", "reference")] == [64, None, None, None]
