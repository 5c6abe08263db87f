"""Pictures of figures, as SVG by matplotlib: `pip install 'dgcli[bench]'`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Line(NamedTuple):
    """Points that belong together."""

    label: str
    x: Sequence[float]
    y: Sequence[float]


class Panel(NamedTuple):
    """A diagram, with the names of its axes."""

    x: str
    y: str
    lines: Sequence[Line]


def draw(path: Path, panels: Sequence[Panel]) -> None:
    """Panels side by side with one legend for all; equal figures give an equal file."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "dg", "font.size": 8})
    from matplotlib import pyplot

    columns = min(len(panels), 2)
    height = -(-len(panels) // columns)
    figure, axes = pyplot.subplots(
        height, columns, figsize=(4 * columns, 2.8 * height + 0.4), layout="constrained", squeeze=False
    )
    for axis, panel in zip(axes.flat, panels, strict=True):
        for index, line in enumerate(panel.lines):
            axis.plot(line.x, line.y, marker="os^vDPX"[index % 7], markersize=4, linewidth=1, label=line.label)
        axis.set(xlabel=panel.x, ylabel=panel.y)
        axis.grid(alpha=0.3)
    handles, names = axes[0][0].get_legend_handles_labels()
    if len(names) > 1:
        figure.legend(handles, names, loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, metadata={"Date": None})
