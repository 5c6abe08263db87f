"""The process as commands see it: streams, which of them are terminals, variables, clock. Tests give another one."""

from __future__ import annotations

import os
import sys
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, TextIO


@dataclass(frozen=True)
class Environment:
    """Where bytes come from and go to. `stdout` carries the result and nothing else; `stderr` is for people."""

    stdin: BinaryIO
    stdout: BinaryIO
    stderr: TextIO
    variables: Mapping[str, str]
    clock: Callable[[], float]  # seconds, from any start
    asides: list[Callable[[], None]] = field(default_factory=list)  # called before anything is written

    @classmethod
    def of_process(cls) -> Environment:
        return cls(
            stdin=sys.stdin.buffer,
            stdout=sys.stdout.buffer,
            stderr=sys.stderr,
            variables=os.environ,
            clock=time.perf_counter,
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

    def write(self, data: bytes) -> None:
        """The result, whole and at once."""
        if self.stdout.isatty():
            self.make_way()
        self.stdout.write(data)
        self.stdout.flush()

    def tell(self, message: str) -> None:
        """One line for a person."""
        self.make_way()
        print(visible(message), file=self.stderr, flush=True)

    def make_way(self) -> None:
        """Clear what is drawn on stderr: something else is about to be written there."""
        for aside in self.asides:
            aside()


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
