from __future__ import annotations

from typing import Any, cast

import pytest

from dgcli.engine.loading import LoadedModel
from dgcli.tasks.restyle.manner import Manner
from dgcli.text.document import Document
from dgcli.tune.data.material import Sample
from dgcli.tune.samples import answers

NONE = cast("LoadedModel", None)


class Filled:
    def __init__(self, text: str) -> None:
        self.text = text


def test_a_sample_of_a_hole_is_what_is_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks that its text has are none of its own."""

    def infill(model: LoadedModel, document: Document, *, seed: int) -> Filled:
        (span,) = document.spans
        assert seed == 5
        return Filled(document.text[: span.start] + "a fill" + document.text[span.end :])

    monkeypatch.setattr("dgcli.tune.samples.infill", infill)
    samples = [Sample("Here [[?]] is ", "what is", " there."), Sample("It ends ", "so.")]
    assert list(answers(NONE, samples, 5)) == ["a fill", "a fill"]


def test_a_sample_of_a_register_is_rewritten_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def restyle_lines(model: LoadedModel, lines: list[str], manner: Manner, write: Any, **options: Any) -> None:
        write(f"{manner.register} {manner.unlike}: ")
        write(lines[0].upper())

    monkeypatch.setattr("dgcli.tune.samples.restyle_lines", restyle_lines)
    assert list(answers(NONE, [Sample("we wait", "", register="Shout", unlike="Not")], 5)) == ["Shout Not: WE WAIT"]
