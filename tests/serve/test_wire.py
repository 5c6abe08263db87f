"""What travels between server and client is the same on both ends."""

from __future__ import annotations

import json
import math
import re
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dgcli
from dgcli import api
from dgcli.errors import DgError, InputError, UsageError
from dgcli.events import Event
from dgcli.serve.answers import block_json, block_of, edited_json, generated_json, generated_of, infilled_of
from dgcli.serve.jobs import FORMATS, INFILL, GenerateJob, InfillJob, RestyleJob, Run
from dgcli.serve.schema import check, either, listed, shaped, text, whole
from dgcli.serve.wire import Listener, Teller
from dgcli.tasks.restyle.restyled import Block
from dgcli.text.blocks import Format
from dgcli.text.document import Span
from dgcli.text.marks import choose_span, find_marks
from dgcli.watch.trace import Trace
from tests.checkpoints import TINY
from tests.watch.runs import piece, rewriting

DRAFT = "One [[? a hint]] three.\n\nFour [[?~2]] six.\n"


def through(value: Any) -> Any:
    return json.loads(json.dumps(value))


@pytest.fixture(scope="module")
def model() -> dgcli.LoadedModel:
    return dgcli.load(TINY)


def test_jobs_arrive_as_they_were_sent() -> None:
    jobs = (
        InfillJob(document=find_marks(DRAFT, "")),
        InfillJob(
            document=choose_span("One two three.", "", "4:7", "a hint"),
            marker=re.compile("TODO", re.MULTILINE),
            name="draft.py",
            only=(0,),
            alternatives=3,
            strength=0.0,
            run=Run(seed=2**64 - 1, profile="fast", steps=3, stream=True, events=True),
        ),
        RestyleJob(text="Hi.", register="formal"),
        RestyleJob(
            text="Hi.",
            description="Make it formal.",
            unlike="x",
            strength=0.0,
            examples=(("a", "b"),),
            keep=("c+",),
            headings=True,
            candidates=2,
            format="text",
            name="a.txt",
            only=(0, 2),
            at_once=False,
        ),
        GenerateJob(prompt="A haiku"),
        GenerateJob(prompt="A haiku", max_tokens=3, run=Run(seed=0)),
    )
    for job in jobs:
        assert type(job).of_json(through(job.to_json())) == job


def test_the_name_of_a_file_travels_without_its_folder() -> None:
    job = InfillJob(document=find_marks(DRAFT, ""), name="/home/me/secret/draft.md")
    assert job.to_json()["name"] == "draft.md"
    assert RestyleJob(text="Hi.", register="formal", name="/a/b.txt").to_json()["name"] == "b.txt"


def test_without_spans_a_job_has_the_marks_of_its_text() -> None:
    assert InfillJob.of_json({"text": DRAFT}).document == find_marks(DRAFT, "")
    with pytest.raises(InputError, match="no mark"):
        InfillJob.of_json({"text": "no hole"})


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"text": 1},
        {"text": "a [[?]]", "seed": -1},
        {"text": "a [[?]]", "seed": 2**64},
        {"text": "a [[?]]", "seed": True},
        {"text": "a [[?]]", "strength": math.nan},
        {"text": "a [[?]]", "profile": "slow"},
        {"text": "a [[?]]", "path": "/etc/passwd"},
        {"text": "a \ud800 [[?]]"},
        {"text": "abc", "spans": [{"start": 2, "end": 1}]},
        {"text": "abc", "spans": [{"start": 0, "end": 4}]},
        {"text": "abc", "spans": [{"start": 0, "end": 2}, {"start": 1, "end": 3}]},
        {"text": "abc", "spans": {}},
        {"text": "a [[?]]", "marker": "("},
        {"text": "a [[?]]", "marker": ""},
    ],
)
def test_what_is_no_job_is_refused(value: Any) -> None:
    with pytest.raises(UsageError):
        InfillJob.of_json(value)


def test_a_restyle_needs_a_register() -> None:
    with pytest.raises(UsageError, match="register"):
        RestyleJob.of_json({"text": "Hi.", "register": " "})


def test_the_names_of_formats_are_those_that_there_are() -> None:
    """They are written out there, so that a client need not import what defines them."""
    assert get_args(Format) == FORMATS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*INFILL["properties"], "other"]), inner),
    max_leaves=8,
)


@given(JSON)
def test_any_json_is_a_job_or_is_refused_in_a_sentence(value: Any) -> None:
    for kind in (InfillJob, RestyleJob, GenerateJob):
        with suppress(DgError):
            kind.of_json(value)


def test_a_schema_of_several_kinds() -> None:
    schema = shaped({"stop": either({"type": "null"}, text(3), listed(text(3), 2)), "n": whole(1, 4)}, others=True)
    for good in ({}, {"stop": None}, {"stop": "abc"}, {"stop": ["a", "b"]}, {"n": 4, "other": 1}):
        check(good, schema)
    for bad in ({"stop": 1}, {"stop": "abcd"}, {"stop": ["a", "b", "c"]}, {"stop": [1]}, {"n": 0}, {"n": 1.5}):
        with pytest.raises(UsageError):
            check(bad, schema)


def test_what_is_tried_and_where_arrives_as_it_was_told() -> None:
    teller, listener = Teller(piece), Listener()
    for event in rewriting():
        name, line = teller.told(event)
        assert listener.event(name, through(line)) == event


def test_events_arrive_so_that_a_recording_of_them_is_the_same(model: dgcli.LoadedModel, tmp_path: Path) -> None:
    teller, listener = Teller(model.tokenizer.piece), Listener()
    header = lambda: {"command": "infill"}  # noqa: E731
    with (
        Trace(tmp_path / "here", header, model.tokenizer.piece) as here,
        Trace(tmp_path / "there", header, listener.piece) as there,
    ):

        def show(event: Event) -> None:
            here.show(event)
            name, line = teller.told(event)
            there.show(listener.event(name, through(line)))

        result = api.infill(model, DRAFT, seed=1, steps=2, show=show)
        here.finish({"result": result.text})
        there.finish({"result": result.text})
    assert (tmp_path / "here").read_bytes() == (tmp_path / "there").read_bytes()


def test_results_arrive_as_they_are_printed(model: dgcli.LoadedModel) -> None:
    document = find_marks(DRAFT, "")
    result = api.infill(model, document, seed=1, steps=2, alternatives=2)
    sent = edited_json("a", document, result, seed=1, seconds=1, model="m")
    found = infilled_of(through(sent), document)
    assert edited_json("a", document, found, seed=1, seconds=1, model="m") == sent
    assert (found.text, found.steps_used, found.converged) == (result.text, result.steps_used, result.converged)
    written = api.generate(model, "A haiku", seed=1, steps=2)
    sent = generated_json(written, seed=1, seconds=1, model="m")
    assert generated_json(generated_of(through(sent)), seed=1, seconds=1, model="m") == sent


def test_blocks_arrive_as_they_were() -> None:
    block = Block(
        span=Span(start=2, end=5),
        old="old",
        text="new",
        tokens=3,
        score=-1.25,
        converged=True,
        canvas=None,
        skipped=True,
        line=4,
        steps=7,
        faults=("one", "two"),
    )
    assert block_of(through(block_json(block))) == block
