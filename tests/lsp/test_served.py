"""`dg lsp` where `dg serve` runs: the same edits, and no model is loaded."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

import dgcli
from dgcli.cli import serving
from dgcli.cli.resident import Models
from dgcli.engine import loading
from dgcli.lsp.documents import OpenDocument
from dgcli.lsp.filler import Cancelled, ModelFiller, Outcome
from dgcli.platform.environment import Environment
from dgcli.serve import client, identity
from dgcli.serve.model import LocalModel
from dgcli.tasks.restyle.registers import read_registers
from tests.checkpoints import TINY
from tests.serve.conftest import Running, running, tiny

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
    for module in (client, serving):
        monkeypatch.setattr(module, "runtime_folder", lambda variables: running.folder)
    monkeypatch.setattr(loading, "load", lambda *given, **options: pytest.fail("a model is loaded"))
    env = Environment(io.BytesIO(), io.BytesIO(), io.StringIO(), {}, lambda: 0.0, tmp_path)
    return ModelFiller(load=Models(env, str(TINY), (), force=False), registers=read_registers)


def test_the_edits_are_those_of_a_model_in_this_process(served: ModelFiller, tiny: dgcli.LoadedModel) -> None:
    local = ModelFiller(load=lambda restyles: LocalModel(tiny), registers=read_registers)
    fill, restyle = edits(local)
    assert edits(served) == [fill, restyle]
    assert fill.edits


def test_a_run_of_the_server_ends_where_nobody_wants_it(served: ModelFiller) -> None:
    with pytest.raises(Cancelled):
        edits(served, stop=lambda: True)


def test_a_server_with_another_model_is_none_of_ours(served: ModelFiller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "identity", lambda folder, adapters: "another")
    with pytest.raises(pytest.fail.Exception, match="a model is loaded"):
        edits(served)
