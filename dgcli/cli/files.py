"""Reading documents and writing results so that a person's file is always the old one or the new one, never less."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import typer

from dgcli.errors import InputError, UsageError
from dgcli.platform.environment import Environment, one_line
from dgcli.platform.files import exchange
from dgcli.platform.interrupts import held, unwinding
from dgcli.text.document import decode

STDIN = Path("-")
LARGEST = 256 * 2**20  # bytes of a document, or of a line where lines are worked on as they come
_PATIENCE = 1.0  # seconds without a byte after which is said what is waited for
_STDIN_AWAITED = "dg: waiting for text on standard input; Ctrl-C gives up, </dev/null says that there is none."
_STREAMS = {"/dev/stdout": 1, "/dev/stderr": 2}
_STREAM = re.compile(r"/dev/std(?:out|err)|/(?:dev|proc/self)/fd/([0-9]{1,4})")
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


def read(path: Path, env: Environment, *, quiet: bool = False) -> Source:
    """Read a file, or stdin for `-`. Unless `quiet`, what is waited for is said.

    Raises:
        InputError: it is missing, unreadable, too large or not UTF-8.
    """
    if path == STDIN:
        data = _whole(env.stdin, _STDIN_AWAITED, env, quiet=quiet)
        return Source(path=path, text=_decode(data, "stdin"), status=None)
    awaited = f"dg: waiting for text from {path}; Ctrl-C gives up."
    try:
        with _patience(awaited, env, quiet=quiet or path.is_file()):
            file = path.open("rb")  # of a pipe, this waits for somebody who writes
        with file:
            status = os.fstat(file.fileno())
            data = _whole(file, awaited, env, quiet=quiet)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).", "Check the name and the permissions.") from error
    return Source(path=path, text=_decode(data, str(path)), status=status)


def lines(env: Environment, *, quiet: bool = False) -> Iterator[str]:
    """The lines of stdin as they come, each with its end. Unless `quiet`, it is said that they are waited for.

    Raises:
        InputError: one is too long or not UTF-8; the lines before it were yielded.
    """
    number = 0
    with _awaited(env.stdin, _STDIN_AWAITED, env, quiet=quiet):
        line = env.stdin.readline(LARGEST + 1)
    while line:
        number += 1
        yield _decode(line, f"stdin, line {number},")
        line = env.stdin.readline(LARGEST + 1)


def is_piped(stream: BinaryIO) -> bool:
    """Whether somebody has put a text there: a pipe or a file, and no terminal or other device such as /dev/null."""
    try:
        return not stat.S_ISCHR(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return not stream.isatty()  # no file of this machine


def _whole(stream: BinaryIO, awaited: str, env: Environment, *, quiet: bool) -> bytes:
    with _awaited(stream, awaited, env, quiet=quiet):
        first = stream.read(1)
    return first + stream.read(LARGEST)


@contextlib.contextmanager
def _awaited(stream: BinaryIO, awaited: str, env: Environment, *, quiet: bool) -> Iterator[None]:
    """Say what is awaited where a terminal is read, and where nothing has come from elsewhere after a while."""
    if stream.isatty():
        env.tell("dg: reading from the terminal; end with Ctrl-D.")
        quiet = True
    with _patience(awaited, env, quiet=quiet or not _may_wait(stream)):
        yield


def _may_wait(stream: BinaryIO) -> bool:
    try:
        return not stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False  # no file of this machine


@contextlib.contextmanager
def _patience(message: str, env: Environment, *, quiet: bool) -> Iterator[None]:
    """Say this if what is done here takes long."""
    if quiet:
        yield
        return
    timer = threading.Timer(_PATIENCE, env.tell, [message])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _decode(data: bytes, name: str) -> str:
    if len(data) > LARGEST:
        raise InputError(f"{name} is larger than {LARGEST >> 20} MiB.", "Work on a part of it.")
    return decode(data, name)


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


def check_replaceable(path: Path) -> None:
    """Look whether `-i` can write a file, before work that takes long is done for it. Reading tells the rest.

    Raises:
        InputError: it cannot be written, or is no file.
    """
    if os.path.isfile(path):
        check_writable(path)
    elif os.path.exists(path) and not os.path.isdir(path):
        if path.is_fifo():
            os.close(_without_waiting(str(path), os.O_RDONLY))  # whoever waits to write there learns that nobody reads
        raise _not_replaceable(path)


def overwrite(path: Path, text: str | bytes) -> None:
    """Write `-o FILE`; what is there is replaced, but for what a stream of this process has got so far."""
    if stream := _STREAM.fullmatch(str(path)):
        try:
            with os.fdopen(os.dup(_STREAMS.get(stream[0]) or int(stream[1])), "wb") as file:
                file.write(_bytes(text))
        except OSError as error:
            raise _unwritable(path, error) from error
        return
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
        InputError: the file has changed since it was read, or cannot be written; it is left as it then is.
    """
    with _alone(source.path):
        check_unchanged(source)
        if backup is not None:
            write_atomically(source.path.with_name(source.path.name + backup), source.text, like=source.path)
        write_atomically(source.path, text, instead_of=source)


