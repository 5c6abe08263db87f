from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgcli.errors import InputError
from dgcli.events import CanvasStart, Draft, Event, Filled, Focus, Step, Trial
from dgcli.watch import recording
from dgcli.watch.export.frames import evenly
from dgcli.watch.recording import read_trace
from dgcli.watch.timeline import Timeline
from dgcli.watch.trace import Trace
from tests.watch.runs import DRAFT, FILLS, Clock, events, piece, rewriting, steps_of


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "t.jsonl"
    clock = Clock()
    with Trace(path, lambda: {"command": "infill", "model": "m", "seed": 7}, piece, clock) as writer:
        for event in events():
            clock.now += 0.01
            writer.show(event)
        writer.finish({"result": "…", "stop_reason": "steps", "steps_used": 12, "converged": False})
    return path


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write(path: Path, lines: list[Any]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_what_was_written_is_read(trace: Path) -> None:
    read = read_trace(trace)
    assert (read.command, read.model, read.seed, read.notes) == ("infill", "m", 7, ())
    assert read.draft == DRAFT
    written = [event for event in events() if not isinstance(event, Step)]
    assert [moment.event for moment in read.moments if not isinstance(moment.event, Step)] == written
    for canvas in range(4):
        for found, step in zip((s for s in read.steps if s.canvas == canvas), steps_of(canvas), strict=True):
            assert found.input == step.input
            assert found.argmax == step.argmax
            assert found.accepted == step.accepted
            if not step.last:
                assert found.next_input == step.next_input
    times = [moment.ms for moment in read.moments]
    assert times == sorted(times)


def test_a_trace_needs_nothing_else_to_be_read(trace: Path) -> None:
    read = read_trace(trace)
    shown = "".join(read.pieces(read.steps[-1].fill))
    assert FILLS[1] in shown
    assert "⟨" not in shown


def test_bytes_of_a_character_that_is_spread_over_tokens(trace: Path) -> None:
    lines = lines_of(trace)
    first = next(line for line in lines if "pieces" in line)
    ids = list(first["pieces"])[:3]
    first["pieces"].update(zip(ids, "日".encode(), strict=True))
    read = read_trace(write(trace, lines))
    assert read.pieces([int(token) for token in ids]) == ("日", "", "")
    assert read.pieces([int(ids[0])]) == ("\ufffd",)


def test_every_place_of_a_timeline_is_the_same_from_both_sides(trace: Path) -> None:
    timeline = Timeline(read_trace(trace))
    forward = [timeline.scene(place) for place in range(len(timeline))]
    backward = [timeline.scene(place) for place in reversed(range(len(timeline)))]
    assert forward == backward[::-1]
    assert forward[-1].numbers.done


def test_a_run_that_was_interrupted(trace: Path) -> None:
    data = trace.read_bytes()
    whole = len(read_trace(trace).steps)
    trace.write_bytes(data[: data.rindex(b'{"canvas"') + 50])
    read = read_trace(trace)
    assert len(read.steps) == whole - 1
    assert len(read.notes) == 2
    assert len(Timeline(read)) > 5


def test_a_trace_without_texts_shows_numbers(trace: Path) -> None:
    lines = [
        {key: value for key, value in line.items() if key not in ("pieces", "draft", "filled", "at")}
        for line in lines_of(trace)
    ]
    read = read_trace(write(trace, lines))
    assert "numbers are shown" in read.notes[0]
    assert read.pieces([7]) == ("⟨7⟩",)
    assert len(Timeline(read)) > 5


DAMAGE = {
    "no trace": lambda lines: [{"format": "other"}],
    "a list": lambda lines: [[1, 2]],
    "nothing": lambda lines: [],
    "a newer version": lambda lines: [{**lines[0], "version": 2}],
    "a step before its canvas": lambda lines: [lines[0], lines[3]],
    "a step twice": lambda lines: [*lines[:4], lines[3]],
    "a canvas twice": lambda lines: [*lines[:2], lines[1]],
    "a line after the end": lambda lines: [*lines, lines[3]],
    "another kind of line": lambda lines: [lines[0], {"what": 1}],
    "a draft that does not fit": lambda lines: [{**lines[0], "draft": {"parts": ["a"], "marks": ["b"]}}],
    "a draft of numbers": lambda lines: [{**lines[0], "draft": {"parts": [1], "marks": []}}],
    "a draft that is a text": lambda lines: [{**lines[0], "draft": "x"}],
}
STEP_DAMAGE: dict[str, Any] = {
    "input": [[1], "x", None, {}, [-1], [1.5], [True], [2**40], ["a"]],
    "entropy": [[], ["x"], [-1.0], "x"],
    "free": [[2] * 3, 1],
    "step": [0, -1, "1", 2.0, None, True, 10**30],
    "canvas": [99, "0", -1, 0.5],
    "ms": ["x", -1, {}],
    "at": ["x", [], -5],
    "pieces": [[], {"x": "y"}, {"1": 256}, {"1": -1}, {"1": None}, {"1": True}, {"-1": "a"}],
    "filled": [],
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_file(trace: Path, name: str) -> None:
    write(trace, DAMAGE[name](lines_of(trace)))
    with pytest.raises(InputError) as error:
        read_trace(trace)
    assert error.value.exit_code == 4
    assert error.value.advice


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in STEP_DAMAGE.items() for value in values])
def test_a_damaged_step(trace: Path, key: str, value: Any) -> None:
    lines = lines_of(trace)
    index = next(index for index, line in enumerate(lines) if "input" in line)
    lines[index][key] = value
    with pytest.raises(InputError, match=f"line {index + 1}"):
        read_trace(write(trace, lines))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "-0.1", "22", "1e308", "9" * 400, '"1"', "null", "true"])
