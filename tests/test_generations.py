"""The denoise loop against generations of the reference, recorded step by step."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

import dgcli
from dgcli.diffusion.sampler import EntropyBound
from dgcli.diffusion.schedule import Schedule
from dgcli.diffusion.stopping import AllOf, Confident, Stable
from dgcli.events import Canvas, Step
from dgcli.tasks.generate.generate import end_turn
from tests.checkpoints import GOLDEN
from tests.fakes import RecordedDraws

ELSEWHERE = Path(os.environ.get("DG_REFERENCE", ""))


def recorded_run(folder: Path, index: int) -> dict[str, Any]:
    run: dict[str, Any] = json.loads((folder / "generate.json").read_text())[index]
    return run


def settings(run: dict[str, Any]) -> dgcli.DenoiseSettings:
    return dgcli.DenoiseSettings(
        schedule=Schedule(steps=run["max_denoising_steps"], t_min=run["t_min"], t_max=run["t_max"]),
        sampler=EntropyBound(run["entropy_bound"]),
        stopping=AllOf((Stable(run["stability_threshold"]), Confident(run["confidence_threshold"]))),
    )


def canvases(run: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The recorded steps, canvas by canvas: a new canvas begins where the steps remaining go up again."""
    found: list[list[dict[str, Any]]] = []
    for step in run["steps"]:
        if not found or step["remaining"] > found[-1][-1]["remaining"]:
            found.append([])
        found[-1].append(step)
    return found


def replay(model: dgcli.LoadedModel, run: dict[str, Any]) -> tuple[list[list[Step]], list[int]]:
    """Our loop with the recorded draws: steps by canvas, and the output ids."""
    replayed, output = [], []
    cache = model.encode(run["prompt"])
    for index, recorded in enumerate(canvases(run)):
        if index:
            cache = model.encode(output[-model.canvas_length :], cache)
        draws = RecordedDraws(
            inputs=[recorded[0]["input"], *(step["next_input"] for step in recorded)],
            sampled=[step["sampled"] for step in recorded],
        )
        canvas = Canvas.blank(model.canvas_length)
        steps = list(dgcli.denoise(model.predictor(cache), canvas, settings(run), draws, index))
        replayed.append(steps)
        ids, stopped = end_turn(steps[-1].argmax, frozenset(run["eos_token_id"]), model.pad_id)
        output += ids
        if stopped:
            break
    output += [model.pad_id] * (len(run["output"]) - len(output))
    return replayed, output


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize(
    "folder", [GOLDEN, pytest.param(ELSEWHERE, marks=pytest.mark.reference)], ids=["golden", "other"]
)
def test_recorded_draws_give_the_recorded_run(folder: Path, index: int) -> None:
    model = dgcli.load(folder / "tiny")
    run = recorded_run(folder, index)
    replayed, output = replay(model, run)
    assert output == run["output"]
    for steps, recorded in zip(replayed, canvases(run), strict=True):
        assert len(steps) == len(recorded)
        for ours, theirs in zip(steps, recorded, strict=True):
            assert ours.remaining == theirs["remaining"]
            assert list(ours.input) == theirs["input"]
            assert list(ours.argmax) == theirs["argmax"]
            assert [int(accepted) for accepted in ours.accepted] == theirs["accepted"]
            assert ours.entropy == pytest.approx(theirs["entropy"], abs=1e-3)
            share = ours.remaining / run["max_denoising_steps"]
            assert ours.temperature == pytest.approx(run["t_min"] + (run["t_max"] - run["t_min"]) * share)
            if not ours.last:
                assert list(ours.next_input) == theirs["next_input"]
