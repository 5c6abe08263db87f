"""Options that several commands have, with one wording for all."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from dgcli.cli.adapters import adapter_paths
from dgcli.cli.completing import adapters, models
from dgcli.cli.help import DISPLAY, HOW, MODEL, OUTPUT
from dgcli.platform.environment import Environment
from dgcli.watch.view import View


class Animate(str, Enum):
    """When the canvas is drawn on stderr."""

    auto = "auto"
    always = "always"
    never = "never"


class Profile(str, Enum):
    """What is worth more, time or quality (docs/samplers.md)."""

    fast = "fast"
    balanced = "balanced"
    best = "best"
    reference = "reference"


Model = Annotated[
    str | None,
    typer.Option(
        "-m",
        "--model",
        metavar="NAME|FOLDER",
        autocompletion=models,
        help="A model that `dg models` lists, or a checkpoint folder. Default: $DG_MODEL, config.toml, bundled.",
        show_default=False,
        rich_help_panel=MODEL,
    ),
]
Adapters = Annotated[
    list[str] | None,
    typer.Option(
        "--adapter",
        metavar="NAME|PATH[=WEIGHT]",
        autocompletion=adapters,
        help="Add a LoRA adapter, of `dg tune`, PEFT or mlx-lm, times WEIGHT. Several may be given.",
        show_default=False,
        rich_help_panel=MODEL,
    ),
]
Cached = Annotated[
    bool,
    typer.Option(
        "--cache",
        help="Keep encoded prompts for later runs (~/.cache/dg); your text can be recovered from them.",
        rich_help_panel=MODEL,
    ),
]
Force = Annotated[
    bool,
    typer.Option("-f", "--force", help="Load a model that may not fit into memory.", rich_help_panel=MODEL),
]
NoServer = Annotated[
    bool,
    typer.Option("--no-server", help="Load the model here, even if `dg serve` has it loaded.", rich_help_panel=MODEL),
]
Steps = Annotated[
    int | None,
    typer.Option(
        "--steps",
        metavar="N",
        min=1,
        help="At most N denoising steps per canvas. Default: the profile's.",
        show_default=False,
        rich_help_panel=HOW,
    ),
]
ProfileWanted = Annotated[
    Profile | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="Trade quality for time; reference: as the checkpoint says. Default: balanced for infill, else reference.",
        show_default=False,
        rich_help_panel=HOW,
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        "--seed",
        metavar="N",
        min=0,
        max=2**64 - 1,
        help="The same seed gives the same text. Default: a new one.",
        show_default=False,
        rich_help_panel=HOW,
    ),
]
AnimateWhen = Annotated[
    Animate,
    typer.Option(
        "--animate",
        metavar="WHEN",
        help="Show the canvas on stderr; auto: if that is a terminal.",
        rich_help_panel=DISPLAY,
    ),
]
ViewWanted = Annotated[
    View | None,
    typer.Option(
        "--view",
        metavar="NAME",
        help="The text, a heat map of the model's doubt, or a single line. Default: config.toml, text.",
        show_default=False,
        rich_help_panel=DISPLAY,
    ),
]
Record = Annotated[
    Path | None,
    typer.Option(
        "--record",
        metavar="FILE",
        help="Write every step to FILE as JSON lines.",
        show_default=False,
        readable=False,
        rich_help_panel=OUTPUT,
    ),
]


def _file(path: Path | None) -> Path | None:
    """What `-o` names; `-` is stdout, where the result goes anyway."""
    return None if path == Path("-") else path


Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Write to FILE instead of stdout. A file that is there is replaced only if you say so, or with --force.",
        show_default=False,
        readable=False,
        callback=_file,
        rich_help_panel=OUTPUT,
    ),
]
InPlace = Annotated[
    bool, typer.Option("-i", "--in-place", help="Write the result over the file.", rich_help_panel=OUTPUT)
]
Backup = Annotated[
    str | None,
    typer.Option(
        "--backup",
        metavar="SUFFIX",
        help="With -i, keep the old file as FILE+SUFFIX.",
        show_default=False,
        rich_help_panel=OUTPUT,
    ),
]
_OVERWRITE = "Replace the file of -o if it is there; load a model that may not fit into memory."
Overwrite = Annotated[bool, typer.Option("-f", "--force", help=_OVERWRITE, rich_help_panel=OUTPUT)]
OverwriteAlone = Annotated[bool, typer.Option("--force", help=_OVERWRITE, rich_help_panel=OUTPUT)]  # where -f is --file
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.", rich_help_panel=OUTPUT)]
AsDiff = Annotated[
    bool, typer.Option("--diff", help="Print what changes, for `patch -p1`; write no file.", rich_help_panel=OUTPUT)
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object: the text, the seed and more.", rich_help_panel=OUTPUT)
]
Plain = Annotated[
    bool,
    typer.Option(
        "--plain", help="Print the bare text on a terminal, too: do not mark what is new.", rich_help_panel=DISPLAY
    ),
]
Quiet = Annotated[
    bool, typer.Option("-q", "--quiet", help="Say nothing on stderr but errors.", rich_help_panel=DISPLAY)
]
Verbose = Annotated[
    bool,
    typer.Option("-v", "--verbose", help="Say more on stderr, with tracebacks of faults.", rich_help_panel=DISPLAY),
]


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """The options of every command that denoises."""

    model: Model = None
    adapter: Adapters = None
    profile: ProfileWanted = None
    steps: Steps = None
    seed: Seed = None
    cache: Cached = False
    no_server: NoServer = False
    animate: AnimateWhen = Animate.auto
    view: ViewWanted = None
    record: Record = None
    as_json: AsJson = False
    quiet: Quiet = False
    verbose: Verbose = False

    def found(self, env: Environment) -> RunOptions:
        """The same, with the paths of adapters in the place of their names. Raises ModelError where there is none."""
        return replace(self, adapter=adapter_paths(self.adapter or (), env)) if self.adapter else self

    def beside(self, env: Environment, *, prints: bool) -> RunOptions:
        """The same, but silent where what is said would stand in the result that is printed."""
        return replace(self, quiet=True, verbose=False) if prints and env.mixed else self


def with_run(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `RunOptions`, which it takes as one argument `run`: typer reads its signature."""
    shared, own = get_type_hints(RunOptions, include_extras=True), get_type_hints(command, include_extras=True)

    @functools.wraps(command)
    def flat(*args: Any, **given: Any) -> None:
        command(*args, run=RunOptions(**{name: given.pop(name) for name in shared}), **given)

    parameters = [
        parameter.replace(annotation=own[parameter.name])
        for parameter in inspect.signature(command).parameters.values()
        if parameter.name != "run"
    ] + [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=shared[field.name]
        )
        for field in fields(RunOptions)
    ]
    flat.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    flat.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return flat
