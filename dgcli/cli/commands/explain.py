"""`dg explain`: where steps and time of a recorded run went."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from dgcli.cli import options
from dgcli.cli.guard import guarded
from dgcli.platform.environment import Environment


@guarded
def explain(
    context: typer.Context,
    trace: Annotated[
        Path, typer.Argument(metavar="TRACE", help="A file that --record wrote.", show_default=False, readable=False)
    ],
    verbose: options.Verbose = False,
) -> None:
    """Explain a recorded run: tokens per step, when each settled, how often it went back, entropy, time."""
    env: Environment = context.obj

    from dgcli.watch.recording import read_trace
    from dgcli.watch.report import report

    recording = read_trace(trace)
    for note in recording.notes:
        env.tell(f"dg: {note}")
    width = shutil.get_terminal_size().columns if env.stdout.isatty() else 100
    env.write(report(recording, max(40, width)).encode())
