"""What a run costs as documents, holes and canvases grow.

    python -m benchmarks.costs [-m MODEL] [--steps 4] [--rounds 3] [--sizes N] [--json FILE] [--plot FILE] [--markdown]

Every canvas is denoised for the same number of steps. Time is the processor's, of all cores together, the least of
several rounds: of a whole `infill` without loading the model, or of one step on a canvas that is all free. Tokens read
are those of prompts that the encoder had to read, and in brackets those that the prompts have.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import dgcli
from benchmarks.common.arguments import add_json, add_model, described, write_json
from benchmarks.common.tables import table
from dgcli.api import open_session
from dgcli.diffusion import DenoiseSettings, PhiloxDraws, denoise
from dgcli.diffusion.stopping import Confident
from dgcli.engine.loading import LoadedModel
from dgcli.events import Canvas
from dgcli.tasks.infill.infill import infill
from dgcli.text.marks import find_marks

SENTENCE = "The road to the mill goes past a field where two old horses stand in the rain. "
WORDS = len(SENTENCE.split())
LENGTHS, HOLES, COUNTS = (50, 200, 800, 3200), (2, 8, 32), (1, 2, 4, 8)
Costs = dict[str, float]


def document(words: int, holes: int = 1, length: int = 4) -> str:
    """So many words with holes spread evenly among them, each for about `length` words."""
    parts = [SENTENCE * max(1, words // WORDS // (holes + 1)) for _ in range(holes + 1)]
    return f"[[?~{length}]] ".join(parts)


def main() -> None:
    parser = described(__doc__)
    add_model(parser)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", type=int, help="so many of each, the smallest; default: all")
    add_json(parser)
    parser.add_argument("--plot", type=Path, help="write a picture there (needs matplotlib)")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    model = dgcli.load(options.model)
    widths = [model.canvas_length * share // 4 for share in (1, 2, 3, 4)]
    runs: dict[str, dict[int, Callable[[], Costs]]] = {
        "words of the document": {n: lambda n=n: fill(model, document(n), options.steps) for n in LENGTHS},
        "words of the hole": {n: lambda n=n: fill(model, document(200, 1, n), options.steps) for n in HOLES},
        "holes": {n: lambda n=n: fill(model, document(200, n), options.steps) for n in COUNTS},
        "tokens of a canvas, one step": {n: lambda n=n: step(model, n, options.steps) for n in widths},
    }
    found: dict[str, dict[int, Costs]] = {}
    for name, sizes in runs.items():
        few = list(sizes.items())[: options.sizes]
        found[name] = {size: least([run() for _ in range(options.rounds)]) for size, run in few}
    print(table(rows(found), markdown=options.markdown))
    write_json(options.json, found)
    if options.plot:
        plot(found, options.plot)


def never_settled(settings: DenoiseSettings, steps: int) -> DenoiseSettings:
    """The same settings with so many steps, all of which are made."""
    return replace(settings, stopping=Confident(0.0)).with_steps(steps)


def fill(model: LoadedModel, text: str, steps: int) -> Costs:
    """One `infill` of a text with marks."""
    session = open_session(model, seed=1, profile="balanced")
    session = replace(session, settings=never_settled(session.settings, steps))
    started = time.process_time()
    for _ in infill(session, find_marks(text, "the text")):
        pass
    seconds = time.process_time() - started
    prompts = session.engine.prompts
    return {"seconds": seconds, "read": prompts.read, "given": prompts.given}


def step(model: LoadedModel, width: int, steps: int) -> Costs:
    """One step on a canvas that is all free."""
    predict = model.predictor(model.encode(model.chat.prompt(SENTENCE)))
    settings = never_settled(model.settings, steps)
    started = time.process_time()
    for _ in denoise(predict, Canvas.blank(width), settings, PhiloxDraws(1, model.vocab_size)):
        pass
    return {"seconds": (time.process_time() - started) / steps}


def least(costs: Sequence[Costs]) -> Costs:
    return min(costs, key=lambda one: one["seconds"])


def rows(found: dict[str, dict[int, Costs]]) -> list[list[str]]:
    """The table."""
    lines = [["what grows", "size", "processor, ms", "as a multiple", "tokens read"]]
    for name, sizes in found.items():
        first = next(iter(sizes.values()))["seconds"]
        for size, costs in sizes.items():
            tokens = f"{costs['read']:.0f} ({costs['given']:.0f})" if "read" in costs else ""
            seconds = costs["seconds"]
            lines.append([name, str(size), f"{1000 * seconds:.0f}", f"{seconds / first:.2f}", tokens])
    return lines


def plot(found: dict[str, dict[int, Costs]], path: Path) -> None:
    from benchmarks.common.plots import Line, Panel, draw

    panels = []
    for name, sizes in found.items():
        seconds = [costs["seconds"] for costs in sizes.values()]
        panels.append(Panel(name, "processor time, s", [Line("", list(sizes), seconds)]))
    draw(path, panels)


if __name__ == "__main__":
    main()
