"""`dg serve`: keep a model loaded, for editors, pipes and the other commands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dgcli.cli import options
from dgcli.cli.adapters import adapter_paths, registers_with
from dgcli.cli.choose import BUNDLED_RESTYLE, choose
from dgcli.cli.guard import guarded
from dgcli.cli.help import HOW, WHAT
from dgcli.errors import DgError, ExitCode, PackageError, UsageError
from dgcli.platform.environment import Environment
from dgcli.serve.client import Status, reach
from dgcli.serve.places import process_in, runtime_folder, socket_in

if TYPE_CHECKING:
    from dgcli.cli.choose import ChosenModel
    from dgcli.serve.runs import Served

_IDLE = 60  # minutes


@guarded
def serve(
    context: typer.Context,
    model: options.Model = None,
    adapter: options.Adapters = None,
    force: options.Force = False,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="N",
            min=1,
            max=65535,
            help="Also answer on this port of 127.0.0.1, where clients have to send a token.",
            show_default=False,
            rich_help_panel=HOW,
        ),
    ] = None,
    idle: Annotated[
        int,
        typer.Option(
            "--idle",
            metavar="MINUTES",
            min=0,
            help="End after MINUTES without a request; 0: never.",
            rich_help_panel=HOW,
        ),
    ] = _IDLE,
    status: Annotated[
        bool,
        typer.Option("--status", help="Say which server is running; exit with 1 if none is.", rich_help_panel=WHAT),
    ] = False,
    stop: Annotated[bool, typer.Option("--stop", help="End the server that is running.", rich_help_panel=WHAT)] = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Keep a model loaded and answer editors, programs and the other commands, until Ctrl-C, --stop or idleness."""
    env: Environment = context.obj
    if status and stop:
        raise UsageError("--status and --stop were both given.", "Give one of them.")
    if status or stop:
        _ask(env, stop=stop)
        return
    if missing := [name for name in ("starlette", "uvicorn") if find_spec(name) is None]:
        raise PackageError("`dg serve`", " and ".join(missing), "serve")
    if (folder := runtime_folder(env.variables)) is None:
        raise UsageError("There is no folder for the socket.", "Set HOME or XDG_RUNTIME_DIR.")

    from dgcli.serve.identity import identity
    from dgcli.serve.server import serve as run
    from dgcli.serve.server import token_in

    chosen = choose(model, env)
    token, made = (None, False) if port is None else token_in(env.settings)
    said = env.teller(quiet=quiet)
    if made:
        env.tell(f"dg: the token for clients of port {port} is {token}; it is kept in {env.settings / 'serve-token'}.")
    adapters = adapter_paths(adapter or (), env)
    identities = {"infill": identity(chosen.folder, adapters), "generate": identity(chosen.folder, adapters)}
    identities["restyle"] = identity(_restyling(chosen), adapters)

    def ready(served: Served) -> None:
        at = str(socket_in(folder)) + ("" if port is None else f" and 127.0.0.1:{port}")
        said(f"dg: serving {served.name} at {at}; Ctrl-C ends it.")

    run(
        partial(_load, chosen, adapters, env, said, force=force),
        identities,
        folder,
        port=port,
        token=token,
        idle=60 * idle if idle else None,
        ready=ready,
        log=lambda message: env.tell(f"dg: {message}.") if verbose else None,
    )
    said("dg: the server has ended.")


def _ask(env: Environment, *, stop: bool) -> None:
    """Say which server is running, or end it."""
    found = reach(env.variables)
    if found is None:
        folder = runtime_folder(env.variables)
        if folder is not None and (process := process_in(folder)) is not None:
            raise DgError(
                f"The server, process {process}, does not answer.",
                f"It may be loading. End it with `kill {process}`, or `kill -9 {process}`.",
            )
        env.tell("dg: no server is running.")
        raise typer.Exit(ExitCode.FAILED)
    client, running = found
    if stop:
        client.stop()
        env.tell(f"dg: the server, process {running.pid}, is ending.")
    else:
        _show(running, env)


def _restyling(chosen: ChosenModel) -> Path:
    """The folder of the model that restyles: the bundled one has an adapter for that."""
    return BUNDLED_RESTYLE if chosen.bundled else chosen.folder


def _load(
    chosen: ChosenModel, adapters: list[str], env: Environment, warn: Callable[[str], None], *, force: bool
) -> Served:
    """Read the model, in the thread that runs it."""
    from dgcli.engine.loading import load
    from dgcli.serve.model import LocalModel
    from dgcli.serve.runs import Served

    loaded = load(chosen.folder, adapters=adapters, force=force, warn=warn)
    restyling = load(_restyling(chosen), adapters=adapters, force=force, beside=loaded) if chosen.bundled else loaded
    model = LocalModel(loaded)
    return Served(
        chosen.name,
        {"infill": model, "generate": model, "restyle": LocalModel(restyling)},
        lambda: registers_with(adapters, env),
    )


def _show(status: Status, env: Environment) -> None:
    does = "at work" if status.running else "idle"
    waiting = f", {status.waiting} waiting" if status.waiting else ""
    env.write(f"{status.model}, process {status.pid}, {does}{waiting}\n".encode())
