"""How a run may be shown. By itself, for the options of commands name it and need nothing else of the renderers."""

from __future__ import annotations

from enum import Enum


class View(str, Enum):
    """How a run is shown."""

    text = "text"
    heat = "heat"
    line = "line"
