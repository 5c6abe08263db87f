"""Snapshots of published conversions that others have taken the place of, told without asking the Hub.

mlx-community made its conversions anew at the end of June 2026. Until then mlx-vlm gave eight bits to the router and
the dense MLP alone, and to embedding and attention those of the experts (its commit f044f36a, of 27 June 2026).
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

from dgcli.checkpoint.config import ModelConfig
from dgcli.checkpoint.registry import PUBLISHED, Published
from dgcli.checkpoint.tensors import STACK

_ANEW = datetime(2026, 7, 1, tzinfo=timezone.utc)
_COMMITS = ("252183330817f96e9cba0b20cc400b2947a575cf",)  # 26b-4bit, of 12 June 2026
_BITS = 8  # of attention, in what is published now


def published(name: str) -> Published | None:
    """The conversion that a name in the cache, OWNER/NAME or OWNER/NAME@REVISION, is a revision of."""
    repository = name.partition("@")[0]
    return next((each for each in PUBLISHED.values() if each.repository == repository), None)


def is_replaced(folder: Path, config: ModelConfig) -> bool:
    """Whether the snapshot in `folder`, of a published conversion, is one that was replaced.

    It is one by its commit, by the bits of its attention, or as it was put into the cache, or named there, before the
    weights of today were published.
    """
    if folder.name in _COMMITS:
        return True
    attention = config.quantisation.of(f"{STACK}.layers.0.self_attn.q_proj")
    if attention is not None and (attention.bits < _BITS or attention.mode != "affine"):
        return True
    return 0 < _fetched(folder) < _ANEW.timestamp()


def _fetched(folder: Path) -> float:
    """When the snapshot was made, or main was last said to be it: seconds since 1970; 0 where nothing says so."""
    times = [0.0]
    for path in (folder / "config.json", folder.parent.parent / "refs" / "main"):
        with suppress(OSError):
            times.append(path.lstat().st_mtime)
    return max(times)
