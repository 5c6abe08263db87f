"""Which model a server runs, so that a client takes it for its own only where it would load the very same."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import dgcli
from dgcli.checkpoint.folders import find_folders


def identity(folder: Path, adapters: Sequence[str] = ()) -> str:
    """A name for what `dgcli.load` makes of a folder and adapters now: it is another when one of the files changes.

    Raises:
        ModelError: the folder is an adapter's, and its base is none.
    """
    found = find_folders(folder)
    places = [each for each in (found.checkpoint, found.adapter) if each is not None]
    files = [list(_files(place)) for place in (*places, *map(_adapter, adapters))]
    return sha256(json.dumps([dgcli.__version__, files, list(adapters)]).encode()).hexdigest()


def _adapter(text: str) -> Path:
    """The place of PATH or PATH=WEIGHT."""
    whole = Path(os.path.expanduser(text))
    return whole if whole.exists() else Path(os.path.expanduser(text.rpartition("=")[0]))


def _files(place: Path) -> Iterator[tuple[str, int, int]]:
    """Name, bytes and time of the files of a folder, or of one."""
    folder = Path(os.path.realpath(place))
    for path in sorted(folder.iterdir()) if folder.is_dir() else [folder]:
        if path.is_file():
            status = path.stat()
            yield str(path), status.st_size, status.st_mtime_ns
