"""What `-i` changed: the old and the new text of each file, kept for its owner only, bounded, safe to delete.

One file for each change, which has its name from when the change was made. Where a change cannot be kept, that is
told, and the run goes on.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from dgcli.errors import InputError
from dgcli.platform.environment import Environment
from dgcli.platform.private import PrivateFolder

MOST = 200  # changes that are kept
LARGEST = 64 * 2**20  # bytes of all of them
_NAME = re.compile(r"[0-9]{20}\.(?:change|undone)")
_UNDONE = ".undone"
_FIELDS = {
    **dict.fromkeys(("run", "count", "seed", "size"), int),
    **dict.fromkeys(("command", "file", "model", "before", "after"), str),
}  # of the first line of a file
_HEAD = 2**16  # bytes that the first line has at most: names of a file and of a model


@dataclass(frozen=True)
class Change:
    """What a run made of a file."""

    run: int  # when the run began, in nanoseconds since 1970
    command: str
    file: str  # the whole name, links followed
    count: int  # of holes that were filled, or paragraphs that were rewritten
    model: str
    seed: int


@dataclass(frozen=True)
class Kept:
    """A change that is kept, and the file that has its texts."""

    change: Change
    place: Path
    size: int  # bytes of the old text, which comes first
    before: str  # sha256 of the old text
    after: str  # and of the new one

    @property
    def undone(self) -> bool:
        return self.place.suffix == _UNDONE

    def texts(self) -> tuple[bytes, bytes]:
        """The old text and the new one.

        Raises:
            InputError: they are gone or damaged.
        """
        try:
            with self.place.open("rb") as file:
                file.readline(_HEAD)
                old, new = file.read(self.size), file.read()
        except OSError as error:
            raise InputError(f"{self.place} cannot be read ({error.strerror}).", "Check its permissions.") from error
        if (digest(old), digest(new)) != (self.before, self.after):
            raise InputError(f"{self.place} is damaged.", "Delete it: what it kept is lost.")
        return old, new

    def set_undone(self) -> None:
        """Write down that the file has its old text again."""
        with contextlib.suppress(OSError):
            self.place.rename(self.place.with_suffix(_UNDONE))


def folder_of_changes(variables: Mapping[str, str]) -> Path | None:
    """Where changes are kept: with what else programs keep of what was done. None where there is no home."""
    home, base = variables.get("HOME", ""), variables.get("XDG_STATE_HOME", "")
    if not os.path.isabs(base):
        if not os.path.isabs(home):
            return None
        base = os.path.join(home, "Library/Application Support" if sys.platform == "darwin" else ".local/state")
    return Path(base, "dg", "changes")


def changes(env: Environment) -> list[Kept]:
    """All that is kept, the newest first. What is damaged is left out."""
    folder = _private(env)
    found = (_read(path) for path, _ in reversed(folder.files())) if folder is not None else ()
    return [kept for kept in found if kept is not None]


def forget(env: Environment) -> int:
    """Delete all that is kept; how many changes that were.

    Raises:
        OSError: the folder is there and cannot be emptied.
    """
    folder = _private(env)
    return 0 if folder is None else folder.empty()


@contextlib.contextmanager
def kept(change: Change, old: str, new: str, env: Environment, *, quiet: bool) -> Iterator[bool]:
    """Keep a change that is about to be made, and say whether it could be; it is not kept if it fails."""
    place = None
    folder = _private(env)
    if folder is not None:
        try:
            place = _write(folder, change, old.encode(), new.encode())
        except OSError as error:
            if not quiet:
                env.tell(f"dg: `dg undo` will not know of {change.file}: its text cannot be kept ({error.strerror}).")
    try:
        yield place is not None
    except Exception:  # after an interrupt the file may have its new text
        if place is not None:
            place.unlink(missing_ok=True)
        raise


def when(kept: Kept) -> str:
    """When a file was changed, on the person's clock, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(int(kept.place.name.partition(".")[0]) // 10**9))


def digest(text: bytes) -> str:
    """What a text is known by."""
    return hashlib.sha256(text).hexdigest()


def _private(env: Environment) -> PrivateFolder | None:
    """That folder, with what is kept in it."""
    folder = folder_of_changes(env.variables)
    return None if folder is None else PrivateFolder(folder, _NAME)


def _write(folder: PrivateFolder, change: Change, old: bytes, new: bytes) -> Path:
    """Raises OSError."""
    folder.make()
    head = {**asdict(change), "size": len(old), "before": digest(old), "after": digest(new)}
    line = json.dumps(head).encode() + b"\n"
    _make_room(folder, len(line) + len(old) + len(new))

    def fill(temporary: Path) -> None:
        with temporary.open("wb") as file:
            file.writelines((line, old, new))
            file.flush()
            os.fsync(file.fileno())

    return folder.write(fill, lambda: f"{time.time_ns():020d}.change")


def _make_room(folder: PrivateFolder, needed: int) -> None:
    """Delete the oldest. Raises OSError where all room would not do."""
    if needed > LARGEST:
        raise OSError(None, f"it is larger than {LARGEST >> 21} MiB")
    files = folder.files()
    total = needed + sum(status.st_size for _, status in files)
    for number, (path, status) in enumerate(files):
        if total > LARGEST or len(files) - number >= MOST:
            path.unlink(missing_ok=True)
            total -= status.st_size


def _read(place: Path) -> Kept | None:
    """A change without its texts; None where it is damaged."""
    try:
        with place.open("rb") as file:
            head = json.loads(file.readline(_HEAD))
        if {name: type(value) for name, value in head.items()} != _FIELDS or "\0" in head["file"]:
            return None
        size, before, after = (head.pop(name) for name in ("size", "before", "after"))
    except (OSError, ValueError, AttributeError, RecursionError):
        return None
    known = 0 <= head["run"] < 2**63 and 0 <= size <= LARGEST
    return Kept(Change(**head), place, size, before, after) if known else None
