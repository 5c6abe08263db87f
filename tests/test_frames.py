from __future__ import annotations

import dataclasses

from dgcli.events import Step
from dgcli.watch.frames import State, frame

STEP = Step(
    canvas=0,
    step=2,
    of=8,
    temperature=0.7,
    input=(5, 1, 9, 3),
    sampled=(5, 1, 2, 3),
    argmax=(5, 1, 2, 4),
    accepted=(False, True, False, True),
    entropy=(0.0, 0.01, 2.0, 0.03),
    free=(False, True, True, True),
    next_input=(5, 1, 7, 3),
    settled=False,
)


def pieces(ids: object) -> tuple[str, ...]:
    return tuple(f"<{token}>" for token in ids)  # type: ignore[attr-defined]


def test_states_of_a_step() -> None:
    before = dataclasses.replace(STEP, step=1, argmax=(5, 1, 8, 0), accepted=(False, True, True, False))
    picture = frame(STEP, pieces, before)
    assert [cell.text for cell in picture.cells] == ["<5>", "<1>", "<7>", "<3>"]
    assert [cell.state for cell in picture.cells] == [State.HELD, State.SETTLED, State.NOISE, State.CHANGED]
    assert (picture.step, picture.of, picture.free, picture.open) == (2, 8, 3, 1)
    assert picture.mean_entropy == STEP.mean_entropy == (0.01 + 2.0 + 0.03) / 3


def test_the_last_frame_shows_the_argmax_canvas() -> None:
    assert [cell.text for cell in frame(dataclasses.replace(STEP, step=8), pieces).cells][2:] == ["<2>", "<4>"]
