"""`dg explain` tells which texts were tried for a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from dgcli.events import Doing, Event, Filled, Focus, Trial
from dgcli.watch.recording import Recording, read_trace
from dgcli.watch.report import report
from dgcli.watch.trace import Trace
from dgcli.watch.tried import time_of, tried
from tests.watch.runs import Clock, events, piece, rewriting


def recorded(events: Iterable[Event], path: Path) -> Recording:
    """A recording of events, a second after one another."""
    clock = Clock()
    with Trace(path, lambda: {"command": "restyle", "model": "m", "seed": 7}, piece, clock) as writer:
        for event in events:
            clock.now += 1
            writer.show(event)
        writer.finish({"result": "…", "stop_reason": "settled", "steps_used": 0, "converged": True})
    return read_trace(path)


def test_what_was_judged_is_told_and_what_was_taken(tmp_path: Path) -> None:
    told = report(recorded(rewriting(), tmp_path / "r.jsonl"), 80)
    assert "1 block, no canvas, 2 texts of the encoder judged" in told
    assert "── texts tried ──\nblock 1: We r late.\n → We are late.\nblock 1: See u!\n → See you soon.\n" in told
    assert "lengths tried" not in told


@pytest.mark.parametrize("denoised", [True, False])
def test_of_canvases_is_told_whether_any_was_kept_and_if_not_who_wrote_the_fills(
    tmp_path: Path, denoised: bool
) -> None:
    run = [event if denoised or not isinstance(event, Filled) else replace(event, canvas=None) for event in events()]
    told = report(recorded(run, tmp_path / "r.jsonl"), 80)
    assert ("2 holes, 4 canvases, 2 kept\n" in told, "4 canvases, none kept: the encoder wrote" in told) == (
        denoised,
        not denoised,
    )
    assert len(re.findall(r"^── hole \d, canvas \d: ", told, re.MULTILINE)) == 2 * denoised
    assert len(re.findall(r"^── hole \d, canvas \d, not kept: ", told, re.MULTILINE)) == (not denoised)


def test_what_stays_as_it_was_is_told_as_that(tmp_path: Path) -> None:
    events: list[Event] = [
        event
        for event in rewriting()
        if not isinstance(event, Filled) and not (isinstance(event, Focus) and event.before)
    ][:4]
    events += [Trial(text=text, doing=Doing.JUDGING, which=1, count=2) for text in ("We r late.", "We are too late.")]
    events.append(Filled(hole=1, text="We r late. See u!"))
    recording = recorded(events, tmp_path / "r.jsonl")
    assert [(each.old, each.new, each.taken) for each in tried(recording)] == [
        ("We r late.", ["We are too late."], None)
    ]
    assert "   We are too late.\n   none of these was taken as a whole\n" in report(recording, 80)


def test_the_time_of_writing_ends_with_a_text_and_that_of_judging_begins_with_it(tmp_path: Path) -> None:
    spent = time_of(recorded(rewriting(), tmp_path / "r.jsonl"))
    assert spent == {Doing.WRITING: 4.0, Doing.JUDGING: 2.0}
