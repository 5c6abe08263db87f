"""`dg tune`: teach a model a person's way of writing, as an adapter."""

from __future__ import annotations

from enum import Enum
from math import isfinite
from pathlib import Path
from typing import Annotated

import typer

from dgcli.cli import options
from dgcli.cli.adapters import new_folder_of
from dgcli.cli.completing import adapters as names
from dgcli.cli.completing import registers as register_names
from dgcli.cli.config import tell_faults
from dgcli.cli.guard import guarded
from dgcli.cli.help import DISPLAY, HOW, MODEL, OUTPUT, WHAT
from dgcli.errors import UsageError
from dgcli.platform.environment import Environment

MOST_MINUTES = 43_200.0  # a month


class Mode(str, Enum):
    """Which modes of the model learn."""

    denoiser = "denoiser"
    encoder = "encoder"
    both = "both"
    each = "each"


@guarded
def tune(
    context: typer.Context,
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="Pairs, as JSON lines with source, target and register; picks; a folder of your texts, or one text.",
            show_default=False,
            readable=False,
        ),
    ],
    adapter: Annotated[
        str,
        typer.Option(
            "--adapter",
            metavar="NAME|FOLDER",
            autocompletion=names,
            help="Where what is learned goes: a new folder, or a name that works in every folder.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ],
    register: Annotated[
        str | None,
        typer.Option(
            "--register",
            metavar="NAME|WORDS",
            autocompletion=register_names,
            help="The register of your texts, and of pairs that name none. Default: mine.",
            show_default=False,
            rich_help_panel=WHAT,
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            "--minutes",
            metavar="N",
            min=0.1,
            max=MOST_MINUTES,
            help="Learn for at most N minutes.",
            show_default=False,
            rich_help_panel=HOW,
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            "--steps",
            metavar="N",
            min=1,
            help="Learn for at most N steps. Default: three times through the data.",
            show_default=False,
            rich_help_panel=HOW,
        ),
    ] = None,
    mode: Annotated[
        Mode | None,
        typer.Option(
            "--mode",
            metavar="NAME",
            help="What learns: denoiser, encoder, both with one pair of matrices, or each with its own. "
            "Default: what writes with this model.",
            show_default=False,
            rich_help_panel=HOW,
        ),
    ] = None,
    rank: Annotated[
        int | None,
        typer.Option(
            "--rank",
            metavar="N",
            min=1,
            max=256,
            help="The adapter's rank. Default: 16.",
            show_default=False,
            rich_help_panel=HOW,
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            metavar="NAME",
            help="Adapt matrices of this name only, such as q_proj. Several may be given. Default: all but experts.",
            show_default=False,
            rich_help_panel=HOW,
        ),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            "--rate",
            metavar="RATE",
            min=1e-7,
            max=0.1,
            help="The highest learning rate. Default: by the model's width.",
            show_default=False,
            rich_help_panel=HOW,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            metavar="N",
            min=0,
            max=2**64 - 1,
            help="Seed of all random choices. Default: 0.",
            show_default=False,
            rich_help_panel=HOW,
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Say what would be done; learn nothing.", rich_help_panel=DISPLAY)
    ] = False,
    model: options.Model = None,
    force: Annotated[
        bool,
        typer.Option("-f", "--force", help="Begin even if memory may not suffice.", rich_help_panel=MODEL),
    ] = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Teach a model your way of writing, from pairs or from your own texts, as an adapter for --adapter.

    Ctrl-C keeps the best so far; the same command goes on where it stopped.
    """
    env: Environment = context.obj

    from dgcli.tune.data.material import read_data

    for name, number in (("--minutes", minutes), ("--rate", rate)):
        if number is not None and not isfinite(number):
            raise UsageError(f"{number} of {name} is not a number.", f"Write it as in {name} 10.")
    tell_faults(env, quiet=quiet)
    folder = new_folder_of(adapter, env)
    read = read_data(data)

    from dgcli.cli.output.lines import to_json
    from dgcli.cli.output.tuned import json_of, text_of
    from dgcli.cli.preparing import Wanted, prepare

    run = prepare(
        env,
        read,
        data,
        model=model,
        folder=folder,
        name=adapter,
        register=register,
        wanted=Wanted(
            minutes=minutes,
            steps=steps,
            mode=None if mode is None else mode.value,
            rank=rank,
            targets=tuple(target or ()),
            rate=rate,
            seed=seed,
        ),
        force=force,
        quiet=quiet,
    )
    run.announce()
    if check:
        return
    report = run.learn()
    env.write(to_json(json_of(report, folder)) if as_json else text_of(report).encode())
