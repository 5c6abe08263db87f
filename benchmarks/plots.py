"""Pictures of figures, as SVG by matplotlib: `pip install 'dgcli[bench]'`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Line(NamedTuple):
    """Points that belong together."""

    label: str
    x: Sequence[float]
    y: Sequence[float]


def draw(path: Path, panels: Mapping[str, Sequence[Line]], x_label: str | Sequence[str]) -> None:
    """Panels side by side, named by their y axes; equal figures give an equal file."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "dg", "font.size": 8})
    from matplotlib import pyplot

    labels = [x_label] * len(panels) if isinstance(x_label, str) else x_label
    figure, axes = pyplot.subplots(1, len(panels), figsize=(4 * len(panels), 3.2), layout="constrained", squeeze=False)
    for axis, (y_label, lines), label in zip(axes[0], panels.items(), labels, strict=True):
        for index, line in enumerate(lines):
            axis.plot(line.x, line.y, marker="os^vDPX"[index % 7], markersize=4, linewidth=1, label=line.label)
        axis.set(xlabel=label, ylabel=y_label)
        axis.grid(alpha=0.3)
    handles, names = axes[0][0].get_legend_handles_labels()
    if len(names) > 1:
        figure.legend(handles, names, loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, metadata={"Date": None})
