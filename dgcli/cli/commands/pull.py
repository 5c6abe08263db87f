"""`dg pull`: fetch a checkpoint from the Hugging Face Hub, because somebody asked for it."""

from __future__ import annotations

from typing import Annotated

import typer

from dgcli.checkpoint.registry import PUBLISHED, repository
from dgcli.cli import options
from dgcli.cli.guard import guarded
from dgcli.cli.progress import Meter, size
from dgcli.errors import ExitCode
from dgcli.platform.environment import Environment
from dgcli.platform.interrupts import unwinding


@guarded
def pull(
    context: typer.Context,
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help=f"{', '.join(PUBLISHED)}, or any OWNER/NAME on the Hub.", show_default=False
        ),
    ],
    revision: Annotated[
        str,
        typer.Option("--revision", metavar="REV", help="A branch, a tag or a commit. Use it with -m OWNER/NAME@REV."),
    ] = "main",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Fetch a model from the Hugging Face Hub. Interrupted, it goes on where it was when it is run again.

    A connection that breaks is opened again by itself a few times.

    Only what dg reads is fetched, and checked. The folder is printed on stdout.
    """
    env: Environment = context.obj

    from dgcli.checkpoint import hub

    snapshot = hub.look_up(repository(model), revision)
    if not quiet:
        env.tell(f"dg: {snapshot.repository}, {size(snapshot.size)}, commit {snapshot.commit[:12]}.")
    try:
        with unwinding(), Meter(env, "fetching", quiet=quiet) as meter:
            folder = hub.fetch(snapshot, meter.show, meter.tell)
    except KeyboardInterrupt as error:
        env.tell("dg: interrupted; run it again to go on.")
        raise typer.Exit(ExitCode.INTERRUPTED) from error
    env.write(f"{folder}\n".encode())
    if not quiet:
        name = snapshot.repository if revision == "main" else f"{snapshot.repository}@{revision}"
        env.tell(f"dg: ready. Use it with -m {name}, or always: dg models set-default {name}")
