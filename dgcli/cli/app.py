"""`dg`: the application and its entry point."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

import dgcli
from dgcli.cli.faults import told
from dgcli.cli.filtering import give_back, may_filter, tell_terminal
from dgcli.cli.guard import settle_streams
from dgcli.cli.help import Command, Group, Misused
from dgcli.cli.misuse import problem
from dgcli.errors import ExitCode
from dgcli.platform.environment import Environment, PlainStream
from dgcli.platform.leaving import leave_at_once

COMMANDS = {
    "infill": "Fill the holes of a draft; every other byte stays as it is.",
    "restyle": "Rewrite prose in another register, block by block.",
    "generate": "Write from a prompt: an argument, --file FILE, or stdin.",
    "undo": "Give files back the text they had before the last -i.",
    "log": "List what -i changed, and when.",
    "registers": "List the registers of restyle; edit your own.",
    "tune": "Teach a model your way of writing, as an adapter.",
    "models": "List the models on this machine; set the default one.",
    "pull": "Fetch a model from the Hugging Face Hub.",
    "convert": "Turn a Hugging Face checkpoint into MLX weights.",
    "config": "Show the settings, and where they come from; edit them.",
    "doctor": "Check this machine, and say what to do about it.",
    "bench": "Measure how fast a model runs here, as one line to quote.",
    "replay": "Play a recorded run, or make a file of it.",
    "explain": "Explain a recorded run: where its steps and time went.",
    "serve": "Keep a model loaded for editors and the other commands.",
    "lsp": "Serve an editor: fill holes and restyle where you write.",
    "mcp": "Serve an assistant: infill and restyle as tools.",
    "help": "Show the help of a command.",
}
"""What each command does. dgcli.cli.commands.NAME has a function or an application NAME, imported when it is run."""


class _Commands(Group):
    """The commands by name and summary: to list them or to run one, none of the others is imported."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        for name, summary in COMMANDS.items():
            self.add_command(TyperCommand(name, short_help=summary))

    def main(self, args: Sequence[str] | None = None, *given: Any, **keywords: Any) -> Any:
        """Run a command line, and end the process. One that cannot be read is one line on stderr."""
        arguments = sys.argv[1:] if args is None else list(args)
        try:
            code = super().main(arguments, *given, **{**keywords, "standalone_mode": False})
        except Misused as error:
            _misused(error, arguments, keywords["obj"])
            code = error.exit_code
        except typer.Abort:  # what was asked for on the terminal was not allowed
            keywords["obj"].tell("dg: nothing was changed.")
            code = ExitCode.FAILED
        sys.exit(code if isinstance(code, int) else ExitCode.DONE)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and _command(str(name)), rest


def _misused(error: Any, arguments: Sequence[str], env: Environment) -> None:
    """Say what is wrong with a command line; in a filter, give the text back and say it on the terminal."""
    said = f"dg: {problem(error)} `{error.ctx.command_path} --help` shows what there is."
    if env.mixed and may_filter(arguments, COMMANDS) and give_back(env):
        tell_terminal(said)
    else:
        env.tell(said)


def _command(name: str) -> Any:
    found = getattr(import_module(f"dgcli.cli.commands.{name}"), name)
    if not isinstance(found, typer.Typer):
        found, function = typer.Typer(add_completion=False, rich_markup_mode=None), found
        found.command(name, cls=Command)(function)
    return typer.main.get_command(found)


def _words(code: ExitCode) -> str:
    return code.name.lower().replace("_", " ")


app = typer.Typer(
    name="dg",
    cls=_Commands,
    help="Fill holes, restyle, write: with a model that denoises a whole canvas at once, on this machine.",
    epilog=f"Exit codes: {', '.join(f'{code.value} {_words(code)}' for code in ExitCode)}.",
    rich_markup_mode=None,  # what typer needs for boxes takes longer to import than everything else together
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(context: typer.Context, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:  # as it is while a command line is completed
        print(f"dg {dgcli.__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("-V", "--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Show the help where no command is given."""
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit


def main() -> None:
    """Run the command line of this process."""
    leave_at_once()
    environment = Environment.of_process(Path(typer.get_app_dir("dg")))
    sys.stderr = PlainStream(environment.stderr)
    try:
        app(prog_name="dg", obj=environment)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else ExitCode.DONE
    except Exception as error:  # a command could not be imported, or its help not be written
        environment.tell(told(error))
        code = ExitCode.FAILED
    sys.exit(settle_streams(environment, code))
