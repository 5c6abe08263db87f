"""Reading documents and writing results so that a person's file is always the old one or the new one, never less."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import typer

from dgcli.document import decode
from dgcli.env import Environment, one_line
from dgcli.errors import InputError, UsageError

STDIN = Path("-")
LARGEST = 256 * 2**20  # bytes of a document, or of a line where lines are worked on as they come
_NAMED = 40  # characters that the name of a temporary file has of its file's: a name may have 255 bytes


@dataclass(frozen=True)
class Source:
    """A document as it was read."""

    path: Path
    text: str
    status: os.stat_result | None  # None for stdin

    @property
    def name(self) -> str:
        return "stdin" if self.path == STDIN else str(self.path)


def read(path: Path, env: Environment) -> Source:
    """Read a file, or stdin for `-`.

    Raises:
        InputError: it is missing, unreadable, too large or not UTF-8.
    """
    if path == STDIN:
        _say_what_is_awaited(env)
        return Source(path=path, text=_decode(env.stdin.read(LARGEST + 1), "stdin"), status=None)
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).", "Check the name and the permissions.") from error
    return Source(path=path, text=_decode(data, str(path)), status=status)


def lines(env: Environment) -> Iterator[str]:
    """The lines of stdin as they come, each with its end.

    Raises:
        InputError: one is too long or not UTF-8; the lines before it were yielded.
    """
    _say_what_is_awaited(env)
    number = 0
    while line := env.stdin.readline(LARGEST + 1):
        number += 1
        yield _decode(line, f"stdin, line {number},")


def _decode(data: bytes, name: str) -> str:
    if len(data) > LARGEST:
        raise InputError(f"{name} is larger than {LARGEST >> 20} MiB.", "Work on a part of it.")
    return decode(data, name)


def _say_what_is_awaited(env: Environment) -> None:
    if env.stdin.isatty():
        env.tell("dg: reading from the terminal; end with Ctrl-D.")


def claim(path: Path, env: Environment, *, force: bool) -> None:
    """Look whether `-o FILE` can be written, and on a terminal ask whether a file that is there is to be replaced.

    Raises:
        InputError: it cannot be written.
        typer.Abort: it is to stay.
    """
    check_writable(path)
    if path.is_file() and not force and env.stdin.isatty() and env.stderr.isatty():
        typer.confirm(one_line(f"{path} exists. Replace it?"), abort=True, err=True)


def check_apart(record: Path | None, *others: Path | None) -> None:
    """Raises UsageError where a recording would be written over a file that is read, or that the result goes to."""
    for other in others:
        if record is not None and other is not None and other != STDIN and is_same(record, other):
            raise UsageError(f"{other} is the file of --record, too.", "Give the recording a file of its own.")


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
        raise _unwritable(path, error) from error


def overwrite(path: Path, text: str | bytes) -> None:
    """Write `-o FILE`; what is there is replaced."""
    if os.path.exists(path) and not stat.S_ISREG(path.stat().st_mode):
        try:  # a device or a pipe, such as /dev/stdout: there is nothing to replace
            path.write_bytes(_bytes(text))
        except OSError as error:
            raise _unwritable(path, error) from error
        return
    write_atomically(path, text)


def replace(source: Source, text: str, backup: str | None = None) -> None:
    """Write the result of `-i` over its source; with `backup`, the old text stays as a file with that suffix.

    Raises:
        InputError: the file has changed since it was read, or cannot be written; it is left as it is.
    """
    with _alone(source.path):
        try:
            now = source.path.stat()
        except OSError as error:
            raise InputError(f"{source.path} is gone ({error.strerror}).", "Its new text was not written.") from error
        if not stat.S_ISREG(now.st_mode):
            raise InputError(f"{source.path} is no file but a pipe or a device.", "Leave -i away.")
        if source.status is None or _identity(now) != _identity(source.status):
            raise InputError(
                f"{source.path} was changed by something else meanwhile, so it was left alone.",
                "Run the command again.",
            )
        if backup is not None:
            write_atomically(source.path.with_name(source.path.name + backup), source.text, like=source.path)
        write_atomically(source.path, text)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Of several `dg` that replace one file, only one at a time looks whether it is still the file that it read."""
    with contextlib.ExitStack() as stack:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            stack.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{path} is locked by another program.", "Run the command again.") from None
        except OSError:  # it is gone, or its file system has no locks
            pass
        yield


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size


def write_atomically(path: Path, text: str | bytes, like: Path | None = None) -> None:
    """Write to a temporary file beside `path`, then rename it over `path`; mode, owner and a link's target are kept.

    `like` is the file whose mode and owner it gets instead.
    """
    target = Path(os.path.realpath(path))
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:_NAMED]}.", suffix=".dg", dir=target.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_bytes(text))
            _take_over(like or target, file.fileno())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        temporary = None
        _sync_folder(target.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def _take_over(target: Path, descriptor: int) -> None:
    """Give a temporary file the mode and, where that is allowed, the owner of the file `target`."""
    try:
        status = target.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        os.fchmod(descriptor, 0o666 & ~mask)
        return
    with contextlib.suppress(OSError):
        os.fchown(descriptor, status.st_uid, status.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"{path} cannot be written ({error.strerror}).", "Check the folder, its permissions and its space."
    )
