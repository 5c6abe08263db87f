"""What tells one model, as it is loaded, from every other whose keys and values differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dgcli.checkpoint.adapters import Adapter
from dgcli.engine.engine import Engine
from dgcli.platform.backend import mx, this_backend

_FORMAT = 1  # of what is kept under a fingerprint: another makes all of it unknown


def fingerprint(engine: Engine, adapters: Sequence[Adapter] = (), version: str = "") -> str:
    """A sha256 of what keys and values depend on beside the tokens: weights, their types, adapters, and the program.

    `version` is that of `dg`.
    Files of weights are told by name, size and times. Raises OSError where one is gone.
    """
    files = sorted((*engine.path.glob("*.safetensors"), *engine.path.glob("*.json")))
    corrections = [
        [_told(adapter.path), sorted((*place, pair.scale) for place, pair in adapter.pairs.items())]
        for adapter in adapters
    ]
    program = [_FORMAT, version, getattr(mx, "__version__", ""), this_backend().device, this_backend().blas]
    held = [str(engine.network.dtype), engine.nbytes]  # quantised weights may be expanded
    return sha256_of([program, held, str(engine.path), [_told(file) for file in files], corrections])


def _told(path: Path) -> list[Any]:
    status = path.stat()
    return [str(path.resolve()), status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def sha256_of(value: object) -> str:
    """The sha256 of a JSON value."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
