"""`dg config`: what is set, where that comes from, and a way to change it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer

from dgcli.cli import options
from dgcli.cli.config import KEYS, config_file, read_settings, tell_faults, template, written
from dgcli.cli.guard import guarded
from dgcli.cli.help import Command, Group
from dgcli.cli.output.lines import to_json
from dgcli.cli.output.table import table
from dgcli.platform.environment import Environment, visible

config = typer.Typer(
    cls=Group,
    help="Show what is set, and where; edit config.toml.",
    add_completion=False,
    rich_markup_mode=None,
)


@dataclass(frozen=True)
class Setting:
    """What holds for a key."""

    key: str
    value: Any  # None: no value by itself
    origin: str
    """"default", "config.toml", or "environment" and the variable."""


@config.callback(invoke_without_command=True)
@guarded
def listing(
    context: typer.Context,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Show the file of settings, and every key with its value and where that comes from."""
    if context.invoked_subcommand is not None:
        return
    env: Environment = context.obj
    path = config_file(env)
    found = list(_settings(env))
    tell_faults(env, quiet=quiet)
    if as_json:
        keys = {each.key: {"value": each.value, "origin": each.origin, "says": KEYS[each.key].says} for each in found}
        env.write(to_json({"file": str(path), "exists": path.exists(), "keys": keys}))
        return
    there = "" if path.exists() else "  (not there: every setting has its default)"
    rows = [
        (each.key, KEYS[each.key].unset if each.value is None else written(each.value), each.origin) for each in found
    ]
    env.write(visible(f"{path}{there}\n\n").encode() + table(("KEY", "VALUE", "ORIGIN"), rows).encode())


@config.command("edit", cls=Command)
@guarded
def edit(context: typer.Context, quiet: options.Quiet = False, verbose: options.Verbose = False) -> None:
    """Open config.toml in $VISUAL or $EDITOR, and look at it afterwards. Where none is there, all keys are listed."""
    env: Environment = context.obj

    from dgcli.cli.editor import edit_file

    path = config_file(env)
    changed = edit_file(path, template(), env)
    if not quiet:
        unchanged = "nothing was changed" if path.exists() else f"nothing was changed, so there is no {path}"
        env.tell(f"dg: {path} was written." if changed else f"dg: {unchanged}.")
    tell_faults(env)


def _settings(env: Environment) -> Iterator[Setting]:
    given = read_settings(env).given
    for name, key in KEYS.items():
        if name == "model" and (model := env.variables.get("DG_MODEL")):
            yield Setting(name, model, "environment (DG_MODEL)")
        elif name == "colors" and env.variables.get("NO_COLOR"):
            yield Setting(name, "none", "environment (NO_COLOR)")
        elif name in given:
            yield Setting(name, given[name], "config.toml")
        else:
            yield Setting(name, key.default, "default")
