"""Whether a long-lived process stays as fast and as small as it began: many generations, one after the other.

    python -m benchmarks.flat [-m MODEL] [--runs 25] [--steps 16] [--json FILE]

Every run writes a canvas from the same prompt and fills the same hole, with the same seed, so all do the same work.
Printed are the last run's time as a part of the first's (wall and processor time; of the median of the last three and
the first three, which says more on a busy machine), and resident memory after the last as a part of that after the
first.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import dgcli
from benchmarks.common.arguments import add_json, add_model, described
from benchmarks.common.side_by_side import machine

DRAFT = "The train was late again, so we waited on the [[?]] and drank coffee from paper cups.\n"
PROMPT = "Write a few sentences about a train that was late."


def main() -> None:
    parser = described(__doc__)
    add_model(parser)
    parser.add_argument("--runs", type=int, default=25)
    parser.add_argument("--steps", type=int, default=16)
    add_json(parser)
    options = parser.parse_args()
    model = dgcli.load(options.model)
    wall, processor, memory = [], [], []
    for number in range(options.runs):
        started, before = time.perf_counter(), time.process_time()
        dgcli.generate(model, PROMPT, seed=1, max_tokens=model.canvas_length, steps=options.steps)
        dgcli.infill(model, DRAFT, seed=1, steps=options.steps)
        wall.append(time.perf_counter() - started)
        processor.append(time.process_time() - before)
        memory.append(resident())
        print(f"run {number + 1}: {wall[-1]:.2f} s, {memory[-1] / 2**20:.1f} MiB", file=sys.stderr, flush=True)
    found = {
        "runs": options.runs,
        "wall_last_of_first": wall[-1] / wall[0],
        "wall_last_three_of_first_three": of_three(wall),
        "processor_last_of_first": processor[-1] / processor[0],
        "processor_last_three_of_first_three": of_three(processor),
        "memory_last_of_first": memory[-1] / memory[0],
        "memory_first_mib": memory[0] / 2**20,
        "memory_last_mib": memory[-1] / 2**20,
    }
    for name, value in found.items():
        print(f"{name:38} {value:.3f}" if isinstance(value, float) else f"{name:38} {value}")
    if options.json:
        found |= machine() | {"wall_s": wall, "processor_s": processor, "memory_bytes": memory}
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def of_three(values: list[float]) -> float:
    return statistics.median(values[-3:]) / statistics.median(values[:3])


def resident() -> int:
    """Bytes of memory that this process holds now."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        asked = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, check=True)
        return int(asked.stdout) * 1024
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
