"""How the length of a hole is found: every method on the same passages, with the same noise.

    python -m benchmarks.lengths FILE… [-m MODEL] [--limit N] [--only REGEX] [--padding] [--json FILE] [--markdown]

Each line of a file has `segments` of text around the holes and their `answers`, as for infill_quality.py. A method is a
function from the probes of a hole to a candidate. What several methods look at is computed once, and each is charged.
docs/lengths.md says what the methods are. Columns, means over passages:

- F1, ROUGE-L, exact: of the fill against the answer, as in infill_quality.py.
- tokens: of the fill; r: their correlation with the answer's.
- of oracle: ROUGE-L as a share of that at the answer's true length.
- ROUGE-L and F1 over the best fixed length: differences with 95% intervals (paired bootstrap).
- passes: canvases times steps; seconds: wall time, with judging.

A last table tells how often the encoder prefers an empty fill, by which margin, where words are missing and where
nothing is (a hole between two words of the same passages).
"""

from __future__ import annotations

import math
import random
import re
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import dgcli
from benchmarks.common.arguments import add_files, add_json, add_model, described, read_lines, write_json
from benchmarks.common.passages import compare, holes, text_of
from benchmarks.common.tables import difference, table
from benchmarks.length_probes import Probes
from dgcli.api import open_session
from dgcli.tasks.engine import Session
from dgcli.tasks.infill.judge import AHEAD, Candidate
from dgcli.tasks.infill.layout import Gap
from dgcli.tasks.infill.length import PADDED

FIXED = (8, 16, 32)  # tokens
ORACLE = "true length (oracle)"
EMPTY = "guessed, empty fills allowed"
INLINE = (1, 2, 3, 4, 6, 8, 12, 16)  # lengths between words of a line
OPEN_ENDED = (6, 10, 14, 20, 28, 40)  # to the end of a line, or whole lines
GRID = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40)  # lengths whose first step is looked at
MARGINS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.6)  # nats a token
HEAD = ["method", "F1", "ROUGE-L", "exact", "tokens", "r", "of oracle", "passes", "seconds"]

Score = Callable[[Probes, Candidate], float]
Method = Callable[[Probes], Candidate]


@dataclass
class Row:
    """What a method came to, passage by passage."""

    f1: list[float] = field(default_factory=list)
    rouge_l: list[float] = field(default_factory=list)
    exact: list[float] = field(default_factory=list)
    tokens: list[float] = field(default_factory=list)
    true: list[float] = field(default_factory=list)
    passes: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def as_built(probes: Probes, found: Candidate) -> float:
    """What `dg infill` chooses by."""
    return found.score if found.ids else -math.inf


def weighted(ahead: float, own: float) -> Score:
    """Another weight of the text behind a fill and of its own."""
    return lambda probes, found: ahead * found.ahead + own * found.own


def owed(probes: Probes, found: Candidate) -> float:
    """What follows, and how much likelier the fill is after its text than alone."""
    gained = len(found.ids) * (found.own - probes.alone(found.ids)) if found.ids else -math.inf
    return AHEAD * found.ahead + gained


def best(
    probes: Probes, lengths: Sequence[int], *, score: Score = as_built, padded: bool = False, draws: int = 1
) -> Candidate:
    """The best of the lengths, each denoised to the end."""
    fills = [probes.fill(length, draw, padded=padded) for length in lengths for draw in range(draws)]
    return max(fills, key=lambda found: score(probes, found))


def probed(probes: Probes, lengths: Sequence[int], finalists: int) -> Candidate:
    """The best of the lengths that look best after a few steps."""
    briefs = {length: as_built(probes, probes.brief(length)) for length in lengths}
    return best(probes, sorted(briefs, key=lambda length: -briefs[length])[:finalists])


def wide(probes: Probes) -> tuple[int, ...]:
    """Many lengths, whatever the document."""
    return INLINE if probes.gap.right.partition("\n")[0].strip() else OPEN_ENDED


def drafted(probes: Probes) -> Candidate:
    """Probe lengths around that at which a draft meets the text behind the hole, and powers of two."""
    lengths = {probes.draft() + more for more in (-2, -1, 0, 1, 2)} | {2, 4, 8, 16, 32}
    return probed(probes, sorted(length for length in lengths if length > 0), 2)


