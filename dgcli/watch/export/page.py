"""A run as one HTML file that plays in a browser, without a network."""

from __future__ import annotations

import json
import re
from html import escape
from importlib.resources import files
from typing import Any

from dgcli.platform.environment import visible
from dgcli.watch.export.frames import LONGEST, SHORTEST
from dgcli.watch.frames import Cell, State
from dgcli.watch.page import level
from dgcli.watch.scene import Around, Numbers, Scene
from dgcli.watch.theme import hex_colors
from dgcli.watch.timeline import Stop, Timeline
from dgcli.watch.view import ThemeName

_SLOT = re.compile(r"<!--([A-Z]+)-->|/\*([A-Z]+)\*/")
_FAR = 4000  # characters on each side of a hole that the page has


def page(timeline: Timeline, *, title: str, details: str) -> str:
    """The file. Texts of the run are data in it, never markup or script."""
    around: list[dict[str, Any]] = []
    known: dict[int, int] = {}
    kept: list[Around] = []  # so that an id is never used twice
    frames: list[dict[str, Any]] = []
    for stop, scene in timeline:
        if id(scene.around) not in known:
            known[id(scene.around)] = len(around)
            around.append(_around(scene.around))
            kept.append(scene.around)
        frames.append(_frame(stop, scene, known[id(scene.around)]))
    data = json.dumps(
        {
            "around": around,
            "frames": frames,
            "holes": list(timeline.holes),
            "longest": 1000 * LONGEST,
            "shortest": 1000 * SHORTEST,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
    template = files("dgcli.watch.export").joinpath("player.html").read_text(encoding="utf-8")
    values = {
        "TITLE": escape(title),
        "DETAILS": escape(details),
        "DARK": _colors(ThemeName.dark),
        "LIGHT": _colors(ThemeName.light),
        "DATA": data.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
    }
    return _SLOT.sub(lambda match: values[match.group(1) or match.group(2)], template)


def _around(around: Around) -> dict[str, Any]:
    before = [[visible_text(patch.text), patch.tag] for patch in around.before]
    after = [[visible_text(patch.text), patch.tag] for patch in around.after]
    left = _FAR
    for patch in reversed(before):
        patch[0], left = patch[0][max(0, len(patch[0]) - left) :] if left else "", max(0, left - len(patch[0]))
    right = _FAR
    for patch in after:
        patch[0], right = patch[0][:right], max(0, right - len(patch[0]))
    return {
        "before": [patch for patch in before if patch[0]],
        "mark": visible_text(around.mark),
        "after": [patch for patch in after if patch[0]],
    }


def _frame(stop: Stop, scene: Scene, around: int) -> dict[str, Any]:
    numbers = scene.numbers
    return {
        "ms": round(stop.ms, 1),
        "a": around,
        "canvas": stop.step.canvas if stop.step is not None else None,
        "step": numbers.step,
        "hole": numbers.hole,
        "status": _status(numbers),
        "e": round(numbers.entropy, 4),
        "cells": [[_cell_text(cell), cell.state.value, _shade(cell)] for cell in scene.cells],
    }


def _shade(cell: Cell) -> int | None:
    return None if cell.state is State.TRIED else level(cell.entropy)


def _cell_text(cell: Cell) -> str:
    text = cell.text
    if cell.state is State.NOISE:
        return visible(text).replace("\n", "␊") or "·"
    return visible_text(text)


def visible_text(text: str) -> str:
    """A text that keeps its newlines and tabs, and shows what else could steer something."""
    return "\t".join(visible(part) for part in text.split("\t"))


def _status(numbers: Numbers) -> str:
    hole = f"hole {numbers.hole} of {numbers.holes}" if numbers.holes > 1 and numbers.hole else ""
    if numbers.done:
        doing = "done"
    elif numbers.trial is not None:
        doing = f"{numbers.trial.doing.value}, text {numbers.trial.which} of {numbers.trial.count}"
    elif not numbers.step:
        doing = "filled" if numbers.filled else "beginning"
    else:
        doing = f"step {numbers.step} of {numbers.of} · {numbers.open} of {numbers.free} tokens open"
    return " · ".join(part for part in ("" if numbers.done else hole, doing, f"{numbers.seconds:.1f} s") if part)


def _colors(theme: ThemeName) -> str:
    rules = []
    for tag, look in hex_colors(theme).items():
        color = f"--{tag}:{look['color']};" if "color" in look else ""
        ground = f"--{tag}-ground:{look['background']};" if "background" in look else ""
        rules.append(color + ground)
    return "".join(rules)
