"""`dg convert`: a Hugging Face checkpoint folder into MLX weights."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from dgcli.cli import options
from dgcli.cli.choose import choose
from dgcli.cli.completing import models
from dgcli.cli.guard import guarded
from dgcli.cli.help import HOW, OUTPUT
from dgcli.cli.progress import Meter, size
from dgcli.errors import ExitCode
from dgcli.platform.environment import Environment
from dgcli.platform.interrupts import unwinding


class RecipeName(str, Enum):
    """The names in `model.recipes.RECIPES`, here so that the help needs no model code."""

    bf16 = "bf16"
    eight = "8bit"
    six = "6bit"
    five = "5bit"
    four = "4bit"
    mxfp8 = "mxfp8"
    mxfp4 = "mxfp4"
    nvfp4 = "nvfp4"


@guarded
def convert(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SRC",
            help="Checkpoint folder, or a model in the Hub's cache.",
            show_default=False,
            autocompletion=models,
        ),
    ],
    target: Annotated[
        Path, typer.Argument(metavar="DEST", help="New folder to write.", show_default=False, readable=False)
    ],
    recipe: Annotated[
        RecipeName,
        typer.Option(
            "--recipe",
            metavar="NAME",
            help="Format of the experts; all other matrices keep 8 bits (bf16: 16).",
            rich_help_panel=HOW,
        ),
    ] = RecipeName.four,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            "--keep",
            metavar="REGEX=BITS",
            help="Matrices whose names match get BITS bits (16: not quantised). Several may be given.",
            show_default=False,
            rich_help_panel=HOW,
        ),
    ] = None,
    with_vision: Annotated[
        bool, typer.Option("--with-vision", help="Keep the vision tower, which dg does not use.", rich_help_panel=HOW)
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object with sizes and sha256 sums.", rich_help_panel=OUTPUT)
    ] = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Turn a DiffusionGemma checkpoint of Hugging Face into MLX weights, quantised by recipe.

    One file after the other, so little memory is needed. After an interruption, run it again: it goes on from there.
    """
    env: Environment = context.obj

    from dgcli.checkpoint.convert import Progress
    from dgcli.checkpoint.convert import convert as run
    from dgcli.checkpoint.partial import partial_folder
    from dgcli.checkpoint.recipes import Keep
    from dgcli.cli.output.lines import to_json

    folder = choose(source, env).folder
    exceptions = [Keep.parse(text) for text in keep or ()]
    with unwinding(), Meter(env, "converting", quiet=quiet) as meter:

        def watch(progress: Progress) -> None:
            meter.show(progress.done, progress.total, progress.resumed)

        try:
            made = run(folder, target, recipe.value, keep=exceptions, with_vision=with_vision, watch=watch)
        except KeyboardInterrupt as error:
            half = partial_folder(target)
            env.tell(f"dg: interrupted; run it again to go on. To give up instead, delete {half}.")
            raise typer.Exit(ExitCode.INTERRUPTED) from error
    if as_json:
        summary = {
            "folder": str(made.folder),
            "recipe": recipe.value,
            "bytes": made.weight_bytes,
            "parameters": made.parameters,
            "bits_per_weight": round(made.bits_per_weight, 3),
            "sha256": made.sums,
        }
        env.write(to_json(summary))
    if not quiet:
        env.tell(
            f"dg: {made.folder} is ready: {size(made.weight_bytes)}, {made.bits_per_weight:.2f} bits per weight; "
            f"its sums are in {made.folder / 'SHA256SUMS'}. Use it with -m {made.folder}"
        )