def calibrated(everyone: Sequence[Probes]) -> Method:
    """CAL: the length whose confidence is largest for its length, which the other holes tell."""

    def method(probes: Probes) -> Candidate:
        bias = {
            length: statistics.fmean(other.confidence(length)[0] for other in everyone if other is not probes)
            for length in GRID
        }
        return probes.fill(max(GRID, key=lambda length: probes.confidence(length)[0] / bias[length]))

    return method


def regularised(probes: Probes) -> Candidate:
    """LR-DLLM: the length whose log-confidence is farthest above this hole's own fit of a + k log L."""
    logs = [probes.confidence(length)[1] for length in GRID]
    k, a = statistics.linear_regression([math.log(length) for length in GRID], logs)
    residuals = {length: found - a - k * math.log(length) for length, found in zip(GRID, logs, strict=True)}
    return probes.fill(max(residuals, key=residuals.__getitem__))


def _fixed(length: int) -> str:
    return f"{length} tokens"


def with_words(probes: Probes, *, padded: bool) -> Candidate:
    """The best candidate that is not empty."""
    return next(found for found in probes.built(padded=padded).ranked if found.ids)


def methods(everyone: Sequence[Probes], *, pads: bool) -> dict[str, Method]:
    """All of them by name; `pads`: the model was taught to pad holes."""
    found: dict[str, Method] = {
        **{_fixed(length): partial(Probes.fill, length=length) for length in FIXED},
        "8 tokens, best of 5": lambda probes: best(probes, [8], draws=5),
        "16 tokens, best of 5": lambda probes: best(probes, [16], draws=5),
        ORACLE: lambda probes: probes.fill(probes.true),
        "true length, best of 5": lambda probes: best(probes, [probes.true], draws=5),
        "guessed": partial(with_words, padded=False),
        EMPTY: lambda probes: probes.built(padded=False).ranked[0],
        "guessed, the middle one alone": lambda probes: probes.fill(probes.guessed[len(probes.guessed) // 2]),
        "guessed, by what follows alone": lambda probes: best(probes, probes.guessed, score=weighted(1, 0)),
        "guessed, by the fill alone": lambda probes: best(probes, probes.guessed, score=weighted(0, 1)),
        "guessed, by 16 of what follows": lambda probes: best(probes, probes.guessed, score=weighted(16, 1)),
        "guessed, by what fills owe": lambda probes: best(probes, probes.guessed, score=owed),
        "many, the best": lambda probes: best(probes, wide(probes)),
        "many, 4 steps, then 2": lambda probes: probed(probes, wide(probes), 2),
        "many, 4 steps, then 1": lambda probes: probed(probes, wide(probes), 1),
        "draft and align": lambda probes: probes.fill(probes.draft()),
        "draft and align, then 4 steps, then 2": drafted,
        "CAL": calibrated(everyone),
        "LR-DLLM": regularised,
    }
    if pads:
        found |= {
            "padded, the best of 8, 16, 32": lambda probes: best(probes, PADDED, padded=True),
            **{f"padded, {length} tokens": partial(Probes.fill, length=length, padded=True) for length in PADDED},
        }
    return found


def measure(
    session: Session, items: Sequence[dict[str, Any]], only: str, *, pads: bool
) -> tuple[dict[str, Row], dict[str, list[float]]]:
    """Of each method its row; and the encoder's preference for an empty fill, with words missing and without."""
    passages = [[Probes(session, here, answer) for here, answer in holes(item)] for item in items]
    everyone = [probes for passage in passages for probes in passage]
    rows: dict[str, Row] = {}
    for name, method in methods(everyone, pads=pads).items():
        if name not in (*map(_fixed, FIXED), ORACLE) and not re.search(only, name):
            continue
        rows[name] = Row()
        for passage in passages:
            for key, value in _passage(passage, method).items():
                getattr(rows[name], key).append(value)
        print(f"  {name}", file=sys.stderr, flush=True)
    if EMPTY not in rows:
        return rows, {}
    complete = [Probes(session, here) for item in items if (here := nothing_missing(item)) is not None]
    preferred = {"words missing": _preferences(everyone), "nothing missing": _preferences(complete)}
    return rows, preferred


def _passage(passage: Sequence[Probes], method: Method) -> dict[str, float]:
    """Means over the holes of a passage."""
    found = []
    for probes in passage:
        candidate, passes, seconds = probes.charged(method)
        scores = compare(text_of(probes.session, probes.gap, candidate.ids), probes.answer)
        sizes = {"tokens": len(candidate.ids), "true": probes.true, "passes": passes, "seconds": seconds}
        found.append({**scores, **sizes})
    return {key: statistics.fmean(each[key] for each in found) for key in found[0]}


def nothing_missing(item: dict[str, Any]) -> Gap | None:
    """The whole passage with a hole between two words that follow each other in a line."""
    text = "".join(segment + answer for segment, answer in zip(item["segments"], [*item["answers"], ""], strict=True))
    places = [
        place
        for place in range(1, len(text) - 1)
        if text[place] == " " and text[place - 1].isalpha() and text[place + 1].isalpha()
    ]
    place = random.Random(item["id"]).choice(places) if places else 0
    return Gap(left=text[: place + 1], right=text[place:]) if places else None


def _preferences(everyone: Sequence[Probes]) -> list[float]:
    """Of each hole, by how many nats a token the encoder prefers nothing to the best fill, by what follows."""
    found = []
    for probes in everyone:
        found.append(probes.hole.judge.judged([()])[0].ahead - with_words(probes, padded=False).ahead)
    return found


def compared(rows: dict[str, Row]) -> list[list[str]]:
    """The table of the methods."""
    fixed = max(map(_fixed, FIXED), key=lambda name: statistics.fmean(rows[name].rouge_l))
    oracle = statistics.fmean(rows[ORACLE].rouge_l)
    found = [HEAD[:7] + [f"{figure} over {fixed}" for figure in ("ROUGE-L", "F1")] + HEAD[7:]]
    for name, row in rows.items():
        mean = {key: statistics.fmean(values) for key, values in vars(row).items()}
        varies = len(set(row.tokens)) > 1 < len(set(row.true))
        found.append(
            [
                name,
                *(f"{mean[key]:.3f}" for key in ("f1", "rouge_l", "exact")),
                f"{mean['tokens']:.1f}",
                f"{statistics.correlation(row.tokens, row.true):.2f}" if varies else "",
                f"{mean['rouge_l'] / oracle:.0%}" if oracle else "",
                difference(row.rouge_l, rows[fixed].rouge_l),
                difference(row.f1, rows[fixed].f1),
                f"{mean['passes']:.0f}",
                f"{mean['seconds']:.2f}",
            ]
        )
    return found


def margins(preferred: dict[str, list[float]]) -> list[list[str]]:
    """The table of empty fills: how many holes would stay empty, by the margin that is asked for."""
    found = [["empty fill likelier by more than", *(f"{margin:g} nats" for margin in MARGINS)]]
    for name, nats in preferred.items():
        shares = [sum(each > margin for each in nats) / max(1, len(nats)) for margin in MARGINS]
        found.append([f"{name} ({len(nats)} holes)", *(f"{share:.1%}" for share in shares)])
    return found


def main() -> None:
    parser = described(__doc__)
    add_files(parser)
    add_model(parser)
    parser.add_argument("--only", default="", help="of the other methods only those whose names match this expression")
    parser.add_argument("--seed", type=int, default=1)
    add_json(parser)
    parser.add_argument("--padding", action="store_true", help="the model was taught to pad holes: measure that too")
    parser.add_argument("--markdown", action="store_true", help="print tables of Markdown")
    options = parser.parse_args()
    session = open_session(dgcli.load(options.model), seed=options.seed)
    figures: dict[str, Any] = {}
    for file in options.files:
        items = read_lines(file, options.limit)
        rows, preferred = measure(session, items, options.only, pads=options.padding)
        print(f"\n{'### ' * options.markdown}{file.stem}, {len(items)} passages\n")
        print(table(compared(rows), markdown=options.markdown), "\n")
        if preferred:
            print(table(margins(preferred), markdown=options.markdown), flush=True)
        figures[file.stem] = {"methods": {name: vars(row) for name, row in rows.items()}, "empty": preferred}
        write_json(options.json, figures)


if __name__ == "__main__":
    main()
