"""`dg lsp` where `dg serve` runs: the same edits, and no model is loaded."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import dgcli
from dgcli.cli.resident import Models
from dgcli.engine import loading
from dgcli.events import Show
from dgcli.lsp.documents import OpenDocument
from dgcli.lsp.filler import Cancelled, ModelFiller, Outcome
from dgcli.platform.environment import Environment
from dgcli.serve import worker
from dgcli.serve.jobs import Job
from dgcli.serve.model import LocalModel
from dgcli.serve.runs import Ran, Served, Tell, run
from dgcli.tasks.restyle.registers import read_registers
from dgcli.tasks.restyle.restyled import Totals
from tests.checkpoints import GOLDEN, TINY
from tests.serve.conftest import Running, running, tiny
from tests.watch.runs import rewriting

__all__ = ["running", "tiny"]
DRAFT = OpenDocument("The 😀 [[?]] old.\r\n\r\nSo it is [[?]] good.\r\n", 1, "draft.md")


def edits(filler: ModelFiller, **changes: Any) -> list[Outcome]:
    """A hole filled, and a paragraph restyled."""
    how: dict[str, Any] = {"seed": 3, "tell": lambda message, share: None, "stop": lambda: False, **changes}
    place = DRAFT.text.index("old")
    return [
        filler.fill(DRAFT.holes(), DRAFT.name, frozenset({1}), alternatives=3, **how),
        filler.restyle(DRAFT.text, DRAFT.name, "formal", (place, place), **how),
    ]


@pytest.fixture
def served(running: Running, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModelFiller:
    """A filler beside a server that says that it has the model."""
    monkeypatch.setattr(loading, "load", lambda *given, **options: pytest.fail("a model is loaded"))
    variables = {"XDG_RUNTIME_DIR": str(running.folder.parent)}
    env = Environment(io.BytesIO(), io.BytesIO(), io.StringIO(), variables, lambda: 0.0, tmp_path)
    return ModelFiller(load=Models(env, str(TINY), (), force=False), registers=read_registers)


def test_the_edits_are_those_of_a_model_in_this_process(served: ModelFiller, tiny: dgcli.LoadedModel) -> None:
    local = ModelFiller(load=lambda restyles: LocalModel(tiny), registers=read_registers)
    fill, restyle = edits(local)
    assert edits(served) == [fill, restyle]
    assert fill.edits


def test_a_run_of_the_server_ends_where_nobody_wants_it(served: ModelFiller) -> None:
    with pytest.raises(Cancelled):
        edits(served, stop=lambda: True)


def test_a_run_that_waits_in_the_queue_says_so_and_ends_where_nobody_wants_it(
    served: ModelFiller, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, released = threading.Event(), threading.Event()

    def held(job: Job, served: Served, tell: Tell, look: Callable[[], None]) -> Ran:
        begun.set()
        assert released.wait(60)
        return run(job, served, tell, look)

    told: list[str] = []

    monkeypatch.setattr(worker, "run", held)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(running.client().generate, "A haiku", seed=1, max_tokens=1, steps=1)
        try:
            assert begun.wait(60)
            with pytest.raises(Cancelled):
                edits(served, stop=lambda: len(told) > 1, tell=lambda message, share: told.append(message))
            assert told == ["reading the model", "waiting for the server; jobs before this one: 1"]
            while running.client().status().waiting:  # until the server sees that who waited is gone
                pass
        finally:
            released.set()
        other.result(60)


class Shown:
    """A model that shows what a paragraph's rewriting looks like, and writes nothing."""

    def restyle_lines(self, lines: object, manner: object, write: object, *, show: Show, **settings: object) -> Totals:
        for event in rewriting():
            show(event)
        return Totals()

    def close(self) -> None:
        """It is done already."""


def test_the_texts_that_are_tried_for_a_paragraph_are_told_of_once() -> None:
    told: list[str] = []
    filler = ModelFiller(load=lambda restyles: Shown(), registers=read_registers)  # type: ignore[arg-type,return-value]
    how: dict[str, Any] = {"seed": 3, "tell": lambda message, share: told.append(message), "stop": lambda: False}
    filler.restyle("We go there now.\n", "", "formal", (0, 0), **how)
    texts = ["paragraph 1 of 1, writing text 1 of 2", "paragraph 1 of 1, judging text 1 of 2"]
    assert told == ["reading the model", *texts, *texts]  # of two passages


def test_without_the_server_where_that_is_asked_for(served: ModelFiller) -> None:
    assert isinstance(served.load, Models)
    with pytest.raises(pytest.fail.Exception, match="a model is loaded"):
        edits(replace(served, load=replace(served.load, no_server=True)))


def test_a_server_with_another_model_is_none_of_ours(served: ModelFiller) -> None:
    assert isinstance(served.load, Models)
    adapted = replace(served.load, adapters=(str(GOLDEN / "adapter"),))
    with pytest.raises(pytest.fail.Exception, match="a model is loaded"):
        edits(replace(served, load=adapted))
