"""The names of profiles, which trade quality for time (docs/samplers.md), and which one a command has by default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Command = Literal["infill", "restyle", "generate"]
ProfileName = Literal["fast", "balanced", "best", "reference"]
USUAL: Mapping[Command, ProfileName] = {"infill": "balanced", "restyle": "reference", "generate": "reference"}
