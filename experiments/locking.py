"""An approximation: a free position whose prediction has stood still is locked, and no longer denoised.

    python -m experiments.locking FILE… [-m MODEL] [--limit N] [--canvases N] [--profile NAME]… [--json FILE]

A position is locked when its argmax has been the same for so many steps running and, where a bound is named, its
entropy is under that many nats; it then has this token for good. The stop rule counts it as sure. Two forms:

- held: it becomes held text, which is computed at every step, but has no logits.
- stale: it is computed once more as held text, and from then on its keys and values stay as they are.

Files, holes and columns are those of samplers.py; differences are to the exact run with the same noise. `--canvases`
also writes so many whole canvases, each going on with the first passage of a line; their judge is the encoder's mean
log-probability of what stands before the end of the turn. Time is the processor's in the denoiser, as a part of the
exact run's: of a step (the median), and of all steps together. Settled is the share that the stop rule ended.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import dgcli
from benchmarks.common.arguments import add_files, add_json, add_model, described, write_json
from benchmarks.common.tables import difference, table
from dgcli.api import open_session
from dgcli.diffusion import DenoiseSettings, Predict, denoise
from dgcli.engine.loading import LoadedModel
from dgcli.events import Canvas
from dgcli.platform.backend import mx
from dgcli.settings import profiled
from dgcli.tasks.engine import Cache, Session
from dgcli.tasks.generate.generate import end_turn
from experiments.some_rows import SomeRows, Timed
from experiments.true_length import Passage, passages

HEAD = ["locked after", "steps", "settled", "time a step", "all steps"]
JUDGED = {
    "holes": {"f1": "F1", "rouge_l": "ROUGE-L", "judge": "judge", "repeats": "repeats"},
    "canvases": {"judge": "judge", "repeats": "repeats"},
}
IMPOSSIBLE = -2e9  # below what `Restricted` and the exclusion of noise leave of a logit
FIRST_PAGE = 1_000_000  # canvas numbers beyond those of holes
QUOTED = 400  # characters that a page goes on from


@dataclass(frozen=True)
class Rule:
    """When a position is locked, and what becomes of it."""

    steps: int  # that its argmax has been the same
    sure: float | None  # nats that its entropy is under; None: any
    stale: bool  # its keys and values are not computed again

    @property
    def name(self) -> str:
        under = "" if self.sure is None else f", under {self.sure:g} nats"
        return f"{self.steps} steps{under}; {'stale' if self.stale else 'held'}"


@dataclass
class Locking:
    """A denoiser of one canvas that locks positions. It says of a locked one what it was locked to, and no more."""

    rule: Rule
    predict: Predict  # of the whole canvas
    rows: SomeRows
    vocab_size: int
    locked: dict[int, int] = field(default_factory=dict)  # position -> token
    stood: dict[int, tuple[int, int]] = field(default_factory=dict)  # position -> its argmax, for how many steps
    kept: set[int] = field(default_factory=set)  # positions whose keys and values stay

    def __call__(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> mx.array:
        (places,) = free
        if previous is not None:
            self._lock(places, previous)
        row = [self.locked.get(place, token) for place, token in enumerate(tokens[0])]
        places_of = [index for index, place in enumerate(places) if place not in self.locked]
        logits = mx.full((len(places), self.vocab_size), IMPOSSIBLE)
        fixed = [index for index, place in enumerate(places) if place in self.locked]
        if fixed:
            logits[mx.array(fixed), mx.array([self.locked[places[index]] for index in fixed])] = 0.0
        if places_of:
            open_ = [places[index] for index in places_of]
            known = None if previous is None else previous[mx.array(places_of)]
            logits[mx.array(places_of)] = self._logits(row, open_, known)
        return logits

    def _lock(self, places: Sequence[int], previous: mx.array) -> None:
        """Look at the step before."""
        argmax: Any = mx.argmax(previous, axis=-1).tolist()
        entropy: Any = -(previous * mx.log(mx.maximum(previous, 1e-30))).sum(axis=-1)
        for place, token, nats in zip(places, argmax, entropy.tolist(), strict=True):
            before, steps = self.stood.get(place, (token, 0))
            self.stood[place] = (token, steps + 1 if token == before else 1)
            if self.stood[place][1] >= self.rule.steps and (self.rule.sure is None or nats < self.rule.sure):
                self.locked.setdefault(place, token)

    def _logits(self, row: Sequence[int], open_: Sequence[int], previous: mx.array | None) -> mx.array:
        if not self.rule.stale:
            return self.predict([row], [open_], previous)
        computed = [place for place in range(len(row)) if place not in self.kept]
        new = [place for place in self.locked if place not in self.kept]
        self.kept |= {*new}
        return self.rows.logits(row, open_, previous, rows=computed, keep=new)


@dataclass(frozen=True)
class Page:
    """A whole canvas that is written after a prompt."""

    session: Session
    cache: Cache
    number: int

    def fill(self, settings: DenoiseSettings, predict: Predict) -> dict[str, float]:
        """As `Passage.fill` does; there is no answer to compare with."""
        engine = self.session.engine
        canvas = Canvas.blank(engine.canvas_length)
        for step in denoise(predict, canvas, settings, self.session.draws, self.number):
            last = step
        ids, _ = end_turn(last.fill, self.session.stop_ids, self.session.pad_id)
        written = [token for token in ids if token not in (*self.session.stop_ids, self.session.pad_id)]
        (scores,) = engine.score_rows([written or ids[:1]], self.cache)
        return {
            "judge": statistics.fmean(scores),
            "repeats": sum(a == b for a, b in pairwise(written)) / max(1, len(written) - 1),
            "steps": last.step,
            "settled": float(last.settled),
        }

    def restricted(self, predict: Predict) -> Predict:
        """Nothing is forbidden on a page."""
        return predict


def pages(session: Session, files: Iterable[Path], count: int) -> Iterable[Page]:
    """Canvases that go on from passages of the files, in equal parts."""
    texts = [file.read_text(encoding="utf-8").splitlines() for file in files]
    lines = [line for together in zip(*texts, strict=False) for line in together]
    for number, line in enumerate(lines[:count]):
        text = json.loads(line)["segments"][0][-QUOTED:]
        prompt = session.chat.prompt(f"Go on with this text:\n\n{text}")
        yield Page(session, session.engine.encode(prompt), FIRST_PAGE + number)


def main() -> None:
    parser = described(__doc__)
    add_files(parser)
    add_model(parser)
    parser.add_argument("--canvases", type=int, default=0, help="whole canvases")
    parser.add_argument("--profile", action="append", help="default: balanced and reference")
    parser.add_argument("--after", type=int, nargs="+", default=[2, 3, 4], help="steps of standing still")
    parser.add_argument("--sure", type=float, default=0.1, help="nats of the entropy bound")
    parser.add_argument("--seed", type=int, default=1)
    add_json(parser)
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    model = dgcli.load(options.model)
    session = open_session(model, seed=options.seed)
    forms = ((None, False), (options.sure, False), (None, True))
    rules = [Rule(steps, sure, stale) for sure, stale in forms for steps in options.after]
    work = [("holes", [*passages(session, options.files, options.limit)] if options.limit != 0 else [])]
    work += [("canvases", [*pages(session, options.files, options.canvases)])]
    everything = {}
    for profile in options.profile or ["balanced", "reference"]:
        settings = profiled(session.settings, profile)
        for kind, places in work:
            if places:
                found = measure(model, places, settings, rules)
                rows = compared(found, JUDGED[kind])
                print(f"\n{profile}, {len(places)} {kind}, at most {settings.schedule.steps} steps\n")
                print(table(rows, markdown=options.markdown), flush=True)
                everything[f"{profile}, {kind}"] = found
    write_json(options.json, everything)


def measure(
    model: LoadedModel, places: Sequence[Passage | Page], settings: DenoiseSettings, rules: Sequence[Rule]
) -> dict[str, dict[str, list[float]]]:
    """The figures of every hole or canvas, by rule; the exact run's first."""
    named: dict[str, Rule | None] = {"never (exact)": None, **{rule.name: rule for rule in rules}}
    found: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in named}
    for number, place in enumerate(places, 1):
        exact = model.predictor(place.cache)
        for name, rule in named.items():
            rows = SomeRows(model.network, place.cache)
            inner = exact if rule is None else Locking(rule, exact, rows, model.vocab_size)
            timed = Timed(place.restricted(inner))
            for figure, value in place.fill(settings, timed).items():
                found[name][figure].append(value)
            found[name]["seconds"].append(timed.seconds)
        print(f"{number} of {len(places)}, {time.process_time():.0f} s", file=sys.stderr, flush=True)
    return found


def compared(found: dict[str, dict[str, list[float]]], judged: dict[str, str]) -> list[list[str]]:
    """The table; `judged` are figures, and their names for people."""
    base = next(iter(found.values()))
    first, *others = judged.values()
    rows = [[*HEAD, f"{first} over exact", *others]]
    for name, ours in found.items():
        paired = zip(ours["seconds"], ours["steps"], base["seconds"], base["steps"], strict=True)
        step = statistics.median(mine / steps / (exact / most) for mine, steps, exact, most in paired)
        rows.append(
            [
                name,
                f"{statistics.fmean(ours['steps']):.1f}",
                f"{statistics.fmean(ours['settled']):.2f}",
                f"{step:.2f}",
                f"{sum(ours['seconds']) / sum(base['seconds']):.2f}",
                *(difference(ours[figure], base[figure]) if ours is not base else "" for figure in judged),
            ]
        )
    return rows


if __name__ == "__main__":
    main()
