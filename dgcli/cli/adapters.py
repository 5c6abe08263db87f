"""Adapters by name: those that `dg tune` keeps for every folder, and those in the folders that config.toml names."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from dgcli.checkpoint.folders import CONFIG
from dgcli.cli.config import named_folder, read_settings, registers_file
from dgcli.cli.suggest import did_you_mean
from dgcli.errors import ModelError, UsageError
from dgcli.platform.environment import Environment, visible
from dgcli.tasks.restyle.registers import Register, read_registers, registers_in
from dgcli.tune.origin import ORIGIN, REGISTERS


def home(env: Environment) -> Path:
    """Where adapters are kept that have a name and no folder: with what else programs keep for a person.

    Raises:
        ModelError: there is no such place.
    """
    person, base = env.variables.get("HOME", ""), env.variables.get("XDG_DATA_HOME", "")
    if not os.path.isabs(base):
        if not os.path.isabs(person):
            raise ModelError("Adapters cannot be kept by name, as HOME is not set.", "Give a folder.")
        base = os.path.join(person, "Library/Application Support" if sys.platform == "darwin" else ".local/share")
    return Path(base, "dg", "adapters")


def folder_of(name: str, env: Environment) -> Path:
    """The folder that an adapter's name stands for: one that is there, or that the name says; else one at `home`."""
    folder = named_folder(name)
    if os.path.exists(folder) or os.path.basename(name) != name:
        return folder
    return home(env) / name


def adapter_here(name: str, env: Environment) -> Path | None:
    """The folder of the adapter, or of the unfinished run of `dg tune`, that a name or a path stands for, if any."""
    with suppress(ModelError):  # no adapter has a name here
        folder = folder_of(name, env)
        has = {each: os.path.exists(folder / each) for each in (CONFIG, ORIGIN, "config.json")}
        if (has[CONFIG] or has[ORIGIN]) and not has["config.json"]:
            return folder
    return None


def new_folder_of(name: str, env: Environment) -> Path:
    """The folder of an adapter that is to be made.

    Raises:
        ModelError: there is no place for adapters with a name.
        UsageError: it has a name by which `--adapter` or `dg models` would not find it again.
    """
    if not name.strip() or visible(name) != name or "\n" in name:
        raise UsageError(f"“{visible(name)}” cannot be the name of an adapter.", "Use letters, digits and hyphens.")
    is_name = os.path.basename(name) == name and not os.path.exists(named_folder(name))
    if is_name and (name.startswith(".") or "=" in name):
        raise UsageError(
            f"An adapter called {name} would not be found: what begins with a dot is hidden, and what "
            "follows = is a weight.",
            "Choose another name, or a folder (with a slash).",
        )
    return folder_of(name, env)


def adapter_paths(adapters: Sequence[str], env: Environment) -> list[str]:
    """Adapters as `--adapter` names them, NAME or PATH, with =WEIGHT or without, each with its path.

    Raises:
        ModelError: one of them is neither a path nor a name.
    """
    return [_path_of(each, env) for each in adapters]


def adapters_here(env: Environment) -> Iterator[tuple[str, Path]]:
    """Name and folder of every adapter that has a name, and of those in `folders` of config.toml.

    Raises:
        UsageError: config.toml cannot be read.
    """
    try:
        named = sorted(home(env).glob(f"*/{CONFIG}"))
    except ModelError:
        named = []
    for config in named:
        if not config.parent.name.startswith("."):
            yield config.parent.name, config.parent
    for place in read_settings(env).folders:
        for config in sorted((*place.glob(CONFIG), *place.glob(f"*/{CONFIG}"))):
            if not (config.parent / "config.json").exists() and not config.parent.name.startswith("."):
                yield str(config.parent), config.parent


def registers_with(adapters: Sequence[str], env: Environment) -> dict[str, Register]:
    """Every register by its name: those that come with dg, the person's own, and those that adapters have learned.

    Raises:
        UsageError: a file of them cannot be read, or describes something else.
    """
    known = read_registers(registers_file(env))
    learned = learned_registers(adapters)
    return dict(sorted({**known, **{name: each for name, each in learned.items() if not _same(each, known)}}.items()))


def learned_registers(adapters: Sequence[str]) -> dict[str, Register]:
    """The registers that adapters have learned, each with its path. Raises UsageError as `registers_with` does."""
    files = [Path(_path(each)[0], REGISTERS) for each in adapters]
    return {name: each for file in files if file.is_file() for name, each in registers_in(file).items()}


def _same(one: Register, known: dict[str, Register]) -> bool:
    return one.name in known and known[one.name].description == one.description


def _path_of(adapter: str, env: Environment) -> str:
    path, weight = _path(adapter)
    if os.path.exists(path):
        return adapter
    try:
        folder = folder_of(str(path), env)
    except ModelError:  # no adapter has a name here
        return adapter
    if folder.exists():
        return f"{folder}{weight}"
    if os.path.basename(path) != str(path):
        return adapter  # that it is not there is said where it is opened
    names = [name for name, _ in adapters_here(env)]
    advice = did_you_mean(str(path), names).strip() or "`dg models` lists those that have a name."
    raise ModelError(f"There is no adapter {path}, and no folder of that name.", advice)


def _path(adapter: str) -> tuple[Path, str]:
    """PATH, and =WEIGHT as it stands there, if it does."""
    whole = named_folder(adapter)
    if os.path.exists(whole):
        return whole, ""
    path, equals, weight = adapter.rpartition("=")
    return (named_folder(path), equals + weight) if equals else (whole, "")
