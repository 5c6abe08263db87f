"""What `--cache` saves: whole runs of `dg infill` on a long document, with and without it, in turns.

    python -m benchmarks.kept_prompts [-m MODEL] [--words 3000] [--holes 1] [--rounds 5] [--json FILE]

Each round has a seed of its own, so that nothing is kept but the prompt; a run before the first round reads it.
Printed are medians of wall and processor time and of the rounds' ratios. Both have to write the same text.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.common.arguments import add_json, add_model, described, write_json
from benchmarks.common.side_by_side import in_turns, machine, show
from benchmarks.costs import document

DG = Path(sys.executable).parent / "dg"
WITH, WITHOUT = "with --cache", "without"


def main() -> None:
    parser = described(__doc__)
    add_model(parser)
    parser.add_argument("--words", type=int, default=3000)
    parser.add_argument("--holes", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    add_json(parser)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "draft.md").write_text(document(options.words, options.holes), encoding="utf-8")
        runs = {WITH: Run(options.model, place, "--cache"), WITHOUT: Run(options.model, place)}
        found = in_turns(dict(runs), options.rounds, WITHOUT)
    if runs[WITH].texts != runs[WITHOUT].texts:
        sys.exit("The texts differ.")
    show(found, WITHOUT, f"{options.words} words, {options.holes} holes")
    write_json(options.json, machine() | {"runs": found})


class Run:
    """Whole runs, each with the next seed."""

    def __init__(self, model: Path, folder: Path, *more: str) -> None:
        self._command = [str(DG), "infill", str(folder / "draft.md"), "-m", str(model), "-q", *more]
        self._variables = {**os.environ, "XDG_CACHE_HOME": str(folder / "kept")}
        self.texts: list[bytes] = []

    def __call__(self) -> dict[str, list[float]]:
        before, started = os.times(), time.perf_counter()
        command = [*self._command, "--seed", str(len(self.texts))]
        self.texts.append(subprocess.run(command, check=True, env=self._variables, stdout=subprocess.PIPE).stdout)
        wall, after = time.perf_counter() - started, os.times()
        processor = sum(after[2:4]) - sum(before[2:4])  # of processes that ended
        return {"wall": [1000 * wall], "processor": [1000 * processor]}


if __name__ == "__main__":
    main()
