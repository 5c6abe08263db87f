"""What a model makes of held-out texts, as `dg infill` and `dg restyle` ask it, before and after it has learned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dgcli.api import infill, restyle_lines
from dgcli.engine.loading import LoadedModel
from dgcli.tasks.restyle.manner import Manner
from dgcli.tasks.restyle.restyled import Part, Restyled
from dgcli.text.document import Document, Span
from dgcli.tune.data.material import Sample


@dataclass(frozen=True)
class Shown:
    """A sample, and what the model made of it without the adapter and with it."""

    sample: Sample
    before: str
    after: str


def answers(model: LoadedModel, samples: Sequence[Sample], seed: int) -> Iterator[str]:
    """What the model writes for each."""
    for sample in samples:
        yield _rewritten(model, sample, seed) if sample.register else _filled(model, sample, seed)


def _filled(model: LoadedModel, sample: Sample, seed: int) -> str:
    place = len(sample.text)
    document = Document(text=sample.text + sample.behind, spans=(Span(start=place, end=place, hint=sample.hint),))
    text = infill(model, document, seed=seed).text
    return text[place : len(text) - len(sample.behind)]


def _rewritten(model: LoadedModel, sample: Sample, seed: int) -> str:
    parts: list[Part] = []
    manner = Manner(register=sample.register, unlike=sample.unlike)
    restyle_lines(model, [sample.text], manner, parts.append, seed=seed, format="text", at_once=True)
    return Restyled.of(parts).text
