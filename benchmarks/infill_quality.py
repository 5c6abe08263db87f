"""How good the fills of a model are, on passages with known answers.

    python -m benchmarks.infill_quality benchmarks/data/own_infill.jsonl [-m MODEL] [--limit N] [--json FILE]

Each line of a file has `segments` of text around the holes, their `answers`, and for some kinds `distractors`.

- choice: how often the model's own score prefers the answer to its distractors. The score is of the encoder on the text
  alone, without a prompt: log p(fill, 64 tokens behind | text before) less log p(fill), that is, how much likelier fill
  and surroundings are together than apart. Within a sentence the fill's first two tokens are not taken off: a common
  word is likelier than a rare one, and that counts; a short sentence is likelier than a long one, and that does not.
  choice.py compares it with others. Chance is 0.25 with three.
- fill: token F1, ROUGE-L and exact match of what `dg infill` writes against the answer, at the length that it finds, at
  the answer's true length, and at fixed lengths; and the share of runs that converged.

Intervals are 95% bootstrap intervals over passages. Tokens are lower-cased `\\w+|[^\\w\\s]`.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import dgcli
from benchmarks.common.arguments import add_files, add_json, add_model, described, read_lines, write_json
from benchmarks.common.passages import compare, fill_ids, finish, free, gap, holes, read, text_of
from benchmarks.common.tables import interval, with_interval
from dgcli.api import open_session
from dgcli.tasks.engine import Session
from dgcli.tasks.infill.hole import Hole
from dgcli.tasks.infill.layout import GapLayout, lay_out_gap, text_begin

FIXED = (8, 16, 32)  # tokens
AHEAD = 64  # tokens behind a hole that judge an option


def main() -> None:
    parser = described(__doc__)
    add_files(parser)
    add_model(parser)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fixed", action="store_true", help="measure fixed lengths too")
    add_json(parser)
    options = parser.parse_args()
    session = open_session(dgcli.load(options.model), seed=options.seed)
    figures: dict[str, Any] = {}
    for file in options.files:
        items = read_lines(file, options.limit)
        for kind in dict.fromkeys(item["kind"] for item in items):
            of_kind = [item for item in items if item["kind"] == kind]
            name = f"{file.stem} {kind}" if kind not in file.stem else file.stem
            found = measure(session, of_kind, fixed=options.fixed)
            show(name, len(of_kind), found)
            figures[name] = {method: {key: summary(row) for key, row in rows.items()} for method, rows in found.items()}
    write_json(options.json, figures)


def measure(session: Session, items: Sequence[dict[str, Any]], *, fixed: bool) -> dict[str, dict[str, list[float]]]:
    """Method → figure → its value on each passage."""
    found: dict[str, dict[str, list[float]]] = {}
    choices = [item for item in items if item.get("distractors")]
    if choices:
        found["choice"] = {"right": [float(choose(session, item)) for item in choices]}
    fills = [item for item in items if item["kind"] != "turn"]
    methods: dict[str, Callable[[GapLayout, int], tuple[int, ...] | None]] = {
        "found length": lambda layout, true: None,
        "true length": lambda layout, true: (min(true, layout.longest_hole),),
    }
    if fixed:
        for length in FIXED:
            methods[f"{length} tokens"] = lambda layout, true, length=length: (min(length, layout.longest_hole),)
    for name, lengths in methods.items():
        rows = [row for item in fills for row in fill(session, item, lengths)]
        found[name] = {key: [row[key] for row in rows] for key in rows[0]}
    return found


def choose(session: Session, item: dict[str, Any]) -> bool:
    """Whether the answer has a better score than each distractor."""
    engine, here = session.engine, gap(item, 0)
    layout = lay_out_gap(here, session.chat, engine.canvas_length, engine.context_length, session.holes)
    options = [fill_ids(session, here, text) for text in (item["answers"][0], *item["distractors"])]
    together = engine.score_rows([(*option, *layout.right[:AHEAD]) for option in options], read(session, here))
    apart = engine.score_rows(options, engine.encode((text_begin(session.chat.tokenizer),)))
    scores = [sum(whole) - sum(alone[free(here) :]) for whole, alone in zip(together, apart, strict=True)]
    return scores[0] > max(scores[1:])


def fill(
    session: Session, item: dict[str, Any], lengths: Callable[[GapLayout, int], tuple[int, ...] | None]
) -> Iterable[dict[str, float]]:
    """The figures of each hole of a passage."""
    for number, (here, answer) in enumerate(holes(item), 1):
        engine = session.engine
        layout = lay_out_gap(here, session.chat, engine.canvas_length, engine.context_length, session.holes)
        true = len(fill_ids(session, here, answer))
        outcome, _ = finish(
            Hole(session, here, layout, number, len(item["answers"]), 0).settle(1, lengths(layout, true))
        )
        best = outcome.ranked[0]
        scores = compare(text_of(session, here, best.ids), answer)
        yield {**scores, "converged": float(best.converged), "tokens": len(best.ids), "true": true}


def summary(values: Sequence[float]) -> dict[str, float]:
    low, high = interval(values)
    return {"mean": statistics.fmean(values), "low": low, "high": high, "passages": len(values)}


def show(name: str, count: int, found: dict[str, dict[str, list[float]]]) -> None:
    print(f"\n{name} ({count} passages)")
    for method, figures in found.items():
        parts = []
        for key, values in figures.items():
            lengths = key in ("tokens", "true")
            parts.append(f"{key} {statistics.fmean(values):.2f}" if lengths else f"{key} {with_interval(values)}")
        if len(figures.get("tokens", ())) > 1 and len(set(figures["tokens"])) > 1:
            parts.append(f"correlation of lengths {statistics.correlation(figures['tokens'], figures['true']):.2f}")
        print(f"  {method:14} {'  '.join(parts)}", flush=True)


if __name__ == "__main__":
    main()
