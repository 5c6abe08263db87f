"""Time of whole commands, start to end, against the help of others, and the time to the first frame.

    python -m benchmarks.start_time [--vlm mlx_vlm.generate] [--lm mlx_lm.generate] [--rounds 7] [--json FILE]

`--vlm` and `--lm` are the commands of an environment that has mlx-vlm and mlx-lm; mlx-lm comes with dg. All commands
run in turns. Printed are medians of wall and processor time (of the process and those it starts), and medians of the
rounds' ratios:

- `dg --help` to `mlx_vlm.generate --help`;
- `dg infill` of a draft of one sentence with the bundled model, start to end, to `mlx_lm.generate --help`;
- to the first frame, and to the first frame of a denoising step, of that `dg infill`, as a part of the whole.
"""

from __future__ import annotations

import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.common.arguments import add_json, described
from benchmarks.common.side_by_side import machine
from dgcli.cli.choose import BUNDLED

DRAFT = "The train was late again, so we waited on the [[?]] and drank coffee from paper cups.\n"
BIN = Path(sys.executable).parent


def main() -> None:
    parser = described(__doc__)
    parser.add_argument("--vlm", help="mlx_vlm.generate of an environment that has it")
    parser.add_argument("--lm", default=str(BIN / "mlx_lm.generate"))
    parser.add_argument("--rounds", type=int, default=7)
    add_json(parser)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "draft.md"
        draft.write_text(DRAFT, encoding="utf-8")
        infill = [str(BIN / "dg"), "infill", str(draft), "-m", str(BUNDLED), "--seed", "1"]
        measures: dict[str, Callable[[], tuple[float, float]]] = {
            "dg --help": lambda: whole([str(BIN / "dg"), "--help"]),
            "dg infill": lambda: whole(infill),
            "dg infill, first frame": lambda: until(infill, rb"reading"),
            "dg infill, first step": lambda: until(infill, rb"step +\d+/"),
            "mlx_lm.generate --help": lambda: whole([options.lm, "--help"]),
        }
        if options.vlm:
            measures["mlx_vlm.generate --help"] = lambda: whole([options.vlm, "--help"])
        rounds = [{name: measure() for name, measure in measures.items()} for _ in range(options.rounds + 1)][1:]
    medians = {
        name: [round(1000 * statistics.median(each[name][clock] for each in rounds)) for clock in (0, 1)]
        for name in measures
    }
    print(f"{'':32} {'wall':>8} {'processor':>12}")
    for name, (wall, processor) in medians.items():
        print(f"{name:32} {wall:5} ms {processor if processor else '':9}{' ms' if processor else ''}")
    pairs = [("mlx_vlm.generate --help", "dg --help")] * bool(options.vlm)
    pairs += [("mlx_lm.generate --help", "dg --help"), ("mlx_lm.generate --help", "dg infill")]
    ratios = {f"{one} / {other}": ratio(rounds, one, other) for one, other in pairs}
    for name, (wall, processor) in ratios.items():
        print(f"{name}: {wall:.2f} (processor {processor:.2f})")
    if options.json:
        found = machine() | {"rounds": options.rounds, "ms": medians, "ratios": ratios}
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def ratio(rounds: list[dict[str, tuple[float, float]]], one: str, other: str) -> list[float]:
    """Of wall and processor time, the median over rounds."""
    return [round(statistics.median(each[one][clock] / each[other][clock] for each in rounds), 3) for clock in (0, 1)]


def whole(command: list[str]) -> tuple[float, float]:
    """Seconds of wall and of processor time that a command takes."""
    before, started = _processor(), time.perf_counter()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started, _processor() - before


def until(command: list[str], sign: bytes, env: dict[str, str] | None = None) -> tuple[float, float]:
    """Seconds until something that matches `sign` is drawn; of processor time nothing is known."""
    started, seen = time.perf_counter(), b""
    process = subprocess.Popen(
        [*command, "--animate", "always"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    while not re.search(sign, seen) and (data := process.stderr.read1()):  # type: ignore[attr-defined]
        seen += data
    seconds = time.perf_counter() - started
    process.communicate()
    return seconds, 0.0


def _processor() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
