"""What the encoder made of prompts, kept in a folder for later runs: bounded, checked, safe to delete at any time.

One file for each prompt, named by the model and the tokens. Text can be recovered from it, so it is for its owner only.
Whatever goes wrong, a run goes on without.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dgcli.engine.fingerprint import sha256_of
from dgcli.engine.prompt_file import DAMAGE, PromptIds, file_bytes, read_ids, read_prompt, write_prompt
from dgcli.model.cache import Cache
from dgcli.platform.private import PrivateFolder

LARGEST = 2**30  # bytes of all files
SHORTEST = 64  # tokens; what is shorter is read again as quickly
NEWEST = 32  # prompts that another is compared with
_NAME = re.compile(r"[0-9a-f]{16}-[0-9a-f]{32}\.safetensors")

Known = tuple[PromptIds, Callable[[], Cache | None]]
"""A prompt, and its cache if that is sound."""


@dataclass(eq=False)
class PromptStore:
    """The prompts of one model in a folder, which need not exist. Several processes may use it at once."""

    folder: Path
    model: str
    """As `fingerprint` tells it: what else keys and values depend on."""
    warn: Callable[[str], None] = lambda message: None
    _writes: bool = True  # until it fails
    _used: set[str] = field(default_factory=set)  # files of this run
    _index: dict[Path, PromptIds] | None = None  # the prompts used last; None: not looked for yet

    @property
    def _private(self) -> PrivateFolder:
        """With the prompts of all models."""
        return PrivateFolder(self.folder, _NAME, ".safetensors")

    def known(self, ids: PromptIds, fits: Callable[[Cache], bool]) -> list[Known]:
        """This prompt, if it is here, and those used last. A cache that does not fit the model is dropped."""
        if self._index is None:
            self._index = dict(self._newest())
        path = self._path(ids)
        found = {path: ids, **self._index} if os.path.isfile(path) else self._index
        return [(each, partial(self._load, path, each, fits)) for path, each in found.items()]

    def keep(self, ids: PromptIds, cache: Cache) -> None:
        """Write a prompt [L] and its cache of one row. Where that fails, say so once and write no more."""
        if not self._writes or len(ids) < SHORTEST:
            return
        path = self._path(ids)
        try:
            if self._write(path, ids, cache):
                self._used.add(path.name)
                self._index = dict([(path, ids), *(self._index or {}).items()][:NEWEST])
        except FileNotFoundError:
            pass  # somebody has just deleted the folder
        except (OSError, RuntimeError) as error:
            self._writes = False
            reason = getattr(error, "strerror", None) or str(error)[:200].rstrip(".")
            self.warn(f"dg: prompts cannot be kept in {self.folder} ({reason}); the run goes on without them.")

    def _path(self, ids: PromptIds) -> Path:
        return self.folder / f"{self.model[:16]}-{sha256_of(ids)[:32]}.safetensors"

    def _newest(self) -> Iterator[tuple[Path, PromptIds]]:
        own = [(path, status) for path, status in self._private.files() if path.name.startswith(self.model[:16])]
        for path, _ in sorted(own, key=lambda file: -file[1].st_mtime_ns)[:NEWEST]:
            if (ids := self._tokens(path)) is not None:
                yield path, ids

    def _tokens(self, path: Path) -> PromptIds | None:
        """The tokens in a file; None, and it is deleted, where they are not those of its name."""
        with suppress(*DAMAGE):
            ids = read_ids(path)
            if self._path(ids) == path:
                return ids
        _delete(path)
        return None

    def _load(self, path: Path, ids: PromptIds, fits: Callable[[Cache], bool]) -> Cache | None:
        """The cache in a file; None, and it is deleted, where it is damaged or holds something else."""
        with suppress(*DAMAGE):
            found, cache = read_prompt(path)
            if found == ids and fits(cache):
                self._used.add(path.name)
                with suppress(OSError):
                    os.utime(path)
                return cache
        _delete(path)
        return None

    def _write(self, path: Path, ids: PromptIds, cache: Cache) -> bool:
        """Whether there was room. The file gets its name when it is whole."""
        self._private.make()
        if not self._make_room(file_bytes(ids, cache)):
            return False
        self._private.write(lambda temporary: write_prompt(temporary, ids, cache), lambda: path.name)
        return True

    def _make_room(self, needed: int) -> bool:
        """Delete what was used longest ago, but nothing of this run: its first prompts are the likeliest to come again.

        Later ones depend on what was written into the text before.
        """
        files = sorted(self._private.files(), key=lambda file: file[1].st_mtime_ns)
        held = sum(status.st_size for path, status in files if path.name in self._used)
        if held + needed > LARGEST:
            return False
        total = sum(status.st_size for _, status in files)
        for path, status in files:
            if total + needed > LARGEST and path.name not in self._used:
                path.unlink(missing_ok=True)
                total -= status.st_size
        return True


def _delete(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
