"""What a person has set: config.toml, and registers.toml beside it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from dgcli.errors import UsageError
from dgcli.platform.environment import Environment
from dgcli.platform.toml import parse_toml


def config_file(env: Environment) -> Path:
    """Where the configuration is kept."""
    return env.settings / "config.toml"


def registers_file(env: Environment) -> Path:
    """Where a person describes registers."""
    return env.settings / "registers.toml"


def named_folder(name: str) -> Path:
    """A name as a folder; ~ is the home folder, and a ~user that is not known stays as it is."""
    return Path(os.path.expanduser(name))


def configured(env: Environment, key: str) -> str | None:
    """What config.toml says for a key, if anything.

    Raises:
        UsageError: the file cannot be read, or the value is no text.
    """
    path = config_file(env)
    if not path.is_file():
        return None
    value = _read_toml(path).get(key)
    if value is not None and not isinstance(value, str):
        raise UsageError(f"`{key}` in {path} is not a text.", f'Write it in quotes, as in {key} = "…".')
    return value


def configured_folders(env: Environment) -> list[Path]:
    """`folders` of config.toml: where models are kept that `dg models` lists.

    Raises:
        UsageError: the file cannot be read, or the value is no list of texts.
    """
    path = config_file(env)
    value = _read_toml(path).get("folders", []) if path.is_file() else []
    if not isinstance(value, list) or not all(isinstance(folder, str) for folder in value):
        raise UsageError(f"`folders` in {path} is no list of texts.", 'Write it as in folders = ["~/models"].')
    return [named_folder(folder) for folder in value]


def with_default(text: str, name: str | None, path: Path) -> str:
    """The text of the config.toml at `path` with another `model`, or none; all else stays as it is.

    Raises:
        UsageError: the text cannot be changed safely.
    """
    old = parse_toml(text)
    end = match.start() if (match := re.search(r"^\s*\[", text, re.MULTILINE)) else len(text)
    kept = re.sub(r"^[ \t]*model[ \t]*=.*\n?", "", text[:end], flags=re.MULTILINE) + text[end:]
    new = kept if name is None else f"model = {json.dumps(name, ensure_ascii=False)}\n{kept}"
    expected = {key: value for key, value in old.items() if key != "model"} | ({} if name is None else {"model": name})
    try:
        safe = parse_toml(new) == expected
    except ValueError:
        safe = False
    if not safe:
        raise UsageError(f"{path} has a `model` that is not on a line of its own.", "Change it by hand.")
    return new


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return parse_toml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read ({error}).", "Correct it or delete it.") from error
