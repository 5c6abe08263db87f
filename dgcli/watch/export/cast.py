"""A run as a terminal recording in the format of asciinema, version 2."""

from __future__ import annotations

import json

from dgcli.watch.export.frames import shots
from dgcli.watch.picture import Look
from dgcli.watch.screen import draw
from dgcli.watch.theme import Theme
from dgcli.watch.timeline import Timeline


def cast(timeline: Timeline, look: Look, *, theme: Theme, title: str, speed: float) -> str:
    """JSON lines: a header, then `[seconds, "o", what the terminal gets]`."""
    header = {
        "version": 2,
        "width": look.width + 1,  # as on a terminal, the last column is left free
        "height": look.height,
        "title": title,
        "env": {"TERM": "xterm-256color"},
    }
    lines = [json.dumps(header, ensure_ascii=False)]
    at = 0.0
    before = "\x1b[?25l"
    for shot in shots(timeline, look, speed=speed, per_second=30):
        body = "\x1b[K\r\n".join(line.data for line in draw(shot.picture, theme))
        lines.append(json.dumps([round(at, 6), "o", f"{before}\x1b[H{body}\x1b[K\x1b[J"], ensure_ascii=False))
        at += shot.seconds
        before = ""
    lines.append(json.dumps([round(at, 6), "o", "\r\n\x1b[?25h"]))
    return "\n".join((*lines, ""))
