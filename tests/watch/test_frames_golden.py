"""Frames as readable text. To write them anew: `DG_WRITE_FRAMES=1 pytest tests/watch/test_frames_golden.py`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dgcli.events import Step
from dgcli.watch.picture import Look, Picture, picture
from dgcli.watch.view import View
from dgcli.watch.watch import Watch
from tests.watch.runs import Clock, events, pieces

GOLDEN = Path(__file__).parent / "frames"
_SIGNS = {"noise": "~", "changed": "!", "accepted": "+", "settled": "=", "context": "", "gutter": "", "status": ""}


def moments(look: Look) -> list[Picture]:
    """The draft, two steps of each hole, and the end; a step takes half a second."""
    clock = Clock()
    watch = Watch(pieces, clock)
    found: list[Picture] = []
    for event in events():
        new = watch.see(event)
        clock.now += 0.25 * isinstance(event, Step)
        if not isinstance(event, Step) or (new and event.step in (2, 4)):
            found.append(picture(watch.scene(), look))
    watch.finish()
    found.append(picture(watch.scene(), look))
    return [each for index, each in enumerate(found) if index == 0 or each != found[index - 1]]


def readable(frame: Picture, colour: bool) -> str:
    """The frame as text; where it is meant for colours, each run between the names of its look."""
    if not colour:
        return "\n".join(f"|{line}" for line in frame.lines)
    rows = []
    for row in frame.rows:
        marked = (f"{{{run.tag} {run.text}}}" if _SIGNS.get(run.tag, run.tag) else run.text for run in row)
        rows.append("|" + "".join(marked))
    return "\n".join(rows)


@pytest.mark.parametrize("colour", [True, False], ids=["colour", "plain"])
@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("view", list(View))
def test_frames_are_as_they_were(width: int, colour: bool, view: View) -> None:
    if view is not View.text and width == 200:
        pytest.skip("as at 80 columns")
    look = Look(width=width, height=16, view=view, signs=not colour)
    text = "\n\n".join(readable(frame, colour) for frame in moments(look)) + "\n"
    path = GOLDEN / f"{view.value}-{width}-{'colour' if colour else 'plain'}.txt"
    if os.environ.get("DG_WRITE_FRAMES"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
