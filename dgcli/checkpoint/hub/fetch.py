"""Fetching a checkpoint into the cache of Hugging Face, where all its tools find it.

A file is fetched into `blobs/SHA256.incomplete`, gone on with where that was left, checked against the Hub's sha256,
and only then given its name. `config.json` and the reference to the revision come last, so that half a checkpoint is
never taken for a model. A connection that breaks is opened again a few times.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import sleep as _pause
from typing import Any, BinaryIO

from dgcli.checkpoint.hub.library import cache_folder, endpoint, explained, hub_library, may_pass, open_url
from dgcli.checkpoint.hub.snapshot import COMMIT, RemoteFile, Snapshot
from dgcli.checkpoint.reading import sha256_of_file
from dgcli.errors import DgError, ModelError

Watch = Callable[[int, int, int], None]
"""Bytes that are here, bytes in all, and of the first those that were here before."""
_WAITS = (2, 5, 15, 60)  # seconds before a file is tried again


def fetch(snapshot: Snapshot, watch: Watch, tell: Callable[[str], None] = lambda message: None) -> Path:
    """Fetch what is missing of a checkpoint, and return its folder.

    A file whose connection breaks is gone on with a few times, after longer and longer waits, which `tell` hears of.
    Raises ModelError or DgError. A file that was interrupted is gone on with by the next call; one that does not have
    the Hub's sum, or that the disk has no room for, is removed.
    """
    home = cache_folder() / hub_library().file_download.repo_folder_name(repo_id=snapshot.repository, repo_type="model")
    blobs = home / "blobs"
    here = {file: _size_here(blobs, file) for file in snapshot.files}
    done = resumed = sum(here.values())
    _check_disk(snapshot, snapshot.size - resumed)
    with explained(snapshot.repository, snapshot.revision):
        for file in snapshot.files:
            before = done - here[file]
            told = partial(_tell, watch, before, snapshot.size, resumed)
            folder = _in_the_end(partial(_fetch_file, snapshot, file, blobs, told), tell)
            done = before + file.size
            watch(done, snapshot.size, resumed)
        _name_revision(snapshot, home)
    return folder


def _in_the_end(attempt: Callable[[], Path], tell: Callable[[str], None]) -> Path:
    """What `attempt` returns, which is tried again where it fails for a reason that may pass; its last error if not."""
    for wait in _WAITS:
        try:
            return attempt()
        except Exception as error:
            if not may_pass(error):
                raise
            tell(f"dg: the connection broke; going on in {wait} s.")
            _pause(wait)
    return attempt()


def _fetch_file(snapshot: Snapshot, file: RemoteFile, blobs: Path, watch: Callable[[int], None]) -> Path:
    """Bring a file into the cache; the folder of its snapshot."""
    _fetch_blob(snapshot, file, blobs, watch)
    return _link(snapshot, file)


def _fetch_blob(snapshot: Snapshot, file: RemoteFile, blobs: Path, watch: Callable[[int], None]) -> None:
    """Bring a large file into the cache, under its sum."""
    if file.sha256 is None or (blobs / file.sha256).exists():
        return
    blobs.mkdir(parents=True, exist_ok=True)
    place = blobs / f"{file.sha256}.incomplete"
    with place.open("ab") as out:
        _lock(out, snapshot)
        start = min(out.tell(), file.size)
        try:
            counted = _Counted(out, watch)
            open_url(
                snapshot.repository, file.name, snapshot.commit, counted, resume_size=start, expected_size=file.size
            )
        except OSError as error:
            if error.errno is not None and not isinstance(error, ConnectionError):  # the disk, not the network
                place.unlink()
            raise
    if sha256_of_file(place) != file.sha256:
        place.unlink()
        raise ModelError(
            f"{file.name} of {snapshot.repository} arrived damaged: its sha256 is not the one that the Hub names.",
            "Run the command again; what had arrived whole is kept.",
        )
    place.rename(blobs / file.sha256)


def _tell(watch: Watch, before: int, total: int, resumed: int, count: int) -> None:
    watch(before + count, total, resumed)


def _link(snapshot: Snapshot, file: RemoteFile) -> Path:
    """Let huggingface_hub put a file into the snapshot's folder, which it returns; small ones it fetches itself."""
    hub = hub_library()
    path = hub.hf_hub_download(
        snapshot.repository,
        file.name,
        revision=snapshot.commit,
        cache_dir=cache_folder(),
        endpoint=endpoint(hub),
        library_name="dg",
    )
    return Path(path).parent


def _name_revision(snapshot: Snapshot, home: Path) -> None:
    """From here on the branch or tag stands for this snapshot."""
    if not COMMIT.fullmatch(snapshot.revision):
        reference = home / "refs" / snapshot.revision
        reference.parent.mkdir(parents=True, exist_ok=True)
        reference.write_text(snapshot.commit, encoding="ascii")


def _lock(file: BinaryIO, snapshot: Snapshot) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise DgError(f"Another process is fetching {snapshot.repository}.", "Wait for it.") from error


def _check_disk(snapshot: Snapshot, missing: int) -> None:
    place = cache_folder()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if missing > free:
        raise DgError(
            f"{snapshot.repository} takes another {missing / 1e9:.1f} GB, and the disk has {free / 1e9:.1f} GB free.",
            f"Make room, or set HF_HUB_CACHE to a folder on a larger disk (now {cache_folder()}).",
        )


class _Counted:
    """A file being written that tells how long it is; as much of a file as huggingface_hub uses."""

    def __init__(self, file: BinaryIO, watch: Callable[[int], None]) -> None:
        self._file = file
        self._watch = watch

    def write(self, data: bytes) -> int:
        count = self._file.write(data)
        self._watch(self._file.tell())
        return count

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _size_here(blobs: Path, file: RemoteFile) -> int:
    """Bytes of a large file that are here already, whole or not."""
    if file.sha256 is None:
        return 0
    for place in (blobs / file.sha256, blobs / f"{file.sha256}.incomplete"):
        if place.exists():
            return min(place.stat().st_size, file.size)
    return 0
