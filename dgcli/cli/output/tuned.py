"""What a run of `dg tune` came to, on stdout: as text for people, and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dgcli.platform.environment import visible
from dgcli.tune.report import Report, facts
from dgcli.watch.plot import bars

_WIDTH, _HEIGHT, _TEXT = 60, 6, 76
_AROUND = 60  # characters of a text on each side of a hole


def text_of(report: Report) -> str:
    """The facts, the held-out losses as bars, and the samples."""
    return visible("\n".join(_lines(report)) + "\n")


def json_of(report: Report, folder: Path) -> dict[str, Any]:
    """The same as `--json` prints it."""
    return {
        "folder": str(folder),
        "ending": report.ending,
        **asdict(report.origin),
        "held_out_losses": [[point.step, point.loss] for point in report.curve.held_out],
        "samples": [
            {
                "text": each.sample.text,
                "behind": each.sample.behind,
                "hint": each.sample.hint,
                "register": each.sample.register,
                "before": each.before,
                "after": each.after,
                "wanted": each.sample.wanted,
            }
            for each in report.shown
        ],
    }


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.name}: what {report.origin.model} learned"
    for name, value in facts(report):
        yield f"{name:>16}  {value}"
    losses = [point.loss for point in report.curve.held_out]
    if len(losses) > 1:
        yield ""
        yield from bars(losses, width=_WIDTH, height=_HEIGHT)
    for number, each in enumerate(report.shown, start=1):
        sample = each.sample
        text = sample.text if sample.register else f"…{sample.text[-_AROUND:]}{sample.mark}{sample.behind[:_AROUND]}…"
        yield ""
        yield from _row(f"{number}", text)
        yield from _row("before", each.before)
        yield from _row("after", each.after)
        yield from _row("yours", sample.wanted)


def _row(name: str, text: str) -> list[str]:
    lead = f"{name:>8}  "
    wrapped = textwrap.wrap(" ".join(text.split()), _TEXT - len(lead)) or ["(nothing)"]
    return [f"{lead}{wrapped[0]}", *(f"{'':{len(lead)}}{line}" for line in wrapped[1:])]
