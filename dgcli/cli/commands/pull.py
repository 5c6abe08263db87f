"""`dg pull`: fetch a checkpoint from the Hugging Face Hub, because somebody asked for it."""

from __future__ import annotations

from typing import Annotated

import typer

from dgcli.checkpoint.registry import PUBLISHED, repository
from dgcli.cli import options
from dgcli.cli.completing import published
from dgcli.cli.guard import guarded
from dgcli.cli.help import WHAT
from dgcli.cli.names import LARGE
from dgcli.cli.progress import Meter, size
from dgcli.cli.suggest import did_you_mean
from dgcli.errors import ExitCode, ModelError
from dgcli.platform.environment import Environment
from dgcli.platform.interrupts import unwinding


@guarded
def pull(
    context: typer.Context,
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help=f"{', '.join(PUBLISHED)}, or any OWNER/NAME on the Hub.",
            show_default=False,
            autocompletion=published,
        ),
    ],
    revision: Annotated[
        str,
        typer.Option(
            "--revision",
            metavar="REV",
            help="A branch, a tag or a commit. Use it with -m OWNER/NAME@REV.",
            rich_help_panel=WHAT,
        ),
    ] = "main",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Fetch a model from the Hugging Face Hub. After an interruption, run it again: it goes on from there.

    A broken connection is opened again a few times.

    Only what dg reads is fetched, and checked. The folder is printed on stdout.
    """
    env: Environment = context.obj

    from dgcli.checkpoint import hub

    name = repository(model)
    if "/" not in name:
        advice = did_you_mean(model, (LARGE, *PUBLISHED)).strip() or f"Choose from {', '.join(PUBLISHED)}."
        raise ModelError(f"{model} is neither a short name nor OWNER/NAME.", advice)
    snapshot = hub.look_up(name, revision)
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
        wanted = snapshot.repository if revision == "main" else f"{snapshot.repository}@{revision}"
        env.tell(f"dg: ready. Use it with -m {wanted}, or always: dg models set-default {wanted}")