def test_an_entropy_is_a_finite_number_of_nats_that_tokens_can_have(trace: Path, value: str) -> None:
    lines = lines_of(trace)
    index = next(index for index, line in enumerate(lines) if "input" in line)
    lines[index]["entropy"][0] = "here"
    write(trace, lines)
    trace.write_text(trace.read_text().replace('"here"', value))
    with pytest.raises(InputError, match=f"line {index + 1}"):
        read_trace(trace)


@pytest.mark.parametrize("key", ["input", "sampled", "argmax", "prompt", "forbidden"])
def test_tokens_are_below_the_size_of_the_vocabulary(trace: Path, key: str) -> None:
    lines = lines_of(trace)
    index = next(index for index, line in enumerate(lines) if key in line)
    lines[0]["vocab_size"] = 100_000
    lines[index][key] = [100_000, *lines[index][key][1:]]
    with pytest.raises(InputError, match=f"line {index + 1} has something in `{key}`"):
        read_trace(write(trace, lines))


@pytest.mark.parametrize("place", [[0], [2, 1], [0, 1000], [-1, 1], "x", [0, 1, 2]])
def test_a_place_lies_in_its_canvas(trace: Path, place: Any) -> None:
    lines = lines_of(trace)
    lines[1]["place"] = place
    with pytest.raises(InputError, match="line 2"):
        read_trace(write(trace, lines))


@pytest.mark.parametrize(
    "line", ["{", "NaN", '{"format":"dg-trace","version":NaN}', "[" * 100_000, "\x00", "9" * 10_000]
)
def test_a_first_line_that_is_none(tmp_path: Path, line: str) -> None:
    path = tmp_path / "t"
    path.write_text(line)
    with pytest.raises(InputError):
        read_trace(path)


def test_a_file_that_is_too_large(trace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "LARGEST", 1000)
    with pytest.raises(InputError, match="larger than"):
        read_trace(trace)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            read_trace(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.data())
def test_whatever_is_changed_it_is_read_or_refused(trace: Path, data: st.DataObject) -> None:
    original = trace.with_suffix(".whole")
    if not original.exists():
        original.write_bytes(trace.read_bytes())
    content = bytearray(original.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    trace.write_bytes(content)
    try:
        read = read_trace(trace)
    except InputError:
        return
    for place in range(len(timeline := Timeline(read))):
        timeline.scene(place)


def test_events_survive(trace: Path) -> None:
    kinds: set[type[Event]] = {type(moment.event) for moment in read_trace(trace).moments}
    assert kinds == {Draft, CanvasStart, Filled, Step, Trial}


def test_a_run_without_canvases_is_played_as_it_was(tmp_path: Path) -> None:
    clock = Clock()
    with Trace(tmp_path / "r.jsonl", lambda: {"command": "restyle"}, piece, clock) as writer:
        for event in rewriting():
            clock.now += 0.5
            writer.show(event)
        writer.finish({"result": "…"})
    read = read_trace(tmp_path / "r.jsonl")
    assert [moment.event for moment in read.moments] == list(rewriting())
    assert [moment.ms for moment in read.moments if isinstance(moment.event, Focus | Trial)] == [
        1000.0, 1500.0, 2000.0, 2500.0, 3500.0, 4000.0, 4500.0, 5000.0,
    ]  # fmt: skip
    timeline = Timeline(read)
    assert len(evenly(timeline, 4)) == 4
    assert timeline.holes == (2,)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"trial": 1}, "no text for `trial`"),
        ({"doing": "thinking"}, "what is done with its text"),
        ({"which": -1}, "no number for `which`"),
        ({"at": "now"}, "not a number, or none that can be"),
    ],
)
def test_a_text_that_cannot_have_been_tried_is_damage(trace: Path, change: dict[str, Any], problem: str) -> None:
    lines = lines_of(trace)
    next(line for line in lines if "trial" in line).update(change)
    with pytest.raises(InputError, match=problem):
        read_trace(write(trace, lines))
