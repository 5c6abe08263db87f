"""The process as commands see it: streams, variables, clock, the folder of settings. Tests give another one."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import textwrap
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from dgcli.errors import DgError


@dataclass(frozen=True)
class Environment:
    """Where bytes come from and go to. `stdout` carries the result and nothing else; `stderr` is for people."""

    stdin: BinaryIO
    stdout: BinaryIO
    stderr: TextIO
    variables: Mapping[str, str]
    clock: Callable[[], float]  # seconds, from any start
    settings: Path  # the folder of the person's config.toml and registers.toml
    asides: list[Callable[[], None]] = field(default_factory=list)  # called before anything is written

    @classmethod
    def of_process(cls, settings: Path) -> Environment:
        _fill_gaps()
        return cls(
            stdin=sys.stdin.buffer if sys.stdin else os.fdopen(0, "rb"),
            stdout=sys.stdout.buffer if sys.stdout else os.fdopen(1, "wb"),
            stderr=sys.stderr or os.fdopen(2, "w", encoding="utf-8"),
            variables=os.environ,
            clock=time.perf_counter,
            settings=settings,
        )

    @property
    def draws_on_stderr(self) -> bool:
        """Whether stderr is a terminal that can be drawn on."""
        return self.stderr.isatty() and self.variables.get("TERM", "dumb") != "dumb"

    @property
    def colours_stdout(self) -> bool:
        """Whether stdout is a terminal that wants colours."""
        plain = self.variables.get("NO_COLOR") or self.variables.get("TERM", "dumb") == "dumb"
        return self.stdout.isatty() and not plain

    @property
    def one_terminal(self) -> bool:
        """Whether stdout and stderr end up on the same screen."""
        if not (self.stdout.isatty() and self.stderr.isatty()):
            return False
        try:
            return os.fstat(self.stdout.fileno()).st_rdev == os.fstat(self.stderr.fileno()).st_rdev
        except (OSError, ValueError):
            return True  # no files of this machine: what one shows the other would show again

    @property
    def columns(self) -> int | None:
        """How wide the terminal is that stdout is; None where it is none."""
        return _columns(self.stdout)

    @property
    def terminal(self) -> str | None:
        """The terminal that stdin, stdout and stderr all are; None where they are not one."""
        try:
            names = {os.ttyname(stream.fileno()) for stream in (self.stdin, self.stdout, self.stderr)}
        except (OSError, ValueError):
            return None
        return names.pop() if len(names) == 1 else None

    @property
    def mixed(self) -> bool:
        """Whether stdout and stderr are one file that is not a terminal: what is said stands in the result."""
        try:
            out, err = os.fstat(self.stdout.fileno()), os.fstat(self.stderr.fileno())
        except (OSError, ValueError):
            return False  # no files of this machine
        return (out.st_dev, out.st_ino) == (err.st_dev, err.st_ino) and not self.stdout.isatty()

    def write(self, data: bytes) -> None:
        """The result, whole and at once. Raises BrokenPipeError where its reader went away, else DgError."""
        if self.stdout.isatty():
            self.make_way()
        try:
            self.stdout.write(data)
            self.stdout.flush()
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            raise DgError(
                f"The result cannot be written to stdout ({error.strerror or error}).", "Check where it goes."
            ) from error

    def tell(self, message: str) -> None:
        """One line for a person. That nobody hears it is no reason to stop."""
        self.make_way()
        line, width = one_line(message), _columns(self.stderr)
        if width is not None:
            line = textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
        with contextlib.suppress(OSError):
            print(line, file=self.stderr, flush=True)

    def teller(self, *, quiet: bool) -> Callable[[str], None]:
        """`tell`, or what says nothing."""
        return (lambda message: None) if quiet else self.tell

    def make_way(self) -> None:
        """Clear what is drawn on stderr: something else is about to be written there."""
        for aside in self.asides:
            aside()


class PlainStream:
    """A stream for what others write, such as the parser of the command line: nothing in it steers a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(visible(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _columns(stream: BinaryIO | TextIO) -> int | None:
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def one_line(text: str) -> str:
    """`text` as `visible` shows it, its newlines too: a name cannot add lines that look like those of `dg`."""
    return visible(text).replace("\n", "␊")


def visible(text: str) -> str:
    """`text` with every character that could steer a terminal shown as a picture: ␛ for escape. Newlines stay."""
    return "".join(map(_picture, text)) if any(map(_steers, text)) else text


def _steers(character: str) -> bool:
    return character in _BIDI or (character != "\n" and unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"))


def _picture(character: str) -> str:
    if not _steers(character):
        return character
    code = ord(character)
    return chr(0x2400 + code) if code < 0x20 else "␡" if code == 0x7F else "\ufffd"


_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _fill_gaps() -> None:
    """Open what the process was started without, or the next file opened would take its place and get its messages.

    Nothing comes from such a stdin, nobody reads such a stderr; to write to such a stdout is an error.
    """
    for descriptor, mode in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, mode)  # takes the lowest that is free, which is this one
