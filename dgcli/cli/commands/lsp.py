"""`dg lsp`: a language server, so that editors fill holes and restyle."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from dgcli.cli import options
from dgcli.cli.guard import guarded
from dgcli.cli.help import HOW
from dgcli.cli.resident import filler_of, own_streams
from dgcli.errors import ExitCode, PackageError
from dgcli.platform.environment import Environment


@guarded
def lsp(
    context: typer.Context,
    model: options.Model = None,
    adapter: options.Adapters = None,
    profile: options.ProfileWanted = None,
    steps: options.Steps = None,
    seed: options.Seed = None,
    force: options.Force = False,
    no_server: options.NoServer = False,
    stdio: Annotated[
        bool,
        typer.Option("--stdio", help="What it does anyway; some editors say it.", hidden=True, rich_help_panel=HOW),
    ] = False,
) -> None:
    """Serve an editor over stdin and stdout: fill holes, restyle, show what marks are left (docs/editors.md).

    The model is loaded when it is first needed. If `dg serve` has the same one loaded, that is used.
    """
    env: Environment = context.obj
    try:
        from dgcli.lsp.server import Server
    except ImportError as error:
        raise PackageError("`dg lsp`", "pygls", "lsp") from error

    stdin, stdout = own_streams(env)
    filler = filler_of(env, model, adapter, profile, steps, force=force, no_server=no_server)
    server = Server(filler, filler.registers, seed)
    dismissed = server.serve(stdin, stdout)
    code = ExitCode.DONE if dismissed else ExitCode.FAILED
    if server.desk.runs.busy:
        os._exit(code)  # nobody wants what the thread of the model works on
    raise typer.Exit(code)
