"""A folder in the making: hidden beside its destination, renamed to it when it is whole, found again when it is not."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dgcli.checkpoint.reading import sha256_of_file
from dgcli.errors import DgError
from dgcli.platform.private import is_ours

SUMS = "SHA256SUMS"
_JOB = ".job.json"
_LOCK = ".lock"


class Partial:
    """The hidden folder `.NAME.partial`, and which of its files are finished."""

    def __init__(self, target: Path, job: Mapping[str, Any], finished: dict[str, str]) -> None:
        self.folder = partial_folder(target)
        self.finished = finished
        """sha256 of every finished file."""
        self._target = target
        self._job = job

    @classmethod
    @contextmanager
    def open(cls, target: Path, job: Mapping[str, Any]) -> Iterator[Partial]:
        """Make the folder, or go on with one that was made for the same `job` (a JSON value); another is emptied.

        Raises DgError where another process is at it, or the folder cannot be made, or is something else.
        """
        folder = partial_folder(target)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _check_ours(folder)
            lock = (folder / _LOCK).open("w")
        except OSError as error:
            raise DgError(f"{folder} cannot be made: {error.strerror}.", "Name another folder.") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise DgError(f"Another process is making {target}.", "Wait for it.") from error
            yield cls(target, job, _resume(folder, job))

    def has(self, file: str) -> bool:
        """Whether a file is finished."""
        return file in self.finished

    @contextmanager
    def writing(self, file: str) -> Iterator[Path]:
        """A path to write to; it becomes `file` when it is whole, and is removed when it fails."""
        path = self.folder / f".{file.removesuffix('.safetensors')}.tmp.safetensors"
        try:
            yield path
            _sync(path)
            digest = sha256_of_file(path)
            path.rename(self.folder / file)
        finally:
            path.unlink(missing_ok=True)
        self.finished[file] = digest
        write_json(self.folder / _JOB, {"job": self._job, "finished": self.finished})

    def publish(self) -> None:
        """Give the folder its name. Raises DgError where something has taken that meanwhile."""
        for path in self.folder.iterdir():
            _sync(path)
        try:
            self.folder.rename(self._target)
        except OSError as error:
            raise DgError(
                f"{self._target} cannot be made: {error.strerror}.", f"The result is in {self.folder}: rename it."
            ) from error
        for name in (_JOB, _LOCK):
            (self._target / name).unlink(missing_ok=True)

    def discard(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def partial_folder(target: Path) -> Path:
    """Where `target` is made."""
    return target.parent / f".{target.name}.partial"


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file whole or not at all."""
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


def _check_ours(folder: Path) -> None:
    """What is in the folder may be deleted, so it has to be one that `open` has made. Raises DgError."""
    status = folder.lstat()
    made = (folder / _LOCK).exists() or not any(folder.iterdir())
    if not stat.S_ISDIR(status.st_mode) or not is_ours(status) or not made:
        raise DgError(f"{folder} already exists and is not an unfinished conversion of yours.", "Move it away.")


def _resume(folder: Path, job: Mapping[str, Any]) -> dict[str, str]:
    """The finished files of an earlier attempt at `job`; whatever else is there goes away. Raises DgError."""
    found: Any = {}
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads((folder / _JOB).read_text(encoding="utf-8"))
    same = isinstance(found, dict) and found.get("job") == json.loads(json.dumps(job))
    finished = found.get("finished") if same else {}
    digests = finished if isinstance(finished, dict) else {}
    kept = {}
    for path in folder.iterdir():
        digest = digests.get(path.name)
        if isinstance(digest, str):
            kept[path.name] = digest
        elif path.name not in (_JOB, _LOCK):
            try:
                path.unlink()
            except OSError as error:
                raise DgError(f"{path} cannot be deleted: {error.strerror}.", "Delete it by hand.") from error
    return kept


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
