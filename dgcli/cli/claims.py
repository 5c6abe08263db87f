"""Whether a file can be written, looked at before work that takes long is done for it; the error where it cannot."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from pathlib import Path

import typer

from dgcli.cli.reading import STDIN
from dgcli.errors import InputError, UsageError
from dgcli.platform.environment import Environment, one_line

STREAM = re.compile(r"/dev/std(?:out|err)|/(?:dev|proc/self)/fd/([0-9]{1,4})")
"""Names of the streams of this process, on which `-o` writes behind what is there."""


def claim(path: Path, env: Environment, *, force: bool) -> None:
    """Look whether `-o FILE` can be written. A text that is there is replaced only where a person says so.

    On a terminal it is asked for; where nobody can be asked, it stays.

    Raises:
        InputError: it cannot be written.
        UsageError: it is there, and there is no terminal to ask on.
        typer.Abort: it is to stay.
    """
    check_writable(path)
    if force or STREAM.fullmatch(str(path)) or not path.is_file() or not path.stat().st_size:
        return
    if not (env.stdin.isatty() and env.stderr.isatty()):
        raise UsageError(f"{path} already exists.", "Add --force to replace it, or name another file.")
    typer.confirm(one_line(f"{path} exists. Replace it?"), abort=True, err=True)


def check_apart(record: Path | None, *others: Path | None) -> None:
    """Raises UsageError where a recording would be written over a file that is read, or that the result goes to."""
    for other in others:
        if record is not None and other is not None and other != STDIN and is_same(record, other):
            raise UsageError(f"{other} is also the file of --record.", "Give the recording a file of its own.")


def is_same(one: Path, other: Path) -> bool:
    """Whether two names are of one file, through links of both kinds, also where it is not there yet."""
    with contextlib.suppress(OSError, ValueError):
        if os.path.samefile(one, other):
            return True
    return os.path.realpath(one) == os.path.realpath(other)


def check_writable(path: Path, *, renames: bool = True) -> None:
    """Look whether `path` can be written, before work that takes long is done for it. Nothing is touched.

    `renames`: a new file takes the place of one that is there, as `write_atomically` has it, so its folder counts.

    Raises:
        InputError: it is a folder, its own folder is missing, or there is no permission.
    """
    mode = None
    try:
        with contextlib.suppress(FileNotFoundError):
            mode = path.stat().st_mode
        if mode is not None and stat.S_ISDIR(mode):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        if mode is None or (renames and stat.S_ISREG(mode)):
            place, wanted = os.path.dirname(os.path.realpath(path)), os.W_OK | os.X_OK
        else:
            place, wanted = str(path), os.W_OK
        if not os.access(place, wanted):
            code = errno.EROFS if os.statvfs(place).f_flag & os.ST_RDONLY else errno.EACCES
            raise OSError(code, os.strerror(code))
    except OSError as error:
        raise unwritable(path, error) from error


def check_replaceable(path: Path) -> None:
    """Look whether `-i` can write a file, before work that takes long is done for it. Reading tells the rest.

    Raises:
        InputError: it cannot be written, or is not a file.
    """
    if os.path.isfile(path):
        check_writable(path)
    elif os.path.exists(path) and not os.path.isdir(path):
        if path.is_fifo():
            os.close(without_waiting(str(path), os.O_RDONLY))  # whoever waits to write there learns that nobody reads
        raise not_replaceable(path)


def without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NONBLOCK)


def not_replaceable(path: Path) -> InputError:
    return InputError(f"{path} is a pipe or a device, not a file.", "Leave out -i.")


def unwritable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"{path} cannot be written ({error.strerror}).", "Check the folder, its permissions and its space."
    )
