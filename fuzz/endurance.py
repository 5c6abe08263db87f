"""Whether `dg` stays as small and as quick as it began: mixed work for as long as is asked for, in two ways.

`python -m fuzz.endurance --minutes 60` runs half of the time through the Python interface, in one process, and half of
it whole commands, one after the other, as a shell would. At intervals it prints a line: rounds, memory, open handles
and threads of this process, seconds per round; of the commands their largest memory, and what they left behind in the
folder and in the folder for temporary files. At the end it says by how much each grew from the second fifth of the
lines to the last, and exits with 1 if memory grew by more than 10 % or handles, threads or files grew at all.

The model is the bundled one unless --model names another. On a machine that does other things, only memory, handles
and files say something.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median

import dgcli
from dgcli.cli.choose import BUNDLED
from dgcli.errors import DgError
from dgcli.watch.export.page import page
from dgcli.watch.recording import read_trace
from dgcli.watch.timeline import Timeline
from dgcli.watch.trace import Trace

DRAFT = "The mill stands [[?]] the river.\n\nIt was built [[?~4 when]] and burned down [[?]].\n"
LETTER = "hey, can't make it today.\n\n- gonna be late\n- dunno why\n\n    code stays\n"
COMMANDS = (
    ("infill", "-i", "draft.md"),
    ("infill", "draft2.md", "-o", "done.md", "--record", "run.jsonl"),
    ("restyle", "letter.md", "--register", "formal", "--strength", "0.2", "-o", "formal.md"),
    ("generate", "A line about rain", "--max-tokens", "16", "--steps", "4"),
    ("replay", "run.jsonl", "--export", "run.html", "-f"),
    ("explain", "run.jsonl"),
    ("infill", "letter.md"),  # has no mark: an error
    ("generate", "x", "-m", "nowhere"),
    ("models",),
)


@dataclass(frozen=True)
class Figures:
    """What is looked at after each round."""

    memory: float  # MiB
    handles: int
    threads: int
    files: int
    seconds: float

    def line(self, rounds: int, minutes: float) -> str:
        return (
            f"{minutes:6.1f} min  {rounds:5} rounds  {self.memory:7.1f} MiB  {self.handles:3} handles  "
            f"{self.threads:2} threads  {self.files:3} files  {self.seconds:6.2f} s per round"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, help="of both parts together")
    parser.add_argument("--every", type=float, default=30.0, help="seconds between two lines")
    parser.add_argument("--model", type=Path, default=BUNDLED)
    options = parser.parse_args()
    grew = False
    with tempfile.TemporaryDirectory() as place:
        os.environ.update(DG_MODEL=str(options.model), TMPDIR=place)
        folder = Path(place, "work")
        folder.mkdir()
        for title, rounds in (
            ("one process", in_one_process(options.model, folder)),
            ("commands, one after the other", as_commands(folder)),
        ):
            print(title, flush=True)
            lines = watch(rounds, 30 * options.minutes, options.every, lambda: count_files(Path(place)))
            grew |= verdict(lines)
    return int(grew)


def watch(
    rounds: Iterator[tuple[float, int, int]], seconds: float, every: float, files: Callable[[], int]
) -> list[Figures]:
    """Run rounds, each of which tells memory, handles and threads, and print the medians of each interval."""
    lines: list[Figures] = []
    begun = shown = time.monotonic()
    found: list[Figures] = []
    for number in count(1):
        started = time.monotonic()
        memory, handles, threads = next(rounds)
        now = time.monotonic()
        found.append(Figures(memory, handles, threads, files(), now - started))
        if now - shown >= every or now - begun >= seconds:
            rows = ((each.memory, each.handles, each.threads, each.files, each.seconds) for each in found)
            memory, handles, threads, there, each_round = map(median, zip(*rows, strict=True))
            lines.append(Figures(memory, int(handles), int(threads), int(there), each_round))
            print(lines[-1].line(number, (now - begun) / 60), flush=True)
            found, shown = [], now
        if now - begun >= seconds:
            return lines
    raise AssertionError("count() has no end")


def verdict(lines: Sequence[Figures]) -> bool:
    """Say what grew from the second fifth of the lines to the last; whether it is too much."""
    fifth = max(1, len(lines) // 5)
    early, late = lines[fifth : 2 * fifth] or lines[:1], lines[-fifth:]
    memory = median(each.memory for each in late) / median(each.memory for each in early) - 1
    handles, threads, files = (
        int(median(getattr(each, name) for each in late) - median(getattr(each, name) for each in early))
        for name in ("handles", "threads", "files")
    )
    print(f"grown by {100 * memory:.1f} % of memory, {handles} handles, {threads} threads, {files} files", flush=True)
    return memory > 0.1 or max(handles, threads, files) > 0


def in_one_process(model_folder: Path, folder: Path) -> Iterator[tuple[float, int, int]]:
    """Rounds of all tasks through the Python interface; every tenth reads the model anew."""
    model = dgcli.load(model_folder)
    for number in count():
        if number % 10 == 9:
            model = dgcli.load(model_folder)
        dgcli.infill(model, DRAFT, seed=number, alternatives=1 + number % 3, steps=6)
        dgcli.restyle(model, LETTER, "formal", seed=number, steps=6)
        trace = folder / "run.jsonl"
        prompt = "Rain " * (1 + number % 50)
        with Trace(trace, {"command": "generate", "model": "m", "seed": number}, model.tokenizer.piece) as record:
            made = dgcli.generate(model, prompt, seed=number, max_tokens=16, steps=6, show=record.show)
            record.finish({"result": made.text, "stop_reason": made.stop_reason})
        page(Timeline(read_trace(trace)), title="dg", details="")
        trace.unlink()
        with suppress(DgError):
            dgcli.infill(model, "no mark", seed=1)
        with suppress(DgError):
            dgcli.load(folder)
        gc.collect()
        yield resident(os.getpid()), len(os.listdir("/dev/fd")), threading.active_count()


def as_commands(folder: Path) -> Iterator[tuple[float, int, int]]:
    """Rounds of whole commands; the memory is that of the largest."""
    start = (sys.executable, "-c", "from dgcli.cli.app import main; main()")
    while True:
        largest = 0.0
        (folder / "draft.md").write_text(DRAFT)
        (folder / "draft2.md").write_text(DRAFT)
        (folder / "letter.md").write_text(LETTER)
        for command in COMMANDS:
            quiet = subprocess.DEVNULL
            process = subprocess.Popen([*start, *command], cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet)
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = 0
            largest = max(largest, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10))
        yield largest, len(os.listdir("/dev/fd")), threading.active_count()


def resident(process: int) -> float:
    """MiB of memory that a process has."""
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, check=True).stdout
    return int(said) / 2**10


def count_files(place: Path) -> int:
    return sum(len(names) for _, _, names in os.walk(place))


if __name__ == "__main__":
    sys.exit(main())
