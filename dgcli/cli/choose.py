"""Which model a command uses: `-m`, then DG_MODEL, then config.toml, then the bundled one."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

import dgcli
from dgcli.checkpoint.registry import repository
from dgcli.errors import ModelError, UsageError
from dgcli.platform.environment import Environment
from dgcli.platform.toml import parse_toml

BASE = Path(dgcli.__file__).parent / "bundled" / "base"  # the weights of the bundled model
BUNDLED = BASE.with_name("infill")  # the adapter with which it denoises
BUNDLED_RESTYLE = BASE.with_name("restyle")  # and the one with which its encoder rewrites
BUNDLED_NAME = "dg-small"
LARGE = "26b-4bit"
_HUB_PARTS = 2  # owner/name


@dataclass(frozen=True)
class Choice:
    """A model's folder and how it was arrived at."""

    folder: Path
    name: str
    bundled: bool = False


def choose(option: str | None, env: Environment, bundled: Path = BUNDLED) -> Choice:
    """The model to use; where it is the bundled one, the adapter in `bundled`. Nothing is ever downloaded here.

    Raises:
        ModelError: the named model is neither a folder nor, whole, in the Hugging Face cache.
        UsageError: config.toml cannot be read.
    """
    name = option or env.variables.get("DG_MODEL") or configured("model")
    if not name or name == BUNDLED_NAME:
        return Choice(folder=bundled, name=BUNDLED_NAME, bundled=True)
    folder = named_folder(name)
    here = os.path.exists(folder)  # unlike Path.exists, it knows of names that no file can have
    if not here:
        name = repository(name)
    if here or len(name.partition("@")[0].split("/")) != _HUB_PARTS or name.startswith((".", "~", "/")):
        return Choice(folder=folder, name=name)
    return Choice(folder=_cached(name), name=name)


def named_folder(name: str) -> Path:
    """A name as a folder; ~ is the home folder, and a ~user that is not known stays as it is."""
    return Path(os.path.expanduser(name))


def config_file() -> Path:
    """Where the configuration is kept."""
    return Path(typer.get_app_dir("dg")) / "config.toml"


def configured(key: str) -> str | None:
    """What config.toml says for a key, if anything.

    Raises:
        UsageError: the file cannot be read, or the value is no text.
    """
    path = config_file()
    if not path.is_file():
        return None
    value = _read_toml(path).get(key)
    if value is not None and not isinstance(value, str):
        raise UsageError(f"`{key}` in {path} is not a text.", f'Write it in quotes, as in {key} = "…".')
    return value


def configured_folders() -> list[Path]:
    """`folders` of config.toml: where models are kept that `dg models` lists.

    Raises:
        UsageError: the file cannot be read, or the value is no list of texts.
    """
    path = config_file()
    value = _read_toml(path).get("folders", []) if path.is_file() else []
    if not isinstance(value, list) or not all(isinstance(folder, str) for folder in value):
        raise UsageError(f"`folders` in {path} is no list of texts.", 'Write it as in folders = ["~/models"].')
    return [named_folder(folder) for folder in value]


def with_default(text: str, name: str | None) -> str:
    """The text of a config.toml with another `model`, or none; all else stays as it is.

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
        raise UsageError(f"{config_file()} has a `model` that is not on a line of its own.", "Change it by hand.")
    return new


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return parse_toml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read ({error}).", "Correct it or delete it.") from error


def _cached(name: str) -> Path:
    """The snapshot of a Hub model that is on this machine already; `@REVISION` may follow the name."""
    from dgcli.checkpoint import hub

    plain, _, revision = name.partition("@")
    folder = hub.cached(plain, revision or "main")
    if folder is None:
        if others := [each for each, _ in hub.all_cached() if each.startswith(f"{plain}@")]:
            raise ModelError(
                f"There is no {name} on this machine, but {', '.join(others)}.", f"Name it: -m {others[0]}"
            )
        wanted = f"{plain} --revision {revision}" if revision else plain
        raise ModelError(
            f"There is no folder {name}, and no model of that name on this machine as a whole.",
            f"To fetch it from the Hugging Face Hub, run `dg pull {wanted}`.",
        )
    return folder
