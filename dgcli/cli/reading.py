"""Reading documents: a file, or stdin as a whole or line by line; what is waited for is said."""

from __future__ import annotations

import contextlib
import io
import os
import select
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from dgcli.errors import InputError
from dgcli.platform.environment import Environment
from dgcli.text.document import decode

STDIN = Path("-")
LARGEST = 256 * 2**20  # bytes of a document, or of a line where lines are worked on as they come
_AHEAD = 1.0  # seconds in which a text through a pipe may come to its end
_PIECE = 65_536  # bytes that are read at a time
_PATIENCE = 1.0  # seconds without a byte after which is said what is waited for
_STDIN_AWAITED = "dg: waiting for text on standard input; Ctrl-C gives up, </dev/null says that there is none."


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


def ahead(env: Environment, most: int) -> tuple[Environment, bool]:
    """What comes from stdin within a moment, up to `most` bytes, is read; and whether that is all of it.

    In the environment that is returned, stdin still begins with it.
    """
    if env.stdin.isatty():
        return env, False
    try:
        descriptor = env.stdin.fileno()
    except (OSError, ValueError):
        return env, True  # no file of this machine
    data, deadline = bytearray(), time.monotonic() + _AHEAD
    while len(data) <= most and select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
        if not (more := os.read(descriptor, _PIECE)):
            return replace(env, stdin=io.BytesIO(data)), True
        data += more
    return replace(env, stdin=cast(BinaryIO, _Begun(data, env.stdin))), False


class _Begun:
    """A stream of which the beginning was read."""

    def __init__(self, data: bytearray, stream: BinaryIO) -> None:
        self._data = data
        self._stream = stream

    def readline(self, size: int = -1) -> bytes:
        end = self._data.find(b"\n") + 1
        line = bytes(self._data[: end or len(self._data)])
        del self._data[: len(line)]
        return line if end else line + self._stream.readline(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


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
