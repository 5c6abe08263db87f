"""A folder that is for its owner only, with files that get their names when they are whole."""

from __future__ import annotations

import os
import re
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dgcli.platform.interrupts import held, unwinding

_STALE = 3600.0  # seconds after which a temporary file is nobody's


def is_ours(status: os.stat_result) -> bool:
    """Whether a file or folder belongs to who runs this."""
    return status.st_uid == os.getuid()


def is_ours_alone(status: os.stat_result) -> bool:
    """Whether nobody else can get at it, either."""
    return is_ours(status) and not stat.S_IMODE(status.st_mode) & 0o077


def is_our_file(status: os.stat_result) -> bool:
    """Whether it is a file of ours, and no pipe, device or link (as `lstat` tells) that somebody put in its place."""
    return stat.S_ISREG(status.st_mode) and is_ours(status)


@dataclass(frozen=True)
class PrivateFolder:
    """A folder, which need not exist, and the files in it that are ours. Several processes may use it at once."""

    path: Path
    names: re.Pattern[str]
    """Of our files, as a whole; what has another name is left alone."""
    ending: str = ""
    """Of temporary files too, where what writes them goes by it: `.safetensors`."""

    def files(self) -> list[tuple[Path, os.stat_result]]:
        """Our files, by name. Temporary ones that were left behind are deleted."""
        listed, found = [], []
        with suppress(OSError):
            listed = sorted(os.listdir(self.path))
        for path in map(self.path.joinpath, listed):
            with suppress(OSError):  # another process may have deleted it
                status = path.lstat()
                if self.names.fullmatch(path.name) and stat.S_ISREG(status.st_mode):
                    found.append((path, status))
                elif self._is_temporary(path.name) and time.time() - status.st_mtime > _STALE:
                    path.unlink()
        return found

    def make(self) -> None:
        """Make it where there is none, and let nobody else in. Raises OSError where it is a link or another's."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = self.path.lstat()
        if not stat.S_ISDIR(status.st_mode) or not is_ours(status):
            raise OSError(None, "it is not a folder that you own", str(self.path))
        self.path.chmod(0o700)

    def write(self, fill: Callable[[Path], None], name: Callable[[], str]) -> Path:
        """A new file that `fill` writes, with its name when it is whole. Raises OSError, or what `fill` raises."""
        temporary: Path | None = None
        with unwinding():
            try:
                with held():  # for its owner only
                    descriptor, temporary_name = tempfile.mkstemp(f".tmp{self.ending}", ".dg-", self.path)
                    temporary = Path(temporary_name)
                os.close(descriptor)
                fill(temporary)
                return temporary.replace(self.path / name())
            except BaseException:
                if temporary is not None:
                    with suppress(OSError):
                        temporary.unlink()
                raise

    def empty(self) -> int:
        """Delete all our files, and temporary ones; how many the former were. Raises OSError."""
        if not self.path.is_dir():
            return 0
        listed = os.listdir(self.path)
        ours = [name for name in listed if self.names.fullmatch(name)]
        for name in (*ours, *filter(self._is_temporary, listed)):
            (self.path / name).unlink(missing_ok=True)
        return len(ours)

    def _is_temporary(self, name: str) -> bool:
        return re.fullmatch(rf"\.dg-\w+\.tmp{re.escape(self.ending)}", name) is not None
