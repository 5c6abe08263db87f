"""A run as text: one frame after the other, as `--animate always` writes them into a pipe."""

from __future__ import annotations

from dgcli.watch.picture import Look, picture
from dgcli.watch.timeline import Timeline


def plain(timeline: Timeline, look: Look) -> str:
    """Every frame, and an empty line after each."""
    return "".join(
        "\n".join((*(line.rstrip() for line in picture(scene, look).lines), "", "")) for _, scene in timeline
    )
