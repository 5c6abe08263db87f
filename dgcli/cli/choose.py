"""Which model a command uses: `-m`, then DG_MODEL, then config.toml, then the bundled one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from dgcli.checkpoint.registry import repository
from dgcli.cli.config import config_file, named_folder, read_settings
from dgcli.cli.names import BASE, BUNDLED_NAME, meant
from dgcli.errors import ModelError
from dgcli.platform.environment import Environment

BUNDLED = BASE.with_name("infill")  # the adapter with which it denoises
BUNDLED_RESTYLE = BASE.with_name("restyle")  # and the one with which its encoder rewrites
_HUB_PARTS = 2  # owner/name


@dataclass(frozen=True)
class ChosenModel:
    """A model's folder and how it was arrived at."""

    folder: Path
    name: str
    bundled: bool = False


def choose(option: str | None, env: Environment, bundled: Path = BUNDLED) -> ChosenModel:
    """The model to use; where it is the bundled one, the adapter in `bundled`. Nothing is ever downloaded here.

    Raises:
        ModelError: the named model is neither a folder nor, whole, in the Hugging Face cache.
        UsageError: config.toml cannot be read.
    """
    asked = option or env.variables.get("DG_MODEL")
    name = asked or read_settings(env).model
    if not name or name == BUNDLED_NAME:
        return ChosenModel(folder=bundled, name=BUNDLED_NAME, bundled=True)
    return _named(name, env) if asked else _default(name, env)


def _default(name: str, env: Environment) -> ChosenModel:
    """The model that config.toml names. Raises ModelError, which says so, where it is gone."""
    try:
        choice = _named(name, env)
        found = os.path.exists(choice.folder)
    except ModelError:
        found = False
    if not found:
        raise ModelError(
            f"The default model {name}, which {config_file(env)} names, is not on this machine.",
            f"Choose another, as in `dg models set-default {BUNDLED_NAME}`, or name one with -m.",
        )
    return choice


def _named(name: str, env: Environment) -> ChosenModel:
    """A folder, or a model of the Hub's cache."""
    folder = named_folder(name)
    typed = name
    here = os.path.exists(folder)  # unlike Path.exists, it knows of names that no file can have
    if not here:
        name = repository(name)
        if "/" not in name:
            advice = meant(name, env).strip() or "Name a folder, or a model that `dg models` lists."
            raise ModelError(f"{name} is not a model on this machine, and there is no folder of that name.", advice)
    if here or len(name.partition("@")[0].split("/")) != _HUB_PARTS or name.startswith((".", "~", "/")):
        return ChosenModel(folder=folder, name=name)
    return ChosenModel(folder=_cached(name, typed), name=name)


def _cached(name: str, typed: str) -> Path:
    """The snapshot of a Hub model that is on this machine already; `@REVISION` may follow the name.

    `typed` is how the person calls it.
    """
    from dgcli.checkpoint import hub

    plain, _, revision = name.partition("@")
    folder = hub.cached(plain, revision or "main")
    if folder is None:
        if others := [each for each, _ in hub.all_cached() if each.startswith(f"{plain}@")]:
            raise ModelError(
                f"There is no {name} on this machine, but there is {', '.join(others)}.", f"To use it: -m {others[0]}"
            )
        wanted = f"{plain} --revision {revision}" if revision else typed
        raise ModelError(
            f"There is no folder {typed}, and no complete model of that name on this machine.",
            f"To fetch it from the Hugging Face Hub, run `dg pull {wanted}`.",
        )
    return folder
