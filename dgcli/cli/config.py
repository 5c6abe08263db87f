"""What a person has set: config.toml, and registers.toml beside it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Any

from dgcli.cli.suggest import did_you_mean
from dgcli.errors import UsageError
from dgcli.platform.environment import Environment
from dgcli.platform.toml import parse_toml
from dgcli.watch.view import Colors, ThemeName, View

_MOST_FAULTS = 9  # that are named
_NAMED = 60  # characters of an unknown key


@dataclass(frozen=True)
class Key:
    """What may be set."""

    says: str  # to a person
    example: Any
    expected: str  # the values that it may have, in words
    fits: Callable[[Any], bool]
    default: Any = None  # what holds where nothing is set; None: no value by itself
    unset: str = "(none)"  # that, in words


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool)


def _one_of(says: str, names: type[Enum], example: Enum, default: Enum | None = None, unset: str = "") -> Key:
    known = [name.value for name in names]
    expected = f"one of {', '.join(known)}"
    return Key(says, example.value, expected, lambda value: value in known, default and default.value, unset)


_TEXT = "a text in quotes"
_SWITCH = "true or false"
_TERMINAL = "(the terminal's)"
KEYS: Mapping[str, Key] = {
    "model": Key(
        "The model, where -m names none: a folder, a short name or OWNER/NAME.",
        *("26b-4bit", _TEXT, _is_text, "dg-small"),  # BUNDLED_NAME of dgcli.cli.names
    ),
    "folders": Key(
        "Folders with models, for `dg models` to list.",
        ["~/models"],
        "a list of texts",
        lambda value: isinstance(value, list) and all(map(_is_text, value)),
        default=[],
    ),
    "register": Key(
        "The register of `dg restyle` without --register: a name of `dg registers`, or words.",
        *("formal", _TEXT, _is_text),
    ),
    "theme": _one_of("The colours of what is drawn.", ThemeName, ThemeName.light, unset=_TERMINAL),
    "colors": _one_of("How many colours the terminal has.", Colors, Colors.many, unset=_TERMINAL),
    "view": _one_of("What is drawn: the text, a heat map of doubt, or a single line.", View, View.line, View.text),
    "undo": Key(
        "Whether the text that -i replaced is kept on this machine, for `dg undo` and `dg log`.",
        *(False, _SWITCH, _is_switch, True),
    ),
    "keep_picks": Key(
        "Whether what you take or edit with --pick is kept on this machine, for `dg tune` to learn from.",
        *(True, _SWITCH, _is_switch, False),
    ),
}


@dataclass(frozen=True)
class Config:
    """What config.toml sets rightly, and what is wrong with the rest."""

    given: Mapping[str, Any]
    faults: tuple[str, ...] = ()  # each names the place

    @property
    def model(self) -> str | None:
        """As -m takes it."""
        return self.given.get("model")

    @property
    def folders(self) -> list[Path]:
        """Where models are kept that `dg models` lists."""
        return [named_folder(folder) for folder in self.given.get("folders", ())]

    @property
    def register(self) -> str | None:
        """As --register takes it."""
        return self.given.get("register")

    @property
    def theme(self) -> ThemeName | None:
        return ThemeName(self.given["theme"]) if "theme" in self.given else None

    @property
    def colors(self) -> Colors | None:
        return Colors(self.given["colors"]) if "colors" in self.given else None

    @property
    def view(self) -> View | None:
        return View(self.given["view"]) if "view" in self.given else None

    @property
    def undo(self) -> bool:
        """Whether what -i replaces is kept."""
        return bool(self.given.get("undo", True))

    @property
    def keep_picks(self) -> bool:
        """Whether what a person takes or edits with --pick is kept."""
        return bool(self.given.get("keep_picks", False))


def config_file(env: Environment) -> Path:
    """Where the configuration is kept."""
    return env.settings / "config.toml"


def registers_file(env: Environment) -> Path:
    """Where a person describes registers."""
    return env.settings / "registers.toml"


def named_folder(name: str) -> Path:
    """A name as a folder; ~ is the home folder, and a ~user that is not known stays as it is."""
    return Path(os.path.expanduser(name))


def read_settings(env: Environment) -> Config:
    """What config.toml sets. A key that is unknown or has a wrong value is a fault, and sets nothing.

    Raises:
        UsageError: the file cannot be read.
    """
    path = config_file(env)
    if not path.is_file():
        return Config({})
    try:
        text = path.read_text(encoding="utf-8")
        found = parse_toml(text)
    except (OSError, ValueError, RecursionError) as error:  # the parser names line and column
        raise UsageError(
            f"{path} cannot be read ({error}).", "Correct it with `dg config edit`, or delete it."
        ) from error
    problems = {key: problem for key, value in found.items() if (problem := _problem(key, value))}
    faults = [f"{path}{_line(text, key)}: {problem}" for key, problem in islice(problems.items(), _MOST_FAULTS)]
    if (more := len(problems) - len(faults)) > 0:
        faults.append(f"{path}: {more} more keys are wrong.")
    return Config({key: value for key, value in found.items() if key not in problems}, tuple(faults))


def tell_faults(env: Environment, *, quiet: bool = False) -> None:
    """Say what is wrong in config.toml. Each command that reads it does so once."""
    for fault in () if quiet else read_settings(env).faults:
        env.tell(f"dg: {fault}")


def template() -> str:
    """A config.toml that sets nothing, and says what may be set."""
    lines = ["# Settings that hold unless a command says otherwise; `dg config` shows what applies.", ""]
    for name, key in KEYS.items():
        lines += [f"# {key.says}", f"#{name} = {written(key.example)}", ""]
    return "\n".join(lines)


def written(value: Any) -> str:
    """A value as config.toml has it."""
    return json.dumps(value, ensure_ascii=False)


def with_default(text: str, name: str | None, path: Path) -> str:
    """The text of the config.toml at `path` with another `model`, or none; all else stays as it is.

    Raises:
        UsageError: the text cannot be changed safely.
    """
    old = parse_toml(text)
    end = match.start() if (match := re.search(r"^\s*\[", text, re.MULTILINE)) else len(text)
    kept = re.sub(r"^[ \t]*model[ \t]*=.*\n?", "", text[:end], flags=re.MULTILINE) + text[end:]
    new = kept if name is None else f"model = {written(name)}\n{kept}"
    expected = {key: value for key, value in old.items() if key != "model"} | ({} if name is None else {"model": name})
    try:
        safe = parse_toml(new) == expected
    except ValueError:
        safe = False
    if not safe:
        raise UsageError(f"{path} has a `model` that is not on a line of its own.", "Change it by hand.")
    return new


def _problem(key: str, value: Any) -> str:
    """What is wrong with a key and its value; empty where nothing is."""
    if key not in KEYS:
        return f"there is no key `{key[:_NAMED]}`.{did_you_mean(key[:_NAMED], KEYS)}"
    return "" if KEYS[key].fits(value) else f"`{key}` has to be {KEYS[key].expected}."


def _line(text: str, key: str) -> str:
    """Where a key of the top level stands: on a line of its own, or as a table."""
    names = rf"(?:{re.escape(key)}|\"{re.escape(key)}\"|'{re.escape(key)}')"
    found = re.search(rf"^[ \t]*(?:\[\[?[ \t]*)?{names}[ \t]*[=.\]]", text, re.MULTILINE)
    return "" if found is None else f", line {text.count(chr(10), 0, found.start()) + 1}"
