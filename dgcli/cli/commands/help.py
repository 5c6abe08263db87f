"""`dg help`: the same as `--help`, for whoever asks that way."""

from __future__ import annotations

from typing import Annotated

import typer

from dgcli.cli.completing import commands
from dgcli.cli.guard import guarded
from dgcli.cli.help import context_of
from dgcli.platform.environment import Environment


@guarded
def help(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="COMMAND", help="As in `dg help infill`, or `dg help models rm`.", autocompletion=commands
        ),
    ] = None,
) -> None:
    """Show the help of a command; without one, the commands."""
    env: Environment = context.obj
    asked = context.find_root()
    for name in names or ():
        if not hasattr(asked.command, "resolve_command"):
            context.fail(f"{asked.command_path} has no commands of its own.")
        _, command, _ = asked.command.resolve_command(asked, [name])
        asked = context_of(command, name, asked)
    env.write(f"{asked.get_help()}\n".encode())
