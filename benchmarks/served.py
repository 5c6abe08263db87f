"""What `dg serve` saves, and whether it stays as quick and as small as it began.

    python -m benchmarks.served [-m MODEL] [--rounds 5] [--requests 1000] [--json FILE]

First `dg infill` of drafts with one hole each, as whole commands in turns: one asks a server that was started for this,
the other loads the model. Both have to come to the same. Printed are medians of wall time and of the rounds' ratios;
of the first draft also until the first frame of a denoising step is drawn.

Then requests in a row over the socket, of the shortest draft, each with another seed. Printed are the median time of
the last tenth as a part of that of the second tenth, as the first warms up; the most memory since then as a part of the
least; and how many handles the server had. Memory and handles are what Linux tells.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.common.arguments import add_json, add_model, described
from benchmarks.common.side_by_side import machine
from benchmarks.start_time import until
from dgcli.serve.client import Client
from dgcli.serve.places import socket_in

DRAFTS = {
    "one word": "The cat [[?~1]] the mat.\n",
    "any length": "The cat [[?]] the mat.\n",
    "twelve words": "We cannot come on Monday, because [[?~12]]. Please choose another day.\n",
    "one word after 250": f"{'The meeting was long. ' * 60}In the end we all [[?~1]] to go home.\n",
}
_STEP = rb"step +\d+/"
DG = (sys.executable, "-m", "dgcli")


def main() -> None:
    parser = described(__doc__)
    add_model(parser)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=1000)
    add_json(parser)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dg") as home, serving(options.model, Path(home)) as process:
        pairs = {name: in_turns(draft, options.model, home, options.rounds) for name, draft in DRAFTS.items()}
        pairs["until the first step"] = until_first_step(options.model, Path(home), options.rounds)
        for name, rounds in pairs.items():
            served, loaded = (statistics.median(each[side] for each in rounds) for side in (0, 1))
            ratio = statistics.median(with_it / without for with_it, without in rounds)
            print(f"{name:20} {served:.2f} s with the server, {loaded:.2f} s without: {ratio:.2f}")
        found = in_a_row(Client(socket_in(Path(home, "dg"))), process, options.requests)
    for name, value in found.items():
        print(f"{name:20} {value}")
    if options.json:
        options.json.write_text(json.dumps(found | {"commands": pairs} | machine(), indent=1) + "\n", encoding="utf-8")


@contextmanager
def serving(model: Path, home: Path) -> Iterator[int]:
    """A server of its own; its process."""
    with subprocess.Popen([*DG, "serve", "-m", str(model), "-q"], env=variables(home)) as process:
        try:
            while not socket_in(home / "dg").exists() and process.poll() is None:
                time.sleep(0.1)
            yield process.pid
        finally:
            process.terminate()


def variables(home: Path | str) -> dict[str, str]:
    return {**os.environ, "XDG_RUNTIME_DIR": str(home), "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)}


def in_turns(draft: str, model: Path, home: str, rounds: int) -> list[tuple[float, float]]:
    """Seconds of each round, with the server and without."""
    found = []
    for seed in range(rounds):
        asked = [*DG, "infill", "-", "-m", str(model), "--seed", str(seed)]
        (served, one), (loaded, other) = command(asked, draft, home), command([*asked, "--no-server"], draft, home)
        assert one == other, "the server writes something else"
        found.append((served, loaded))
    return found


def until_first_step(model: Path, home: Path, rounds: int) -> list[tuple[float, float]]:
    """Seconds of each round until one is seen, with the server and without."""
    (draft := home / "draft.md").write_text(DRAFTS["one word"], encoding="utf-8")
    asked, env = [*DG, "infill", str(draft), "-m", str(model), "--seed", "1"], variables(home)
    return [(until(asked, _STEP, env)[0], until([*asked, "--no-server"], _STEP, env)[0]) for _ in range(rounds)]


def command(asked: list[str], draft: str, home: str) -> tuple[float, tuple[int, bytes]]:
    """Seconds, exit code and what was printed."""
    started = time.perf_counter()
    done = subprocess.run(asked, input=draft.encode(), env=variables(home), capture_output=True, check=False)
    return time.perf_counter() - started, (done.returncode, done.stdout)


def in_a_row(client: Client, process: int, requests: int) -> dict[str, Any]:
    """Times, memory and handles of so many requests."""
    spent, memory, handles = [], [], set()
    for seed in range(requests):
        started = time.perf_counter()
        client.infill(DRAFTS["one word"], seed=seed)
        spent.append(time.perf_counter() - started)
        memory.append(resident(process))
        handles.add(len(os.listdir(f"/proc/{process}/fd")))
    tenth = max(1, requests // 10)
    last, second = (statistics.median(spent[part]) for part in (slice(-tenth, None), slice(tenth, 2 * tenth)))
    return {
        "requests": requests,
        "time_last_of_second": round(last / second, 3),
        "memory_most_of_least": round(max(memory[tenth:]) / min(memory[tenth:]), 3),
        "memory_mib": round(memory[-1] / 2**20, 1),
        "handles": sorted(handles),
    }


def resident(process: int) -> int:
    """Bytes of memory that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
