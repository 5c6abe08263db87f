"""A folder that is for its owner only."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def make_private(folder: Path) -> None:
    """Make a folder where there is none, and let nobody else in. Raises OSError where it is a link or another's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise OSError(None, "it is no folder of yours", str(folder))
    folder.chmod(0o700)
