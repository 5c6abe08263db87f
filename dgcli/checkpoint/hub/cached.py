"""The checkpoints that are in the cache of Hugging Face: read and removed as people have them.

A repository is a folder `models--OWNER--NAME` with `snapshots/COMMIT/`, whose files are links into `blobs/`, and
`refs/BRANCH`, which names a commit. Where somebody made it by hand, the files are files, and a reference may end with a
newline or name another reference; huggingface_hub finds neither, so it is not asked.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dgcli.checkpoint.hub.library import cache_folder
from dgcli.checkpoint.hub.snapshot import CONFIG, MODEL_TYPE, is_needed, model_type

_PREFIX = "models--"
_MOST_REFERENCES = 8  # that lead from one to the next
_LONGEST_REFERENCE = 1000  # bytes of its file


def cached(repository: str, revision: str = "main") -> Path | None:
    """The folder of a checkpoint that is on this machine as a whole; None where it is not."""
    home = cache_folder() / f"{_PREFIX}{repository.replace('/', '--')}"
    folder = _snapshot(home, revision)
    return folder if folder is not None and os.path.isfile(folder / CONFIG) else None


def all_cached() -> Iterator[tuple[str, Path]]:
    """Name and folder of every DiffusionGemma in the cache; a revision other than main is part of the name."""
    for home in sorted(cache_folder().glob(f"{_PREFIX}*")):
        repository = home.name.removeprefix(_PREFIX).replace("--", "/")
        references = [(name, _snapshot(home, name)) for name in _references(home)]
        for folder in sorted((home / "snapshots").glob("*")):
            if _kind(folder / CONFIG) == MODEL_TYPE:
                names = [name for name, found in references if found == folder] or [folder.name]
                yield from ((repository if name == "main" else f"{repository}@{name}", folder) for name in names)


def remove(folder: Path) -> tuple[int, list[str]]:
    """Delete a snapshot from the cache: its links, blobs that no other has, files of a checkpoint, references to it.

    Anything else in its folder stays, and so does the folder then. Returns the bytes that this freed, and the names of
    what stays. Raises OSError.
    """
    home = folder.parent.parent
    references = [home / "refs" / name for name in _references(home) if _snapshot(home, name) == folder]
    own = [path for path in folder.rglob("*") if path.is_symlink() or (path.is_file() and is_needed(path.name))]
    links = _blobs(home, own)
    blobs = links - _blobs(home, [path for path in folder.parent.rglob("*") if folder not in path.parents])
    freed = 0
    # the config first: what is left where it is killed is not a model
    for path in (*sorted(own, key=lambda path: path != folder / CONFIG), *references, *blobs):
        freed += path.lstat().st_size
        path.unlink()
    shutil.rmtree(home / ".no_exist" / folder.name, ignore_errors=True)
    _remove_empty(folder)
    if not any(folder.parent.iterdir()):  # no snapshot is left: what was on its way is of no use
        shutil.rmtree(home / "blobs", ignore_errors=True)
    _remove_empty(home)
    return freed, sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def _snapshot(home: Path, revision: str) -> Path | None:
    """The folder of a commit, or of a branch or tag, which names a commit or another branch."""
    for _ in range(_MOST_REFERENCES):
        if not revision or {".", "..", ""} & set(revision.split("/")):
            return None
        if not os.path.isfile(home / "refs" / revision):
            folder = home / "snapshots" / revision
            return folder if "/" not in revision and os.path.isdir(folder) else None
        with suppress(OSError), (home / "refs" / revision).open("rb") as file:
            text = file.read(_LONGEST_REFERENCE).decode("utf-8-sig", errors="replace").strip(" \t\r\n\0")
            revision = text.partition("\n")[0].strip()
    return None


def _references(home: Path) -> list[str]:
    found = (home / "refs").rglob("*")
    return sorted(str(path.relative_to(home / "refs")) for path in found if path.is_file())


def _blobs(home: Path, links: list[Path]) -> set[Path]:
    """The files of `blobs/` that links lead to."""
    found = {Path(os.path.realpath(path)) for path in links if path.is_symlink()}
    return {path for path in found if path.parent == Path(os.path.realpath(home / "blobs")) and path.is_file()}


def _remove_empty(folder: Path) -> None:
    """Delete a folder and those in it, as far as nothing is in them."""
    for place, _, _ in os.walk(folder, topdown=False):
        with suppress(OSError):
            os.rmdir(place)


def _kind(config: Path) -> object:
    with suppress(OSError):
        return model_type(config.read_bytes()) if config.is_file() else None
    return None
