"""What is done with held positions, and with noise in a hole: each other choice against the one that was made.

    python -m experiments.held_variants FILE… [-m MODEL] [--limit N] [--steps 16] [--json FILE] [--markdown]

The reference has no held positions, so how they are treated is a choice. Files, figures and columns are those of
samplers.py; differences are to the rules of `dg infill`, at the reference's temperatures, with the same noise.
README.md says what each variant is.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dgcli
from benchmarks.common.arguments import add_files, add_json, add_model, described
from benchmarks.common.tables import difference, table
from dgcli.api import open_session
from dgcli.diffusion import DenoiseSettings, Draws, Site
from dgcli.diffusion.own_token import Counted, NoiseExcluded
from dgcli.diffusion.sampler import EntropyBound
from dgcli.engine.loading import LoadedModel
from dgcli.model.denoiser import Wanted, denoise_at
from dgcli.platform.backend import mx
from dgcli.platform.elementwise import softmax
from experiments.other_samplers import Chance, LeftOut, PhiloxChance
from experiments.true_length import FIGURES, Passage, passages

HEAD = ["variant", "steps", "F1", "ROUGE-L", "judge", "F1 over the choice", "ROUGE-L", "judge"]
NEW = 900_000  # canvas numbers beyond any in use: their noise is that of nothing else
Variant = Callable[[Passage, LoadedModel, DenoiseSettings], dict[str, float]]


@dataclass
class Conditioned:
    """A denoiser of one canvas whose held positions are self-conditioned in another way, and may be noised."""

    passage: Passage
    model: LoadedModel
    settings: DenoiseSettings
    chance: Chance
    by_prediction: bool  # on what the model believed of them; else on nothing
    noised: bool = False  # to the schedule's level, and only what is noised is conditioned on a prediction
    number: int = 0  # of the last step
    believed: mx.array | None = None  # [L, V], at the step before

    def __call__(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> mx.array:
        self.number += 1
        network, cache = self.model.network, self.passage.cache
        row, open_ = list(tokens[0]), list(free[0])
        certain = [place for place in range(len(row)) if place not in open_] if self.noised else []
        if self.noised:
            row, certain = self._noise(row, certain)
        ids, places = mx.array([row]), mx.array(open_, dtype=mx.int32)
        soft = mx.zeros((len(row), network.config.hidden_size), dtype=network.dtype)
        if self.believed is not None and previous is not None:
            self.believed[places] = previous
            soft = network.mix(self.believed)
        elif previous is not None:
            soft[places] = network.mix(previous)
        if certain:
            held = mx.array(certain, dtype=mx.int32)
            soft[held] = network.embed(ids)[0, held]
        if not self.by_prediction:
            return denoise_at(network, ids, Wanted.of(free, len(row)), soft[None], cache).array()
        logits = denoise_at(network, ids, Wanted.of([range(len(row))], len(row)), soft[None], cache).array()
        self.believed = softmax(logits / self._temperature())
        return logits[places]

    def _temperature(self) -> float:
        schedule = self.settings.schedule
        return schedule.temperature(schedule.steps - self.number + 1)

    def _noise(self, row: list[int], held: list[int]) -> tuple[list[int], list[int]]:
        """The row with a share of its held tokens replaced, as large as the steps that remain, and those left."""
        level = 1 - self.number / self.settings.schedule.steps
        sites = [Site(NEW + self.passage.number, place) for place in held]
        chances, noise = self.chance(1, sites), self.passage.session.draws.noise(self.number, sites)
        for place, chance, token in zip(held, chances, noise, strict=True):
            if chance < level:
                row[place] = token
        return row, [place for place, chance in zip(held, chances, strict=True) if chance >= level]


@dataclass(frozen=True)
class OtherNoise:
    """Draws whose noise is not fresh and uniform: the first noise again, or tokens of the text around the hole."""

    draws: Draws
    text: tuple[int, ...] = field(default=())

    def initial(self, sites: Sequence[Site]) -> Sequence[int]:
        return self.noise(0, sites)

    def sample(self, step: int, sites: Sequence[Site], probabilities: mx.array) -> Sequence[int]:
        return self.draws.sample(step, sites, probabilities)

    def noise(self, step: int, sites: Sequence[Site]) -> Sequence[int]:
        if not self.text:
            return self.draws.noise(0, sites)
        return [self.text[token % len(self.text)] for token in self.draws.noise(step, sites)]


def conditioned(**how: Any) -> Variant:
    def fill(passage: Passage, model: LoadedModel, settings: DenoiseSettings) -> dict[str, float]:
        return passage.fill(
            settings,
            passage.restricted(Conditioned(passage, model, settings, PhiloxChance(passage.session.draws.seed), **how)),
        )

    return fill


def text_noise(passage: Passage, model: LoadedModel, settings: DenoiseSettings) -> dict[str, float]:
    text = (*passage.hole.layout.near_left, *passage.hole.layout.right[:-1]) or (passage.hole.layout.fill_token,)
    return passage.fill(settings, draws=OtherNoise(passage.session.draws, text))


VARIANTS: dict[str, Variant] = {
    "as built": lambda passage, model, settings: passage.fill(settings),
    "held: conditioned on the prediction": conditioned(by_prediction=True),
    "held: conditioned on nothing": conditioned(by_prediction=False),
    "held: noised to the schedule": conditioned(by_prediction=True, noised=True),
    "noise: counts": lambda passage, model, settings: passage.fill(replace(settings, own_token=Counted())),
    "noise: leave-one-out": lambda passage, model, settings: passage.fill(
        replace(settings, own_token=LeftOut(model.vocab_size))
    ),
    "noise: the same again": lambda passage, model, settings: passage.fill(
        settings, draws=OtherNoise(passage.session.draws)
    ),
    "noise: words of the text": text_noise,
    "noise: none after the first step": lambda passage, model, settings: passage.fill(
        replace(settings, sampler=EntropyBound(1e9))
    ),
}


def main() -> None:
    parser = described(__doc__)
    add_files(parser)
    add_model(parser)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=16)
    add_json(parser)
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    model = dgcli.load(options.model)
    session = open_session(model, seed=options.seed)
    settings = replace(DenoiseSettings(), own_token=NoiseExcluded()).with_steps(options.steps)
    found: dict[str, dict[str, list[float]]] = {name: {figure: [] for figure in FIGURES} for name in VARIANTS}
    for passage in passages(session, options.files, options.limit):
        for name, variant in VARIANTS.items():
            for figure, value in variant(passage, model, settings).items():
                found[name][figure].append(value)
        if passage.number % 10 == 9:
            print(f"{passage.number + 1} holes", file=sys.stderr, flush=True)
            save(found, options.json)
    print(table(compared(found), markdown=options.markdown))
    save(found, options.json)


def save(found: dict[str, dict[str, list[float]]], path: Path | None) -> None:
    if path:
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def compared(found: dict[str, dict[str, list[float]]]) -> list[list[str]]:
    """The table."""
    base, rows = found["as built"], [HEAD]
    for name, figures in found.items():
        means = [f"{statistics.fmean(figures[figure]):.3f}" for figure in ("f1", "rouge_l", "judge")]
        against = [difference(figures[figure], base[figure]) for figure in ("f1", "rouge_l", "judge")]
        rows.append(
            [name, f"{statistics.fmean(figures['steps']):.1f}", *means, *(against if figures != base else [""] * 3)]
        )
    return rows


if __name__ == "__main__":
    main()
