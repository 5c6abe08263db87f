"""Where a person's server is found, and whether one is alive."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from dgcli.platform.private import is_ours_alone

LONGEST = 103  # bytes of the name of a socket; Linux takes four more than macOS


def runtime_folder(variables: Mapping[str, str]) -> Path | None:
    """The folder of what exists while a server runs: in XDG_RUNTIME_DIR, else in the cache; None where neither is."""
    if os.path.isabs(base := variables.get("XDG_RUNTIME_DIR", "")):
        return Path(base, "dg")
    base, home = variables.get("XDG_CACHE_HOME", ""), variables.get("HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(home, ".cache") if os.path.isabs(home) else ""
    return Path(base, "dg", "run") if base else None


def socket_in(folder: Path) -> Path:
    """The socket of the server whose folder this is."""
    return folder / "serve.sock"


def lock_in(folder: Path) -> Path:
    """The file that a server keeps locked while it lives, with the number of its process."""
    return folder / "serve.lock"


def process_in(folder: Path) -> int | None:
    """The process whose folder this is, even where it loads or hangs and does not answer; None: there is none."""
    if not is_private(folder):
        return None
    try:
        with lock_in(folder).open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read(20))
    except (OSError, ValueError):
        pass
    return None


def is_private(folder: Path) -> bool:
    """Whether a folder is ours, and nobody else can get at what is in it."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and is_ours_alone(status)
