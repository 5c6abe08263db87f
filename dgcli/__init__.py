"""Fill holes in text with DiffusionGemma.

    import dgcli

    model = dgcli.load("path/to/checkpoint")
    print(dgcli.infill(model, "The cat [[?]] the mat.", seed=1).text)

What is named here is the public interface; it is imported when it is first used, so that `dg --help` stays quick.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as that of typing, which takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from dgcli.api import generate, infill, restyle
    from dgcli.diffusion import DenoiseSettings, Draws, PhiloxDraws, Predict, denoise
    from dgcli.engine.loading import LoadedModel, load
    from dgcli.errors import DgError, InputError, ModelError, UsageError
    from dgcli.events import Canvas, CanvasStart, Step

_HOMES = {
    "LoadedModel": "dgcli.engine.loading",
    "generate": "dgcli.api",
    "infill": "dgcli.api",
    "load": "dgcli.engine.loading",
    "restyle": "dgcli.api",
    "Canvas": "dgcli.events",
    "CanvasStart": "dgcli.events",
    "Step": "dgcli.events",
    "Draws": "dgcli.diffusion",
    "PhiloxDraws": "dgcli.diffusion",
    "Predict": "dgcli.diffusion",
    "denoise": "dgcli.diffusion",
    "DgError": "dgcli.errors",
    "InputError": "dgcli.errors",
    "ModelError": "dgcli.errors",
    "UsageError": "dgcli.errors",
    "DenoiseSettings": "dgcli.diffusion",
}

__all__ = [  # noqa: RUF022  (sorted by what belongs together)
    "load",
    "LoadedModel",
    "generate",
    "infill",
    "restyle",
    "Canvas",
    "CanvasStart",
    "Step",
    "DenoiseSettings",
    "Draws",
    "PhiloxDraws",
    "Predict",
    "denoise",
    "DgError",
    "InputError",
    "ModelError",
    "UsageError",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dgcli' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
