"""Canvases that are denoised together, and in parts where they would take much memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import dgcli
from dgcli.checkpoint.memory import free_at_once
from dgcli.diffusion import PhiloxDraws
from dgcli.events import Canvas, CanvasStart, Step
from dgcli.tasks import batch
from dgcli.tasks.batch import denoise_batch
from dgcli.tasks.engine import Session
from tests.checkpoints import TINY

FREE = (3, 9, 5, 14, 1)


@pytest.fixture(scope="module")
def session() -> Session:
    model = dgcli.load(TINY)
    settings = replace(model.settings).with_steps(6)
    draws = PhiloxDraws(3, model.vocab_size)
    return Session(
        engine=model, chat=model.chat, settings=settings, draws=draws, stop_ids=model.stop_ids, pad_id=model.pad_id
    )


def denoised(session: Session) -> tuple[list[CanvasStart | Step], dict[int, Step]]:
    """What comes of canvases with so many free positions, numbered from 4 on."""
    canvases = {
        number: Canvas(tokens=(20,) * 16, free=(True,) * free + (False,) * (16 - free))
        for number, free in enumerate(FREE, 4)
    }
    prompt = tuple(range(30, 40))
    run = denoise_batch(
        session, session.engine.encode(prompt), canvases, prompt=prompt, forbidden=frozenset({3}), hole=1, holes=1
    )
    events: list[CanvasStart | Step] = []
    try:
        while True:
            events.append(next(run))
    except StopIteration as done:
        return events, done.value


def told(step: Step) -> tuple[object, ...]:
    return step.step, step.input, step.sampled, step.argmax, step.accepted, step.settled, step.last


@pytest.mark.parametrize("most", [1, 8, 14, 20])
def test_parts_of_a_batch_come_out_as_the_whole(session: Session, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Every step of every canvas; they are announced at once, and each part is finished before the next begins."""
    events, last = denoised(session)
    seen: list[int] = []
    denoise_rows = batch.denoise_rows

    def counted(predict, canvases, settings, draws):  # type: ignore[no-untyped-def]
        seen.append(sum(sum(canvas.free) for canvas in canvases.values()))
        return denoise_rows(predict, canvases, settings, draws)

    monkeypatch.setattr(batch, "free_at_once", lambda vocab_size, canvas_length: most)
    monkeypatch.setattr(batch, "denoise_rows", counted)
    cut, cut_last = denoised(session)
    assert len(seen) > 1
    assert sum(seen) == sum(FREE)
    assert all(free <= most or free in FREE for free in seen)
    for number in range(4, 4 + len(FREE)):
        whole = [told(one) for one in events if isinstance(one, Step) and one.canvas == number]
        assert [told(one) for one in cut if isinstance(one, Step) and one.canvas == number] == whole
    assert list(cut_last) == list(last)
    assert [type(one) for one in cut[: len(FREE)]] == [CanvasStart] * len(FREE)


def test_what_is_cut_depends_on_the_model_alone() -> None:
    """A batch of the released shape has no more free positions than one canvas; a small vocabulary allows more."""
    assert free_at_once(262_144, 256) == 256
    assert free_at_once(49_152, 128) > 1000
    assert free_at_once(262_144, 1000) == 1000


def test_the_parts_of_this_model_are_one(session: Session, tmp_path: Path) -> None:
    assert sum(FREE) < free_at_once(session.engine.vocab_size, session.engine.canvas_length)
