"""`dg bench`: how fast a model runs on this machine, as one line to quote and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from dgcli.cli import options
from dgcli.cli.guard import guarded
from dgcli.cli.help import HOW
from dgcli.platform.environment import Environment, visible


@guarded
def bench(
    context: typer.Context,
    model: options.Model = None,
    force: options.Force = False,
    width: Annotated[
        int | None,
        typer.Option(
            "--width",
            metavar="N",
            min=1,
            help="Tokens of the canvas. Default: the model's.",
            show_default=False,
            rich_help_panel=HOW,
        ),
    ] = None,
    prompt: Annotated[
        int,
        typer.Option("--prompt", metavar="N", min=1, help="Tokens of the prompt that is read.", rich_help_panel=HOW),
    ] = 512,
    steps: options.Steps = None,
    as_json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Load a model, read a prompt, denoise one canvas with nothing held, and print how long each took.

    The line on stdout says it all; please send it, with the name of your machine, when you report on speed.
    """
    env: Environment = context.obj

    from dgcli.cli.choose import choose
    from dgcli.cli.config import tell_faults
    from dgcli.cli.output.lines import to_json
    from dgcli.cli.speed import line, measure

    tell_faults(env)
    choice = choose(model, env)
    speed = measure(choice.folder, choice.name, width=width, prompt=prompt, steps=steps, force=force)
    env.write(to_json(asdict(speed)) if as_json else visible(f"{line(speed)}\n").encode())
