"""`dg mcp`: infill and restyle as tools for assistants."""

from __future__ import annotations

import os

import typer

from dgcli.cli import options
from dgcli.cli.guard import guarded
from dgcli.cli.resident import filler_of, own_streams
from dgcli.errors import ExitCode
from dgcli.platform.environment import Environment


@guarded
def mcp(
    context: typer.Context,
    model: options.Model = None,
    adapter: options.Adapters = None,
    profile: options.ProfileWanted = None,
    steps: options.Steps = None,
    seed: options.Seed = None,
    force: options.Force = False,
    no_server: options.NoServer = False,
) -> None:
    """Serve an assistant over stdin and stdout, by the Model Context Protocol: infill and restyle are its tools.

    The model is loaded when it is first needed. If `dg serve` has the same one loaded, that is used.
    """
    env: Environment = context.obj

    from dgcli.mcp import McpServer
    from dgcli.platform.seeds import fresh_seed

    stdin, stdout = own_streams(env)
    filler = filler_of(env, model, adapter, profile, steps, force=force, no_server=no_server)
    server = McpServer(filler, filler.registers, fresh_seed if seed is None else lambda: seed)
    server.serve(stdin, stdout)
    if server.busy:
        os._exit(ExitCode.DONE)  # nobody wants what the thread of the model works on
