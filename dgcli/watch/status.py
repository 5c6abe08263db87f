"""The two lines below the document: which part of it is shown, what the looks mean, how far the run is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from dgcli.watch.rows import Run
from dgcli.watch.scene import Numbers
from dgcli.watch.width import columns, cut

_BARS = "▁▂▃▄▅▆▇█"
_SPARK, _SHORT = 12, 6  # columns of the sparkline, and where there is little room
STATES = (("noise", "."), ("changed", "!"), ("accepted", "+"), ("settled", "="))
TRIED = (("tried", "?"),)


@dataclass(frozen=True)
class Item:
    """A piece of the status line; where there is no room, those of high rank go first."""

    text: str
    tag: str
    rank: int


def status(numbers: Numbers, width: int) -> tuple[Run, ...]:
    """The status line: as many of its items as fit."""
    items = _closing(numbers) if numbers.done else _running(numbers)
    while len(items) > 1 and sum(columns(item.text) for item in items) + 2 * (len(items) - 1) > width:
        last = max(items, key=lambda item: item.rank)
        if last.tag == "spark" and len(last.text) > _SHORT:
            items[items.index(last)] = Item(sparkline(numbers.entropies, _SHORT), last.tag, last.rank)
        else:
            items.remove(last)
    runs: list[Run] = []
    for item in items:
        runs += [Run("  ", "status")] if runs else []
        runs.append(Run(cut(item.text, width), item.tag))
    return tuple(runs)


def rule(crop: str, width: int, gutter: int, *, heat: bool, signs: bool, tried: bool) -> tuple[Run, ...]:
    """The line between text and status: the lines that are shown on the left, the legend on the right."""
    edge = "─" * (gutter - 2) + "┴─" if gutter else ""
    left = f"{edge}─ {crop} " if crop else edge
    if columns(left) > width:
        return (Run("─" * width, "rule"),)
    legend = _heat_legend() if heat and not tried else _legend(TRIED if tried else STATES, signs)
    room = width - columns(left) - sum(run.width for run in legend) - 3
    if room < 0:
        return (Run(left + "─" * (width - columns(left)), "rule"),)
    return (Run(left + "─" * room + " ", "rule"), *legend, Run(" ─", "rule"))


def sparkline(values: Sequence[float], most: int = _SPARK) -> str:
    """Values as bars, on a scale from 0 to the largest; at most so many, the last one always."""
    if len(values) > most:
        values = [values[round(index * (len(values) - 1) / (most - 1))] for index in range(most)]
    top = max(values, default=0.0)
    return "".join(_BARS[min(7, int(8 * value / top))] if top > 0 else _BARS[0] for value in values)


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    whole = int(seconds)
    return (
        f"{whole // 60}:{whole % 60:02}" if whole < 3600 else f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
    )


def _names(numbers: Numbers) -> tuple[str, str]:
    """What a hole is called, and what is done to it."""
    return ("block", "rewritten") if numbers.rewrites else ("hole", "filled")


def _running(numbers: Numbers) -> list[Item]:
    name, done = _names(numbers)
    hole = [Item(f"{name} {numbers.hole}/{numbers.holes}", "strong", 1)] if numbers.hole and numbers.holes > 1 else []
    if (trial := numbers.trial) is not None:
        doing = f"{trial.doing.value}, text {trial.which} of {trial.count}"
        return [*hole, Item(doing, "status", 0), Item(clock(numbers.seconds), "status", 4)]
    if not numbers.step:
        doing = done if numbers.filled else "reading the text"
        return [*hole, Item(doing, "status", 0), Item(clock(numbers.seconds), "status", 4)]
    items = [
        *hole,
        *([Item("overtaken", "strong", 1)] if numbers.overtaken else []),
        Item(f"step {numbers.step:>{len(str(numbers.of))}}/{numbers.of}", "strong", 0),
        Item(sparkline(numbers.entropies), "spark", 3),
        Item(f"{exp(-numbers.entropy):.0%} sure", "status", 5),
        Item(f"{numbers.open} of {numbers.free} open", "status", 2),
    ]
    if numbers.rate > 0:
        items.append(Item(f"{_rate(numbers)} tokens/s", "status", 4))
    if numbers.passes:
        items.append(Item(f"{numbers.per_pass:.1f} tokens/step", "status", 4))
    items.append(Item(clock(numbers.seconds), "status", 6))
    if len(numbers.lengths) > 1 and min(numbers.lengths):
        lengths = f"{min(numbers.lengths)} to {max(numbers.lengths)}"
        items.append(Item(f"best of {len(numbers.lengths)}, {lengths} tokens", "status", 7))
    return items


def _closing(numbers: Numbers) -> list[Item]:
    name, done = _names(numbers)
    holes = [Item(f"{numbers.holes} {name}{'s' * (numbers.holes != 1)} {done}", "strong", 1)] if numbers.hole else []
    return [
        *(holes or [Item("done", "strong", 1)]),
        *([Item(f"{numbers.tokens} tokens", "status", 2)] if numbers.tokens else []),
        *([Item(f"{_rate(numbers)} tokens/s", "status", 3)] if numbers.rate > 0 else []),
        *([Item(f"{numbers.per_pass:.2f} tokens/step", "status", 3)] if numbers.passes else []),
        Item(clock(numbers.seconds), "status", 4),
    ]


def _rate(numbers: Numbers) -> str:
    return f"{numbers.rate:.0f}" if numbers.rate >= 10 else f"{numbers.rate:.1f}"


def _heat_legend() -> list[Run]:
    return [Run("sure ", "rule"), *(Run(str(level), f"heat{level}") for level in range(10)), Run(" unsure", "rule")]


def _legend(states: Sequence[tuple[str, str]], signs: bool) -> list[Run]:
    runs: list[Run] = []
    for name, sign in states:
        runs += [Run(" ", "rule")] if runs else []
        runs.append(Run(f"{sign} {name}" if signs else name, name))
    return runs
