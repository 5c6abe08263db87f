"""A filter whose stdout and stderr are one file, as in `:%!dg restyle` of vim: what is said would stand in the text.

So nothing is said there. Where the filter fails, it gives the text back as it came, as all that it writes takes the
text's place, and says why on the terminal, if there is one.
"""

from __future__ import annotations

import functools
import os
import select
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, BinaryIO, cast

import typer

from dgcli.cli import reading
from dgcli.cli.faults import told
from dgcli.errors import DgError, ExitCode
from dgcli.platform.environment import Environment, one_line
from dgcli.platform.interrupts import unwinding

FILTERS = ("infill", "restyle", "generate")
_PATIENCE = 1.0  # seconds until a stdin that says nothing is taken for none


def filtering(command: Callable[..., None]) -> Callable[..., None]:
    """A command that gives its text back where it fails and what it says would stand in it."""

    @functools.wraps(command)
    def run(context: typer.Context, *args: Any, **options: Any) -> None:
        env: Environment = context.obj
        if not (env.mixed and _filters(options)):
            command(context, *args, **options)
            return
        stdin, stdout = _Remembered(env.stdin), _Watched(env.stdout)
        context.obj = replace(env, stdin=cast(BinaryIO, stdin), stdout=cast(BinaryIO, stdout))
        try:
            with unwinding():
                command(context, *args, **options)
        except typer.Exit:
            raise
        except BaseException as error:
            if stdout.written or not give_back(env, stdin.taken):
                raise
            code, said = _outcome(error)
            tell_terminal(said)
            raise typer.Exit(code) from error

    return run


def give_back(env: Environment, taken: bytes | bytearray = b"") -> bool:
    """Write what was `taken` from stdin, and the rest of it, to stdout; False where nothing is there."""
    if not taken and not _speaks(env.stdin):
        return False
    with suppress(OSError):
        text = bytes(taken) + env.stdin.read()
        env.stdout.write(text)
        env.stdout.flush()
        return bool(text)
    return False


def tell_terminal(message: str) -> None:
    """Say something on the terminal that the process belongs to, wherever its streams go."""
    if not message:
        return
    with suppress(OSError), open("/dev/tty", "w", encoding="utf-8") as terminal:
        terminal.write(f"{one_line(message.strip())}\r\n")


def may_filter(arguments: Sequence[str], commands: Collection[str]) -> bool:
    """Whether a command line that cannot be read may have been that of a filter.

    It names no file, and none of the `commands` that filter nothing.
    """
    other = any(name in commands and name not in FILTERS for name in arguments[:1])
    return not other and not any(map(os.path.exists, arguments[1:]))


def _filters(options: dict[str, Any]) -> bool:
    """Whether a command takes a text from stdin and writes a text to stdout."""
    paths = options.get("paths") or [options.get("file") or reading.STDIN]
    written = options.get("output") not in (None, reading.STDIN)  # -o - is stdout
    elsewhere = written or options.get("as_json")  # stdin is never changed in place: that is an error
    return not elsewhere and all(path == reading.STDIN for path in paths)


def _speaks(stream: BinaryIO) -> bool:
    """Whether a text, or its end, is there to be read."""
    if not reading.is_piped(stream):
        return False
    try:
        return bool(select.select([stream], [], [], _PATIENCE)[0])
    except (OSError, ValueError):
        return True  # no file of this machine


def _outcome(error: BaseException) -> tuple[int, str]:
    """The exit code, and what a person is told."""
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED, "dg: interrupted; the text is as it was."
    if isinstance(error, SystemExit):
        return int(error.code or 0), ""
    code = error.exit_code if isinstance(error, DgError) else ExitCode.FAILED
    return code, told(error) if isinstance(error, Exception) else ""


class _Remembered:
    """A stream that remembers what was read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.taken = bytearray()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.taken += data
        return data

    def readline(self, size: int = -1) -> bytes:
        data = self._stream.readline(size)
        self.taken += data
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Watched:
    """A stream that knows whether something was written to it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.written = False

    def write(self, data: bytes) -> int:
        self.written = True
        return self._stream.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
