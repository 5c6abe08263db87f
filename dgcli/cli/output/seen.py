"""What a diff calls its files: as they are seen from the folder where `patch -p1` finds them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dgcli.cli.reading import STDIN


@dataclass(frozen=True)
class Seen:
    """Files as they are seen from a folder.

    `patch` and `git apply` refuse names that are absolute, that hold `..`, or that are links. So a file has the name
    of what it links to, and where one is not below the working folder, all are seen from a folder above it.
    """

    folder: str

    @classmethod
    def of(cls, paths: Sequence[Path]) -> Seen:
        """From the working folder if all are below it, else from the nearest that all of them and it are below."""
        here = os.path.realpath(os.curdir)
        return cls(
            os.path.commonpath([here, *(os.path.dirname(os.path.realpath(path)) for path in paths if _is_file(path))])
        )

    def name(self, path: Path) -> str:
        """What the diff calls it."""
        if not _is_file(path):
            return "stdin" if path == STDIN else path.name
        return os.path.relpath(os.path.realpath(path), self.folder)

    def advice(self, path: Path) -> str:
        """How its diff is applied, where `patch -p1` would not find the file; else nothing."""
        if not _is_file(path):
            name = "stdin" if path == STDIN else path
            return f"The diff is of {name}, which is not a file; apply it with `patch FILE`."
        if self.folder != os.path.realpath(os.curdir):
            command = f"patch -p1 -d {shlex.quote(self.folder)}"
            return f"The diff names {path} as seen from {self.folder}; apply it with `{command}`."
        return ""


def short(file: str) -> str:
    """The whole name of a file as short as it can be in the working folder, where it is below that."""
    here = os.path.join(os.path.realpath(os.curdir), "")
    return file.removeprefix(here)


def _is_file(path: Path) -> bool:
    return path != STDIN and os.path.isfile(path)
