"""Registers, ways to say the same thing: `registers.toml`, which describes those of dg, and the person's own, read."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dgcli.errors import UsageError
from dgcli.platform.toml import parse_toml

BUILT_IN = Path(__file__).with_name("registers.toml")


@dataclass(frozen=True)
class Register:
    """A way to say things."""

    name: str
    description: str  # what the model is told
    origin: Path | None = None  # the file that describes it; None for the words of `--register`
    unlike: str = ""  # description of the register that its words are told from; none is known


def read_registers(own: Path | None = None) -> dict[str, Register]:
    """Every register by its name, sorted: those that come with dg, and those of the user's file `own`, if it exists.

    Raises:
        UsageError: a file cannot be read, or describes something else.
    """
    registers = registers_in(BUILT_IN)
    if own is not None and own.exists():
        registers |= registers_in(own)
    return dict(sorted(registers.items()))


def find_register(wanted: str, registers: dict[str, Register]) -> Register:
    """The register of a name, or one described by any other words: “like a ship's log”.

    Raises:
        UsageError: there are no words, or just one that looks like a name that is misspelt.
    """
    words = " ".join(wanted.split())
    if known := registers.get(words.lower()):
        return known
    names = ", ".join(registers)
    if not words:
        raise UsageError("The register is empty.", f"Choose from {names}, or describe one in your own words.")
    if close := difflib.get_close_matches(words, registers, n=1, cutoff=0.7):
        raise UsageError(
            f"There is no register {words!r}; did you mean {close[0]!r}?",
            f"Choose from {names}, or describe one in several words.",
        )
    return Register(words, _as_request(words))


def registers_in(path: Path) -> dict[str, Register]:
    """The registers that a file describes, by name. Raises UsageError where it cannot be read, or describes none."""
    try:
        values = parse_toml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # the parser names line and column
        raise UsageError(f"{path} cannot be read ({error}).", "Correct it or delete it.") from error
    registers = {name.lower(): _register(name.lower(), value, path) for name, value in values.items()}
    return {
        name: replace(register, unlike=registers[register.unlike].description if register.unlike in registers else "")
        for name, register in registers.items()
    }


def _as_request(words: str) -> str:
    """Words that say how, or what, as a sentence like those of the registers that have a name."""
    if words[-1] in ".!?":
        return words
    verb = (
        "Write" if words.partition(" ")[0].lower() in ("like", "as", "in", "with", "without", "for", "to") else "Make"
    )
    return f"{verb} it {words}."


def _register(name: str, value: Any, path: Path) -> Register:
    description = value.get("description") if isinstance(value, dict) else value
    if not isinstance(description, str) or not description.strip():
        raise UsageError(
            f"{path} does not describe the register {name!r}.",
            f'Write [{name}] and below it description = "…", what the model is to be told.',
        )
    unlike = value.get("unlike", "") if isinstance(value, dict) else ""
    return Register(name, " ".join(description.split()), path, str(unlike).lower())
