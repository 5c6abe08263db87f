"""Writing results so that a person's file is always the old one or the new one, never less."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from dgcli.cli.claims import STREAM, not_replaceable, unwritable, without_waiting
from dgcli.cli.reading import LARGEST, Source
from dgcli.errors import InputError
from dgcli.platform.files import alone, exchange
from dgcli.platform.interrupts import held, unwinding

_STREAMS = {"/dev/stdout": 1, "/dev/stderr": 2}
_NAMED = 40  # characters that the name of a temporary file has of its file's: a name may have 255 bytes


def overwrite(path: Path, text: str | bytes) -> None:
    """Write `-o FILE`; what is there is replaced, but for what a stream of this process has got so far."""
    if stream := STREAM.fullmatch(str(path)):
        try:
            with os.fdopen(os.dup(_STREAMS.get(stream[0]) or int(stream[1])), "wb") as file:
                file.write(_bytes(text))
        except OSError as error:
            raise unwritable(path, error) from error
        return
    if os.path.exists(path) and not stat.S_ISREG(path.stat().st_mode):
        try:  # a device or a pipe, such as /dev/stdout: there is nothing to replace
            path.write_bytes(_bytes(text))
        except OSError as error:
            raise unwritable(path, error) from error
        return
    write_atomically(path, text)


def replace(source: Source, text: str, backup: str | None = None) -> None:
    """Write the result of `-i` over its source; with `backup`, the old text stays as a file with that suffix.

    Raises:
        InputError: the file has changed since it was read, or cannot be written; it is left as it then is.
    """
    with alone(source.path, InputError(f"{source.path} is locked by another program.", "Run the command again.")):
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
        with open(moved_to or source.path, "rb", opener=without_waiting) as file:
            now = os.fstat(file.fileno())
            if not stat.S_ISREG(now.st_mode):
                raise not_replaceable(source.path)
            same = source.status is not None and _identity(now, moved=moved) == _identity(source.status, moved=moved)
            same = same and file.read(LARGEST + 1) == source.text.encode()
    except OSError as error:
        raise InputError(f"{source.path} is gone ({error.strerror}).", "Its new text was not written.") from error
    if not same:
        raise InputError(
            f"{source.path} was changed by something else in the meantime, so it was left alone.",
            "Run the command again.",
        )


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
            raise unwritable(path, error) from error
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
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
