from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from dgcli.diffusion import PhiloxDraws, denoise
from dgcli.errors import InputError
from dgcli.events import Canvas, CanvasStart
from dgcli.settings import DenoiseSettings
from dgcli.watch.trace import Trace
from tests.fakes import Oracle


def test_a_trace_holds_prompt_steps_and_result(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    canvas = Canvas(tokens=(7, 0, 0), free=(False, True, True))
    steps = list(denoise(Oracle([7, 1, 2], 12), canvas, DenoiseSettings(), PhiloxDraws(1, 12)))
    with Trace(path, lambda: {"command": "infill", "model": "m", "seed": 1}) as trace:
        trace.show(CanvasStart(canvas=0, role="candidate", prompt=(2, 3), width=3))
        for step in steps:
            trace.show(step)
        trace.finish({"result": "é", "stop_reason": "settled", "steps_used": 2, "converged": True})
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines[0]["format"] == "dg-trace"
    assert lines[0]["version"] == 1
    assert lines[0]["canvases"] == [{"canvas": 0, "role": "candidate", "width": 3, "hole": 1}]
    assert lines[1]["prompt"] == [2, 3]
    assert [line["remaining"] for line in lines[2:4]] == [48, 47]
    for line, step in zip(lines[2:4], steps, strict=True):
        assert tuple(line["input"]) == step.input
        assert tuple(line["argmax"]) == step.argmax == (7, 1, 2)
        assert line["free"] == [0, 1, 1]
        assert line["accepted"] == [0, 1, 1]
        assert line["temperature"] == step.temperature
        assert line["prompt_length"] == 2
    assert lines[-1] == {"result": "é", "stop_reason": "settled", "steps_used": 2, "converged": True}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600  # it holds the document


def test_a_recording_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"), Trace(tmp_path / "no" / "t.jsonl", dict):
        pass
