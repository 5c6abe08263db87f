"""Two programs that run the same checkpoint in turns: what step_time.py and hole_time.py share."""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).parents[1]
PROMPT = list(range(20, 84))  # ids of the encoded prompt: 64 tokens
CLOCKS = ("wall", "processor")


class Worker:
    """A process that keeps a model and answers requests, a line of JSON each."""

    def __init__(self, python: str, script: str, checkpoint: Path) -> None:
        self._process = subprocess.Popen(
            [python, str(BENCHMARKS / script), str(checkpoint)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.about = self._answer()

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"{self._process.args} ended with status {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def in_turns(
    sides: dict[str, Callable[[], dict[str, list[float]]]], rounds: int, base: str
) -> dict[str, dict[str, Any]]:
    """Ask every side once a round, in changing order: medians of all steps, and of the rounds' ratios to `base`.

    A round before the first is not counted: it warms up.
    """
    steps: dict[str, dict[str, list[float]]] = {name: {clock: [] for clock in CLOCKS} for name in sides}
    ratios: dict[str, dict[str, list[float]]] = {name: {clock: [] for clock in CLOCKS} for name in sides}
    for number in range(-1, rounds):
        order = list(sides)[:: 1 if number % 2 else -1]
        answers = {name: sides[name]() for name in order}
        line = ", ".join(f"{name} {statistics.median(answers[name]['wall']):.0f} ms" for name in sides)
        print(f"round {number + 1}: {line}", file=sys.stderr, flush=True)
        if number < 0:
            continue
        for name in sides:
            for clock in CLOCKS:
                steps[name][clock] += answers[name][clock]
                ratio = statistics.median(answers[name][clock]) / statistics.median(answers[base][clock])
                ratios[name][clock].append(ratio)
    return {
        name: {
            clock: {
                "ms": round(statistics.median(steps[name][clock]), 1),
                "ratio": round(statistics.median(ratios[name][clock]), 3),
                "ratios": [round(ratio, 3) for ratio in ratios[name][clock]],
            }
            for clock in CLOCKS
        }
        for name in sides
    }


def show(found: dict[str, dict[str, Any]], base: str, what: str = "one step") -> None:
    print(f"{what:44} {'wall':>8} {'ratio':>6}   {'processor':>9} {'ratio':>6}   (ratios to {base})")
    for name, figures in found.items():
        wall, processor = figures["wall"], figures["processor"]
        print(
            f"{name:44} {wall['ms']:5.0f} ms {wall['ratio']:6.3f}   {processor['ms']:6.0f} ms {processor['ratio']:6.3f}"
        )


def machine() -> dict[str, Any]:
    return {"machine": platform.machine(), "system": platform.system(), "cores": len(_cores())}


def _cores() -> list[int]:
    import os

    affinity = getattr(os, "sched_getaffinity", None)
    return sorted(affinity(0)) if affinity else list(range(os.cpu_count() or 1))
