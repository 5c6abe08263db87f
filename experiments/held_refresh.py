"""An approximation: held text is read anew only every so many steps, and in between only the hole is computed.

    python -m experiments.held_refresh FILE… [-m MODEL] [--limit N] [--steps 16] [--every 2 4 1000] [--json FILE]

Between two such steps the keys and values of held positions stay what they were, although the noise that they were
computed beside has changed. Files, figures and columns are those of samplers.py, differences are to the exact run with
the same noise; time is the processor's in the denoiser, a step, as a part of the exact run's (median over holes).
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import dgcli
from benchmarks.common.arguments import add_files, add_json, add_model, described, write_json
from benchmarks.common.tables import difference, table
from dgcli.api import open_session
from dgcli.diffusion import DenoiseSettings
from dgcli.diffusion.own_token import NoiseExcluded
from dgcli.platform.backend import mx
from experiments.some_rows import SomeRows, Timed
from experiments.true_length import FIGURES, passages

HEAD = ["held text is read", "steps", "time", "F1", "ROUGE-L", "judge", "F1 over exact", "ROUGE-L", "judge"]


@dataclass
class Stale:
    """A denoiser of one canvas that reads its held positions every `every` steps."""

    rows: SomeRows
    every: int
    number: int = 0  # steps so far

    def __call__(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> mx.array:
        (row,), (places,) = tokens, free
        fresh = self.number % self.every == 0
        self.number += 1
        if not fresh:
            return self.rows.logits(row, places, previous, rows=places)
        self.rows.forget()
        held = sorted({*range(len(row))} - {*places})
        return self.rows.logits(row, places, previous, rows=range(len(row)), keep=held)


def main() -> None:
    parser = described(__doc__)
    add_files(parser)
    add_model(parser)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--every", type=int, nargs="+", default=[2, 4, 1000])
    add_json(parser)
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    model = dgcli.load(options.model)
    session = open_session(model, seed=options.seed)
    settings = replace(DenoiseSettings(), own_token=NoiseExcluded()).with_steps(options.steps)
    found: dict[int, dict[str, list[float]]] = {
        every: {figure: [] for figure in (*FIGURES, "seconds")} for every in (1, *options.every)
    }
    network = model.network
    for passage in passages(session, options.files, options.limit):
        for every, figures in found.items():
            exact = session.engine.predictor(passage.cache)
            timed = Timed(passage.restricted(exact if every == 1 else Stale(SomeRows(network, passage.cache), every)))
            for figure, value in passage.fill(settings, timed).items():
                figures[figure].append(value)
            figures["seconds"].append(timed.seconds / figures["steps"][-1])
        if passage.number % 10 == 9:
            print(f"{passage.number + 1} holes", file=sys.stderr, flush=True)
            print(table(compared(found)), flush=True)
    print(table(compared(found), markdown=options.markdown))
    write_json(options.json, found)


def compared(found: dict[int, dict[str, list[float]]]) -> list[list[str]]:
    """The table."""
    base, rows = found[1], [HEAD]
    for every, figures in found.items():
        name = "at every step" if every == 1 else "at the first step" if every >= 1000 else f"every {every} steps"
        ratio = statistics.median(ours / exact for ours, exact in zip(figures["seconds"], base["seconds"], strict=True))
        means = [f"{statistics.fmean(figures[figure]):.3f}" for figure in ("f1", "rouge_l", "judge")]
        against = [difference(figures[figure], base[figure]) for figure in ("f1", "rouge_l", "judge")]
        rows.append(
            [
                name,
                f"{statistics.fmean(figures['steps']):.1f}",
                f"{ratio:.2f}",
                *means,
                *(against if every != 1 else [""] * 3),
            ]
        )
    return rows


if __name__ == "__main__":
    main()
