"""Which score of a model tells an answer from its distractors best.

    python -m benchmarks.choice FILE… [-m MODEL] [--limit N] [--json FILE] [--markdown]

Each line of a file has `segments` of text around a hole, `answers` and `distractors`, as for infill_quality.py, which
uses the score that won. What scores are made of, in nats:

- ahead N: log-probability of the next N tokens behind the hole, after the text before it and the fill.
- own: that of the fill's tokens after the text before it; own mean: their mean.
- owed: own less that of the same tokens after nothing but the begin token; owed beyond 2: for all but the first two;
  owed by place: all of it where whole sentences are missing, beyond 2 within a sentence.
- denoiser: mean log-probability of the fill's tokens in one pass over a hole of their number, from noise.

The encoder reads either the prompt of `dg infill`, which quotes the text behind the hole, or the text alone.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import dgcli
from benchmarks.common.arguments import add_files, add_json, add_model, described, read_lines, write_json
from benchmarks.common.passages import FREE, fill_ids, free, gap, read
from benchmarks.common.tables import table, with_interval
from dgcli.api import open_session
from dgcli.diffusion import Site
from dgcli.platform.backend import mx
from dgcli.tasks.engine import Session
from dgcli.tasks.infill.layout import GapLayout, lay_out_gap, text_begin

AHEAD = (8, 16, 32, 64, 1000)  # tokens; the last is to the end of the canvas
DRAWS = 3  # rounds of noise for the denoiser


@dataclass(frozen=True)
class Option:
    """A fill, and the log-probabilities that scores are made of."""

    own: dict[str, list[float]]  # by what the encoder has read: "prompt", "text"
    ahead: dict[str, list[float]]
    alone: list[float]
    denoiser: float
    free: int  # tokens of the fill that may be common in themselves where it stands


Score = Callable[[Option], float]


def scores() -> dict[str, Score]:
    """All of them by name."""
    found: dict[str, Score] = {}
    for context in ("prompt", "text"):
        own = {
            "": lambda option: 0.0,
            " + own mean": lambda option, context=context: statistics.fmean(option.own[context]),
            " + own": lambda option, context=context: sum(option.own[context]),
            " + owed": lambda option, context=context: sum(option.own[context]) - sum(option.alone),
            " + owed beyond 2": lambda option, context=context: sum(option.own[context]) - sum(option.alone[FREE:]),
            " + owed by place": lambda option, context=context: (
                sum(option.own[context]) - sum(option.alone[option.free :])
            ),
        }
        for name, part in own.items():
            for length in AHEAD:
                found[f"{context}: ahead {length}{name}"] = lambda option, context=context, part=part, length=length: (
                    sum(option.ahead[context][:length]) + part(option)
                )
            if name:
                found[f"{context}: {name[3:]}"] = part
    found["denoiser"] = lambda option: option.denoiser
    found["denoiser less alone"] = lambda option: option.denoiser - statistics.fmean(option.alone)
    return found


def options(session: Session, item: dict[str, Any]) -> list[Option]:
    """The answer and its distractors."""
    engine, here = session.engine, gap(item, 0)
    layout = lay_out_gap(here, session.chat, engine.canvas_length, engine.context_length, session.holes)
    fills = [fill_ids(session, here, text) for text in (item["answers"][0], *item["distractors"])]
    caches = {"prompt": engine.encode((*layout.prompt, *layout.near_left)), "text": read(session, here)}
    right = layout.right[: engine.canvas_length]
    rows = {read: engine.score_rows([(*fill, *right) for fill in fills], cache) for read, cache in caches.items()}
    alone = engine.score_rows(fills, engine.encode((text_begin(session.chat.tokenizer),)))
    return [
        Option(
            own={read: found[place][: len(fill)] for read, found in rows.items()},
            ahead={read: found[place][len(fill) :] for read, found in rows.items()},
            alone=alone[place],
            denoiser=_denoiser(session, layout, fill),
            free=free(here),
        )
        for place, fill in enumerate(fills)
    ]


def _denoiser(session: Session, layout: GapLayout, fill: Sequence[int]) -> float:
    """Mean log-probability of a fill's tokens at the first step."""
    fill = fill[: layout.longest_hole]
    canvas = layout.canvas(len(fill))
    places, initial = canvas.free_positions, session.draws.initial
    rows = [canvas.filled(initial([Site(number, place) for place in places])).tokens for number in range(DRAWS)]
    logits = session.engine.predictor(session.engine.encode(layout.prompt))(rows, [places] * DRAWS, None)
    wanted = mx.array([*fill] * DRAWS)[:, None]
    found = mx.take_along_axis(logits, wanted, axis=-1)[:, 0] - mx.logsumexp(logits, axis=-1)  # [DRAWS * fill]
    return float(found.mean().item())


def right(score: Score, found: Sequence[Option]) -> float:
    """Whether the answer, the first of the options, has the best score."""
    return float(score(found[0]) > max(map(score, found[1:])))


def main() -> None:
    parser = described(__doc__)
    add_files(parser)
    add_model(parser)
    add_json(parser)
    parser.add_argument("--markdown", action="store_true", help="print a table of Markdown")
    arguments = parser.parse_args()
    session = open_session(dgcli.load(arguments.model), seed=1)
    values: dict[str, dict[str, list[float]]] = {}
    for file in arguments.files:
        items = read_lines(file)
        chosen = [item for item in items if item.get("distractors")][: arguments.limit]
        found = [options(session, item) for item in chosen]
        name = f"{file.stem} ({len(found)})"
        values[name] = {score: [right(part, each) for each in found] for score, part in scores().items()}
    rows = [["score", *values], *([score, *(with_interval(of[score]) for of in values.values())] for score in scores())]
    print(table(rows, markdown=arguments.markdown))
    write_json(arguments.json, values)


if __name__ == "__main__":
    main()
