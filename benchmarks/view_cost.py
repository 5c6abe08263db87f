"""What watching costs: paired runs of `dg infill`, drawn on a terminal against `--animate never`.

    python -m benchmarks.view_cost [FILE] [-m MODEL] [--pairs 9] [--view text|heat|line]

Both runs of a pair have stderr on a pseudo-terminal whose other end reads everything, the same seed, and follow each
other in changing order. Prints the median of the pairs' ratios of wall time and of processor time (which says more on a
busy machine), and the time within a run that went into drawing; says if a result differed.
"""

from __future__ import annotations

import fcntl
import os
import pty
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common.arguments import described, read_lines

ROOT = Path(__file__).parent.parent
DG = [sys.executable, "-c", "from dgcli.cli.app import main; main()"]


@dataclass(frozen=True)
class Run:
    """One run: seconds of wall and of processor time, what came out on stdout, bytes that went to the terminal."""

    wall: float
    processor: float
    result: bytes
    drawn: int


def run(arguments: list[str]) -> Run:
    """Run `dg` with its stderr on a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen = [0]

    def read() -> None:
        try:
            while data := os.read(ours, 65536):
                seen[0] += len(data)
        except OSError:
            return  # the other end is closed

    reader = threading.Thread(target=read)
    reader.start()
    started = time.perf_counter()
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    process = subprocess.Popen([*DG, *arguments], stdout=subprocess.PIPE, stderr=theirs, env=environment)
    assert process.stdout is not None
    result = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        sys.exit(f"dg ended with status {status}")
    os.close(theirs)
    reader.join()
    os.close(ours)
    return Run(seconds, usage.ru_utime + usage.ru_stime, result, seen[0])


def main() -> None:
    parser = described(__doc__)
    parser.add_argument("file", nargs="?", default=str(ROOT / "examples/draft.md"))
    parser.add_argument("-m", "--model")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--view", default="text")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    command = ["infill", options.file, "--seed", options.seed, *(["-m", options.model] if options.model else [])]
    silent, shown = [*command, "--animate", "never"], [*command, "--view", options.view]
    wall, processor, results, drawn = [], [], set(), []
    run(silent)  # so that files are in memory
    for pair in range(options.pairs):
        runs = {}
        for name, arguments in [("silent", silent), ("shown", shown)][:: 1 if pair % 2 else -1]:
            runs[name] = run(arguments)
            results.add(runs[name].result)
        drawn.append(runs["shown"].drawn)
        wall.append(runs["shown"].wall / runs["silent"].wall)
        processor.append(runs["shown"].processor / runs["silent"].processor)
        print(f"pair {pair + 1}: silent {runs['silent'].wall:.2f} s, shown {runs['shown'].wall:.2f} s", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "t.jsonl"
        run([*shown, "--record", str(trace)])
        lines = read_lines(trace)
    drawing, whole = lines[-1]["drawing_ms"], max(line.get("at", 0) for line in lines)
    for name, ratios in (("wall", wall), ("processor", processor)):
        spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
        print(f"shown / silent, {name} time: median {statistics.median(ratios):.3f} ({spread}) of {len(ratios)} pairs")
    print(f"drawn: {statistics.median(drawn) / 1000:.0f} kB")
    print(f"drawing within the run: {drawing:.0f} ms of {whole:.0f} ms, {100 * drawing / whole:.1f}%")
    print("the results are the same" if len(results) == 1 else f"{len(results)} DIFFERENT results")
    sys.exit(len(results) != 1)


if __name__ == "__main__":
    main()
