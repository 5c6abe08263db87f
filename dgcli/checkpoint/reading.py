"""Files of a checkpoint, read whole but never beyond a limit, and the sums that identify them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from dgcli.errors import ModelError

_BLOCK = 1 << 20  # bytes that are read at once


def read_at_most(path: Path, most: int, advice: str) -> bytes:
    """The bytes of a file.

    Raises:
        ModelError: there are more than `most`, whole MB.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ModelError(f"{path} is larger than {most >> 20} MB.", advice)
    return data


def sha256_of_file(path: Path) -> str:
    """The sha256 of a file, in hexadecimal. Raises OSError where it cannot be read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
