"""How good the fills of a model are, on passages with known answers.

    python benchmarks/infill_quality.py benchmarks/data/own_infill.jsonl [-m MODEL] [--limit N] [--json FILE]

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

import argparse
import json
import re
import statistics
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import dgcli
from benchmarks.tables import interval, with_interval
from dgcli.api import open_session
from dgcli.cli.choose import BUNDLED
from dgcli.tasks.engine import Session
from dgcli.tasks.infill.hole import Hole
from dgcli.tasks.infill.layout import LATER_GAP, Gap, GapLayout, lay_out_gap, text_begin
from dgcli.tasks.infill.length import is_whole
from dgcli.text.marks import MARK
from dgcli.text.seams import fit, left_text

FIXED = (8, 16, 32)  # tokens
AHEAD = 64  # tokens behind a hole that judge an option
FREE = 2  # tokens of it that may be common in themselves, within a sentence

_T = TypeVar("_T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("-m", "--model", type=Path, default=BUNDLED)
    parser.add_argument("--limit", type=int, help="passages of each file at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fixed", action="store_true", help="measure fixed lengths too")
    parser.add_argument("--json", type=Path, help="write all figures there")
    options = parser.parse_args()
    session = open_session(dgcli.load(options.model), seed=options.seed)
    figures: dict[str, Any] = {}
    for file in options.files:
        items = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()][: options.limit]
        for kind in dict.fromkeys(item["kind"] for item in items):
            of_kind = [item for item in items if item["kind"] == kind]
            name = f"{file.stem} {kind}" if kind not in file.stem else file.stem
            found = measure(session, of_kind, fixed=options.fixed)
            show(name, len(of_kind), found)
            figures[name] = {method: {key: summary(row) for key, row in rows.items()} for method, rows in found.items()}
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


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


def free(here: Gap) -> int:
    """How many tokens of an option may be common in themselves: none where whole sentences are missing."""
    return 0 if is_whole(here) else FREE


def read(session: Session, here: Gap) -> Any:
    """The encoder's cache of the text before a hole, without a prompt."""
    left = session.chat.tokenizer.encode(left_text(here.left))[-session.engine.context_length :]
    return session.engine.encode((text_begin(session.chat.tokenizer), *left))


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


def holes(item: dict[str, Any]) -> Iterable[tuple[Gap, str]]:
    """The holes of a passage and their answers; answers before a hole are given, holes after it are open."""
    return ((gap(item, number), answer) for number, answer in enumerate(item["answers"]))


def fill_ids(session: Session, here: Gap, text: str) -> tuple[int, ...]:
    """A text as a fill: with the space before the hole, if there is one."""
    return session.chat.tokenizer.encode(here.left[len(left_text(here.left)) :] + text)


def text_of(session: Session, here: Gap, ids: Sequence[int]) -> str:
    """A fill as a text that fits the hole."""
    text = session.chat.tokenizer.decode(ids)
    return fit(text, left=here.left, right=here.right, inline=here.inline, newline="\n", marker=MARK)


def finish(run: Generator[Any, None, _T]) -> tuple[_T, list[Any]]:
    """What a run comes to, and what it tells on its way."""
    events = []
    while True:
        try:
            events.append(next(run))
        except StopIteration as end:
            return end.value, events


def gap(item: dict[str, Any], number: int) -> Gap:
    """Hole `number` of a passage: answers before it, gaps after it."""
    segments, answers = item["segments"], item["answers"]
    left = "".join(segment + answer for segment, answer in zip(segments, answers[:number], strict=False))
    right = "".join(segment + (LATER_GAP if last else "") for segment, last in _tail(segments[number + 1 :]))
    return Gap(left=left + segments[number], right=right)


def _tail(segments: Sequence[str]) -> Iterable[tuple[str, bool]]:
    return ((segment, index < len(segments) - 1) for index, segment in enumerate(segments))


def compare(text: str, answer: str) -> dict[str, float]:
    """Token F1, ROUGE-L (F1 of the longest common subsequence) and exact match."""
    ours, theirs = tokens(text), tokens(answer)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return {
        "f1": _f1(shared, len(ours), len(theirs)),
        "rouge_l": _f1(longest_common(ours, theirs), len(ours), len(theirs)),
        "exact": float(ours == theirs),
    }


def tokens(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text.lower())


def longest_common(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(b) + 1)
    for x in a:
        previous = 0
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], previous + 1 if x == y else max(row[j], row[j - 1])
    return row[-1]


def _f1(shared: int, ours: int, theirs: int) -> float:
    return 2 * shared / (ours + theirs) if shared else 0.0


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
