"""Deleting the folder of a checkpoint or an adapter: its own files, and nothing that somebody put beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from dgcli.checkpoint import folders
from dgcli.checkpoint.hub.snapshot import CONFIG, is_needed
from dgcli.checkpoint.partial import SUMS
from dgcli.tune.curve import CURVE
from dgcli.tune.origin import ORIGIN, REGISTERS, REPORT
from dgcli.tune.plan import PLAN
from dgcli.tune.state import NEW, STATE

_INDEX, _SINGLE = "model.safetensors.index.json", "model.safetensors"
_BESIDE = {  # that checkpoints of transformers, mlx-lm and mlx-vlm come with, and dg does not read
    *("added_tokens.json", "merges.txt", "tokenizer.model", "vocab.json", "vocab.txt"),
    *("preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json"),
}
_ADAPTER = {
    *(folders.CONFIG, folders.PEFT_FILE, folders.MLX_FILE),
    *(ORIGIN, REGISTERS, REPORT, PLAN, CURVE, STATE, NEW),
}


def remove(folder: Path) -> tuple[int, list[str]]:
    """Delete the files of a checkpoint, and its folder if nothing else is in it.

    Returns the bytes that this freed, and the names of what stays. Raises OSError.
    """
    named = {*_named(folder), SUMS, *_BESIDE}
    return _deleted(folder, [path for path in folder.iterdir() if _belongs(path, named)], CONFIG)


def remove_adapter(folder: Path) -> tuple[int, list[str]]:
    """Delete the files of an adapter, and those that `dg tune` writes beside it; as `remove` does."""
    return _deleted(folder, [path for path in folder.iterdir() if path.name in _ADAPTER], folders.CONFIG)


def _deleted(folder: Path, found: Iterable[Path], first: str) -> tuple[int, list[str]]:
    """Delete files; first the one without which what is left is nothing, should it be killed."""
    own, freed = [path for path in found if not _is_folder(path)], 0
    for path in sorted(own, key=lambda path: path.name != first):
        freed += path.lstat().st_size
        path.unlink()
    left = sorted(path.name for path in folder.iterdir())
    if not left:
        os.rmdir(os.path.realpath(folder))  # `.` has no name to be deleted by
    return freed, left


def _named(folder: Path) -> Iterator[str]:
    """The names of files that the index of a checkpoint and the list of its sums have."""
    with suppress(OSError, ValueError, AttributeError):
        yield from map(str, json.loads((folder / _INDEX).read_bytes())["weight_map"].values())
    with suppress(OSError, ValueError):
        for line in (folder / SUMS).read_text(encoding="utf-8").splitlines():
            yield line.partition("  ")[2]


def _belongs(path: Path, named: set[str]) -> bool:
    """Whether a file is the checkpoint's. Of weights that nothing names, those are that loading would read."""
    if path.name in named or not is_needed(path.name):
        return path.name in named
    indexed, single = (path.with_name(name).exists() for name in (_INDEX, _SINGLE))
    return path.suffix != ".safetensors" or not (indexed or (single and path.name != _SINGLE))


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path) and not path.is_symlink()
