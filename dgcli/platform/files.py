"""Files and folders in one step: texts that are written whole, names that change places, and one process at a time."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

_HERE = -100  # AT_FDCWD of Linux: names are seen from the working folder
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux, and RENAME_SWAP of macOS
_UNKNOWN = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)


def exchange(one: Path, other: Path) -> bool:
    """Let two files change names; False where the system or the file system does not know how.

    Raises:
        OSError: one of them is gone, or there is no permission.
    """
    try:
        library = ctypes.CDLL(None, use_errno=True)
        names = os.fsencode(one), os.fsencode(other)
        if sys.platform == "darwin":
            failed = library.renamex_np(*names, _EXCHANGE)
        else:
            failed = library.renameat2(_HERE, names[0], _HERE, names[1], _EXCHANGE)
    except (OSError, AttributeError):  # a C library without it
        return False
    if not failed:
        return True
    code = ctypes.get_errno()
    if code in _UNKNOWN:
        return False
    raise OSError(code, os.strerror(code), str(other))


def write_whole(path: Path, text: str) -> None:
    """A file that is the old one or the new one, never less.

    A byte of a file's name that is not UTF-8 is written as JSON has half a character, such as \\udce9. Raises OSError.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(text.encode(errors="backslashreplace"))
    temporary.replace(path)


@contextmanager
def alone(path: Path, taken: Exception) -> Iterator[None]:
    """Of several processes that are here with one file or folder, all but the first raise `taken`.

    One that is gone, or whose file system has no locks, holds nobody up.
    """
    with ExitStack() as stack:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            stack.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise taken from None
        except OSError:
            pass
        yield
