"""Quality against steps, sampler by sampler, on the same holes with the same noise.

    python -m experiments.samplers FILE… [-m MODEL] [--limit N] [--only WORD]… [--json FILE] [--plot FILE] [--markdown]

Each line of a file has `segments` of text around the holes and their `answers`, as for benchmarks/infill_quality.py.
Every hole has its answer's length in tokens. Columns, means over holes:

- steps: that were used, of at most so many as the setting's name says.
- F1, ROUGE-L: of the fill against the answer. judge: log-probability that the encoder gives the fill and the next 16
  tokens after the text before them, in nats a token; finer than the two, but it also likes dull text.
- over the reference: differences to the reference's defaults, with 95% intervals (paired bootstrap).

The reference's defaults are the entropy bound of 0.1 nats, 48 steps at most, temperature from 0.8 to 0.4. `--only`
picks the families of settings whose name has the word, such as `profile`. README.md has what came of it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import dgcli
from benchmarks.common.arguments import add_files, add_json, add_model, described
from benchmarks.common.tables import difference, table
from dgcli.api import open_session
from dgcli.diffusion import DenoiseSettings
from dgcli.diffusion.own_token import NoiseExcluded
from dgcli.diffusion.sampler import EntropyBound
from dgcli.diffusion.schedule import Schedule
from dgcli.profiles import ProfileName
from dgcli.settings import profiled
from experiments.other_samplers import Ancestral, LeftOut, PhiloxChance, with_confidence, with_corrector
from experiments.true_length import FIGURES, passages

REFERENCE = DenoiseSettings()
PROFILES: tuple[ProfileName, ...] = ("fast", "balanced", "best")
EXCLUDED = replace(REFERENCE, own_token=NoiseExcluded())
COOL = Schedule(t_max=0.4, t_min=0.1)
CORRECTED = 0.25  # share of the free positions that a corrector step takes up again
HEAD = ["setting", "steps", "F1", "ROUGE-L", "judge", "repeats", "F1 over the reference", "ROUGE-L", "judge"]
Figures = dict[str, list[float]]


def at(settings: DenoiseSettings, *steps: int) -> dict[str, DenoiseSettings]:
    """A family: the same settings with several numbers of steps."""
    return {f"{number} steps": settings.with_steps(number) for number in steps}


def families(seed: int, vocab_size: int) -> dict[str, dict[str, DenoiseSettings]]:
    """Everything that is compared."""
    left_out = replace(REFERENCE, own_token=LeftOut(vocab_size))
    ancestral = replace(EXCLUDED, sampler=Ancestral(PhiloxChance(seed)))
    return {
        "reference": at(REFERENCE, 48),
        "profile": {name: profiled(REFERENCE, name) for name in PROFILES},
        "entropy bound": at(REFERENCE, 4, 8, 16),
        "known noise excluded": at(EXCLUDED, 4, 8, 16, 48),
        "excluded, bound 1": at(replace(EXCLUDED, sampler=EntropyBound(1.0)), 8),
        "excluded, temperature 0.4 to 0.1": at(replace(EXCLUDED, schedule=COOL), 8),
        "leave-one-out": at(left_out, 16),
        "confidence 0.9": at(with_confidence(REFERENCE, 0.9), 16),
        "excluded, confidence 0.9": at(with_confidence(EXCLUDED, 0.9), 16),
        "excluded, ancestral": at(ancestral, 16),
        "excluded, predictor-corrector": at(with_corrector(EXCLUDED, CORRECTED, seed, vocab_size), 16),
    }


def main() -> None:
    parser = described(__doc__)
    add_files(parser)
    add_model(parser)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", help="families of settings; the reference always is measured")
    add_json(parser)
    parser.add_argument("--plot", type=Path, help="write a picture there (needs matplotlib)")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    found = measure(options)
    print(table(compared(found), markdown=options.markdown))
    save(found, options.json)
    if options.plot:
        plot(found, options.plot)


def measure(options: argparse.Namespace) -> dict[str, dict[str, Figures]]:
    """Family → setting → figure → its value for every hole."""
    session = open_session(dgcli.load(options.model), seed=options.seed)
    wanted = {
        name: family
        for name, family in families(options.seed, session.engine.vocab_size).items()
        if name == "reference" or not options.only or any(word in name for word in options.only)
    }
    found = {name: {key: {figure: [] for figure in FIGURES} for key in family} for name, family in wanted.items()}
    for passage in passages(session, options.files, options.limit):
        for name, family in wanted.items():
            for key, settings in family.items():
                for figure, value in passage.fill(settings).items():
                    found[name][key][figure].append(value)
        if passage.number % 10 == 9:
            print(f"{passage.number + 1} holes", file=sys.stderr, flush=True)
            save(found, options.json)
    return found


def save(found: dict[str, dict[str, Figures]], path: Path | None) -> None:
    if path:
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def compared(found: dict[str, dict[str, Figures]]) -> list[list[str]]:
    """The table."""
    (base,) = found["reference"].values()
    rows = [HEAD]
    for name, family in found.items():
        for key, figures in family.items():
            means = [f"{statistics.fmean(figures[figure]):.3f}" for figure in ("f1", "rouge_l", "judge", "repeats")]
            against = [difference(figures[figure], base[figure]) for figure in ("f1", "rouge_l", "judge")]
            steps = f"{statistics.fmean(figures['steps']):.1f}"
            rows.append([f"{name}, {key}", steps, *means, *(["", "", ""] if name == "reference" else against)])
    return rows


def plot(found: dict[str, dict[str, Figures]], path: Path) -> None:
    """Judge and F1 against the steps used, a line for each family."""
    from benchmarks.common.plots import Line, Panel, draw

    panels = [
        Panel("steps used", label, [Line(name, *points(family, figure)) for name, family in found.items()])
        for label, figure in (("judge, nats a token", "judge"), ("token F1", "f1"))
    ]
    draw(path, panels)


def points(family: dict[str, Figures], figure: str) -> tuple[Sequence[float], Sequence[float]]:
    pairs = sorted((statistics.fmean(one["steps"]), statistics.fmean(one[figure])) for one in family.values())
    return [steps for steps, _ in pairs], [value for _, value in pairs]


if __name__ == "__main__":
    main()