def check_unchanged(source: Source, moved_to: Path | None = None) -> None:
    """Look whether a file is still what was read; `moved_to` is where it stands now, if it was moved.

    Its bytes are compared as well: a clock may be too coarse to tell two edits apart.

    Raises:
        InputError: it is gone, another one, or has another text.
    """
    moved = moved_to is not None
    try:
        with open(moved_to or source.path, "rb", opener=_without_waiting) as file:
            now = os.fstat(file.fileno())
            if not stat.S_ISREG(now.st_mode):
                raise _not_replaceable(source.path)
            same = source.status is not None and _identity(now, moved=moved) == _identity(source.status, moved=moved)
            same = same and file.read(LARGEST + 1) == source.text.encode()
    except OSError as error:
        raise InputError(f"{source.path} is gone ({error.strerror}).", "Its new text was not written.") from error
    if not same:
        raise InputError(
            f"{source.path} was changed by something else meanwhile, so it was left alone.", "Run the command again."
        )


def _without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NONBLOCK)


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


def _identity(status: os.stat_result, *, moved: bool) -> tuple[int, ...]:
    """What tells a file from another and from itself after an edit. That it was `moved` counts as a change, too."""
    found = (status.st_dev, status.st_ino, status.st_mode, status.st_uid, status.st_size, status.st_mtime_ns)
    return found if moved else (*found, status.st_ctime_ns)


def write_atomically(path: Path, text: str | bytes, like: Path | None = None, instead_of: Source | None = None) -> None:
    """Write to a temporary file beside `path`, then give it that name; mode, owner and a link's target are kept.

    `like` is the file whose mode and owner it gets instead. `instead_of` is what has to stand there until then.

    Raises:
        InputError: it cannot be written, or something else stands there; that stays.
    """
    target = Path(os.path.realpath(path))
    temporary: Path | None = None
    with unwinding():
        try:
            with held():
                descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:_NAMED]}.", suffix=".dg", dir=target.parent)
                temporary = Path(name)
            with os.fdopen(descriptor, "wb") as file:
                file.write(_bytes(text))
                _take_over(like or target, file.fileno())
                file.flush()
                os.fsync(file.fileno())
            with held():
                if instead_of is None:
                    temporary.replace(target)
                else:
                    _take_the_place(temporary, target, instead_of)
            _sync_folder(target.parent)
        except OSError as error:
            raise _unwritable(path, error) from error
        finally:
            if temporary is not None:
                temporary.unlink(missing_ok=True)


def _take_the_place(temporary: Path, target: Path, source: Source) -> None:
    """Give a temporary file the name of the `source`, and delete that, unless it was changed meanwhile.

    The two change places, so that what stood there at that very moment can be looked at, and put back. Where that
    cannot be done, it is looked at right before.
    """
    check_unchanged(source)
    if not exchange(temporary, target):
        temporary.replace(target)
        return
    try:
        check_unchanged(source, temporary)
    except InputError:
        exchange(temporary, target)
        raise
    temporary.unlink()


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


def _not_replaceable(path: Path) -> InputError:
    return InputError(f"{path} is no file but a pipe or a device.", "Leave -i away.")


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"{path} cannot be written ({error.strerror}).", "Check the folder, its permissions and its space."
    )
