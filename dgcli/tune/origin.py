"""What an adapter was made from, in its folder: numbers and names, and no text but those of registers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from dgcli.errors import InputError
from dgcli.platform.files import alone, write_whole
from dgcli.tasks.restyle.registers import Register

ORIGIN, REGISTERS, REPORT = "tune.json", "registers.toml", "report.html"
_FORMAT, _VERSION = "dg-tune", 1
_LARGEST = 2**20  # bytes of the file
_NAMED = 3  # names that are listed


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Of one adapter. What is only known in the end is None until then."""

    model: str
    """As `-m` names it."""
    data: str
    """The last part of the name of the file or the folder."""
    source: str
    """What there was in it, in words."""
    examples: Mapping[str, int]
    """Kind -> how many were learned from."""
    held_out: Mapping[str, int]
    registers: tuple[str, ...]
    digest: str
    """Of all examples and what the model is: whether a run that goes on has what it was begun with."""
    made: str
    """The day, as in 2026-11-28."""
    dg: str
    """The version that made it."""
    before: float | None = None
    """The held-out loss without the adapter, nats a token."""
    after: float | None = None
    """That with it."""
    step: int | None = None
    """That it is from."""
    seconds: float | None = None
    """Of learning."""

    @property
    def finished(self) -> bool:
        return self.after is not None

    def keep(self, folder: Path) -> None:
        """Raises OSError."""
        values = {"format": _FORMAT, "version": _VERSION, **asdict(self)}
        write_whole(folder / ORIGIN, json.dumps(values, indent=1, ensure_ascii=False) + "\n")


def several(names: Sequence[str]) -> str:
    """Names for a person: the first few, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def read_origin(folder: Path) -> Origin | None:
    """What a folder says of its adapter; None where it says nothing that can be read."""
    with suppress(OSError, ValueError, LookupError, RecursionError, TypeError, AttributeError):
        path = folder / ORIGIN
        if path.stat().st_size > _LARGEST:
            return None
        values = json.loads(path.read_text(encoding="utf-8"))
        if (values.pop("format"), values.pop("version")) != (_FORMAT, _VERSION):
            return None
        known = {field.name: values[field.name] for field in fields(Origin)}
        known["registers"] = tuple(map(str, known["registers"]))
        return _checked(Origin(**known))
    return None


def _checked(origin: Origin) -> Origin:
    """Raises ValueError or TypeError where a value is of another kind than it is to be."""
    texts = (origin.model, origin.data, origin.source, origin.digest, origin.made, origin.dg)
    numbers = (origin.before, origin.after, origin.step, origin.seconds)
    counts = (*origin.examples.values(), *origin.held_out.values())
    if not all(isinstance(text, str) for text in texts) or not all(isinstance(count, int) for count in counts):
        raise TypeError
    if not all(number is None or isinstance(number, int | float) for number in numbers):
        raise TypeError
    return origin


def write_registers(folder: Path, registers: Mapping[str, Register]) -> None:
    """The registers that were learned, as `dg restyle` reads a person's own. Raises OSError."""
    parts = [
        f"[{_quoted(name)}]\ndescription = {_quoted(each.description)}\n" for name, each in sorted(registers.items())
    ]
    write_whole(folder / REGISTERS, "\n".join(parts))


def alone_in(folder: Path) -> AbstractContextManager[None]:
    """Raises InputError where another run is at work in the folder."""
    return alone(folder, InputError(f"Another `dg tune` is at work in {folder}.", "Name another with <adapter>."))


def check_new(folder: Path, found: Origin | None) -> None:
    """Raises InputError where the folder has something else than a run that can go on, or one that still runs."""
    with alone_in(folder):
        pass
    if found is not None and found.finished:
        raise InputError(
            f"{folder} has a finished adapter, made from {found.data}.", "Name another with <adapter>, or delete it."
        )
    if found is None and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            f"{folder} is there already, and is not a run that `dg tune` could go on with.",
            "Name another with <adapter>.",
        )


def _quoted(text: str) -> str:
    """As a basic string of TOML, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
