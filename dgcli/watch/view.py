"""The ways to show a run, apart from the renderers: the options of commands need no more than these names."""

from __future__ import annotations

from enum import Enum


class View(str, Enum):
    """How a run is shown."""

    text = "text"
    heat = "heat"
    line = "line"


class ThemeName(str, Enum):
    """What config.toml may name."""

    dark = "dark"
    light = "light"
    contrast = "contrast"
    neutral = "neutral"  # for any background


class Colors(str, Enum):
    """How many colours a terminal has."""

    none = "none"
    few = "16"
    many = "256"
    true = "truecolor"
