"""What is worth more in a run, time or quality, by name (docs/samplers.md); and what commands do that are not told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Command = Literal["infill", "restyle", "generate"]
ProfileName = Literal["fast", "balanced", "best", "reference"]
USUAL: Mapping[Command, ProfileName] = {"infill": "balanced", "restyle": "reference", "generate": "reference"}
