"""`dg registers`: the registers that have a name, and a way to describe others."""

from __future__ import annotations

from typing import Annotated

import typer

from dgcli.cli import options
from dgcli.cli.completing import registers as names
from dgcli.cli.config import read_settings, registers_file, tell_faults
from dgcli.cli.guard import guarded
from dgcli.cli.help import Command, Group
from dgcli.cli.output.lines import to_json
from dgcli.cli.output.table import table
from dgcli.errors import UsageError
from dgcli.platform.environment import Environment, one_line
from dgcli.tasks.restyle.registers import BUILT_IN, Register, read_registers

registers = typer.Typer(
    cls=Group,
    help="List the registers of `dg restyle`; show one; edit your own.",
    add_completion=False,
    rich_markup_mode=None,
)
_TEMPLATE = """\
# Registers of your own, for `dg restyle --register NAME`. The description is what
# the model is told; one or two sentences do. One with the name of a register of
# dg takes its place. `unlike` may name another register of this file, from which
# the words of this one are to be told.
#
# [ship]
# description = "Make it sound like a ship's log: terse, dated, in the past tense."
"""


@registers.callback(invoke_without_command=True)
@guarded
def listing(
    context: typer.Context,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """List the registers of `dg restyle`, where they come from, and what the model is told."""
    if context.invoked_subcommand is not None:
        return
    env: Environment = context.obj
    found = read_registers(registers_file(env)).values()
    tell_faults(env, quiet=quiet)
    default = read_settings(env).register
    if as_json:
        each = [{"name": one.name, "description": one.description, "origin": _origin(one)} for one in found]
        env.write(to_json({"default": default, "file": str(registers_file(env)), "registers": each}))
        return
    rows = [("*" if one.name == default else " ", one.name, _origin(one), one.description) for one in found]
    env.write(table(("", "NAME", "ORIGIN", "DESCRIPTION"), rows, env.columns).encode())


@registers.command("show", cls=Command)
@guarded
def show(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="As `dg registers` lists it.", show_default=False, autocompletion=names),
    ],
    verbose: options.Verbose = False,
) -> None:
    """Show a register: what the model is told, and the file that says so."""
    env: Environment = context.obj
    every = read_registers(registers_file(env))
    found = every.get(name.lower())
    if found is None:
        raise UsageError(f"There is no register {name!r}.", f"Choose from {', '.join(every)}.")
    lines = [found.name, f"  {found.description}"]
    if found.unlike:
        lines.append(f"  unlike: {found.unlike}")
    lines.append(f"  from {found.origin}")
    env.write("".join(f"{one_line(line)}\n" for line in lines).encode())


@registers.command("edit", cls=Command)
@guarded
def edit(context: typer.Context, quiet: options.Quiet = False, verbose: options.Verbose = False) -> None:
    """Open your registers.toml in $VISUAL or $EDITOR, with an example if it is new, and check it afterwards."""
    env: Environment = context.obj

    from dgcli.cli.editor import edit_file

    path = registers_file(env)
    changed = edit_file(path, _TEMPLATE, env)
    if not quiet:
        env.tell(f"dg: {path} was written." if changed else "dg: nothing was changed.")
    read_registers(path)


def _origin(register: Register) -> str:
    return "dg" if register.origin == BUILT_IN else "registers.toml"
