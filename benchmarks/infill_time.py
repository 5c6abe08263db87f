"""Wall time of whole commands, start to end: `dg infill` of the example draft, and `dg --help` against a peer's.

    python benchmarks/infill_time.py [--runs 5]

Prints a line for each command with the median, and the ratio of `mlx_lm.generate --help` to `dg --help`.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


def seconds(command: list[str], runs: int) -> list[float]:
    """Wall times of `runs` runs, after one that is not counted."""
    times = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return times[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    commands = {
        "dg infill examples/draft.md": [str(BIN / "dg"), "infill", str(ROOT / "examples/draft.md"), "--seed", "1"],
        "dg --help": [str(BIN / "dg"), "--help"],
        "mlx_lm.generate --help": [str(BIN / "mlx_lm.generate"), "--help"],
    }
    medians = {}
    for name, command in commands.items():
        times = seconds(command, runs)
        medians[name] = statistics.median(times)
        print(f"{name:30} median {medians[name]:.2f} s of {runs} ({min(times):.2f} to {max(times):.2f})")
    print(f"mlx_lm.generate --help / dg --help: {medians['mlx_lm.generate --help'] / medians['dg --help']:.1f}")


if __name__ == "__main__":
    main()
