"""Reading JSON files of a checkpoint field by field: every complaint names the file and the field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dgcli.checkpoint.reading import read_at_most
from dgcli.errors import ModelError

_LARGEST_FILE = 64 * 2**20  # bytes; a shard index of a very large model has a few MB
_LARGEST_INT = 2**31 - 1
_ADVICE = "The file is damaged or of another kind of model: fetch the checkpoint again."


@dataclass(frozen=True)
class Fields:
    """A JSON object of `path`, and where in the file it stands.

    What reads a field raises ModelError, which names file and field, where the value is missing or of another kind.
    """

    path: Path
    values: Mapping[str, Any]
    prefix: str = ""

    def error(self, name: str, complaint: str) -> ModelError:
        """The error to raise about a field."""
        return ModelError(f"{self.path}: {self.prefix}{name} {complaint}.", _ADVICE)

    def size(self, name: str, default: int | None = None, most: int = _LARGEST_INT) -> int:
        """A whole number from one to `most`. Raises ModelError."""
        found = self._whole(name, default, 1)
        if found > most:
            raise self.error(name, f"is {found}, more than {most}")
        return found

    def index(self, name: str, default: int | None = None, below: int = _LARGEST_INT) -> int:
        """A whole number of at least zero, and below `below`. Raises ModelError."""
        found = self._whole(name, default, 0)
        if found >= below:
            raise self.error(name, f"is {found}, not below {below}")
        return found

    def indices(self, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
        """One whole number or a list of them, as a tuple; `default` where absent or null. Raises ModelError."""
        value = self.values.get(name)
        if value is None:
            return default
        found = value if isinstance(value, list) else [value]
        if not all(_is_whole(item, 0) for item in found):
            raise self.error(name, f"is {_shown(value)}, not a token id or a list of them")
        return tuple(found)

    def positive(self, name: str, default: float | None = None) -> float:
        """A finite number above zero. Raises ModelError."""
        value = self._value(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e30:
            raise self.error(name, f"is {_shown(value)}, not a number above zero")
        return float(value)

    def share(self, name: str, default: float | None = None) -> float:
        """A number above zero and at most one. Raises ModelError."""
        found = self.positive(name, default)
        if found > 1:
            raise self.error(name, f"is {found}, more than 1")
        return found

    def flag(self, name: str, default: bool) -> bool:
        """True or false; `default` where absent or null. Raises ModelError."""
        value = self._value(name, default)
        if not isinstance(value, bool):
            raise self.error(name, f"is {_shown(value)}, not true or false")
        return value

    def section(self, name: str, default: Mapping[str, Any] | None = None) -> Fields:
        """An object inside this one. Raises ModelError."""
        value = self._value(name, default)
        if not isinstance(value, Mapping):
            raise self.error(name, f"is {_shown(value)}, not an object")
        return Fields(self.path, value, f"{self.prefix}{name}.")

    def _value(self, name: str, default: object) -> object:
        value = self.values.get(name)
        if value is None:
            value = default
        if value is None:
            raise self.error(name, "is missing")
        return value

    def _whole(self, name: str, default: int | None, least: int) -> int:
        value = self._value(name, default)
        if not _is_whole(value, least):
            raise self.error(name, f"is {_shown(value)}, not a whole number of at least {least}")
        assert isinstance(value, int)
        return value


def read_json(path: Path, advice: str = _ADVICE) -> Fields:
    """Read the JSON object in `path`. Raises ModelError where it is missing, unreadable, or something else."""
    try:
        text = read_at_most(path, _LARGEST_FILE, _ADVICE)
    except FileNotFoundError:
        raise ModelError(f"{path} does not exist.", advice) from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.", advice) from None
    if not text.strip():
        raise ModelError(f"{path} is empty.", _ADVICE)
    return Fields(path, parse_object(path, text))


def parse_object(where: Path | str, text: bytes) -> dict[str, Any]:
    """Parse a JSON object, behind a byte-order mark or not. Raises ModelError that begins with `where`."""
    try:
        value = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{where} is not valid JSON ({str(error)[:80] or 'nested too deeply'}).", _ADVICE) from None
    if not isinstance(value, dict):
        raise ModelError(f"{where} holds {_shown(value)}, not a JSON object.", _ADVICE)
    return value


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= _LARGEST_INT


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."
