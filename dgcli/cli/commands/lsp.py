"""`dg lsp`: a language server, so that editors fill holes and restyle."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from dgcli.cli import options
from dgcli.cli.choose import BUNDLED, BUNDLED_RESTYLE, choose
from dgcli.cli.config import registers_file
from dgcli.cli.guard import guarded
from dgcli.cli.help import HOW
from dgcli.errors import DgError, ExitCode, UsageError
from dgcli.platform.environment import Environment

if TYPE_CHECKING:
    from dgcli.serve.client import Client
    from dgcli.serve.jobs import Command
    from dgcli.serve.model import LocalModel, Model


@guarded
def lsp(
    context: typer.Context,
    model: options.Model = None,
    adapter: options.Adapters = None,
    profile: options.ProfileWanted = None,
    steps: options.Steps = None,
    seed: options.Seed = None,
    force: options.Force = False,
    stdio: Annotated[
        bool,
        typer.Option("--stdio", help="What it does anyway; some editors say it.", hidden=True, rich_help_panel=HOW),
    ] = False,
) -> None:
    """Serve an editor over stdin and stdout: fill holes, restyle, show what marks are left (docs/editors.md).

    The model is loaded when it is first needed. Where `dg serve` runs with the same one, that is used.
    """
    env: Environment = context.obj
    try:
        from dgcli.lsp.server import Server
    except ImportError as error:
        raise UsageError(
            "An editor is served by pygls, which is not installed.", "Run `pip install 'dgcli[lsp]'`."
        ) from error
    from dgcli.lsp.filler import ModelFiller
    from dgcli.tasks.restyle.registers import read_registers

    stdin, stdout = _own_streams(env)
    filler = ModelFiller(
        load=_Models(env, model, tuple(adapter or ()), force),
        registers=lambda: read_registers(registers_file(env)),
        profile=None if profile is None else profile.value,
        steps=steps,
    )
    server = Server(filler, filler.registers, seed)
    dismissed = server.serve(stdin, stdout)
    code = ExitCode.DONE if dismissed else ExitCode.FAILED
    if server.desk.runs.busy:
        os._exit(code)  # nobody wants what the thread of the model works on
    raise typer.Exit(code)


@dataclass(frozen=True)
class _Models:
    """The model: that of `dg serve` where it runs with the very same, else one that is read when it is first needed.

    The bundled one has an adapter for filling, and one for restyling.
    """

    env: Environment
    model: str | None
    adapters: tuple[str, ...]
    force: bool
    loaded: dict[Path, LocalModel] = field(default_factory=dict)

    def __call__(self, restyles: bool) -> Model:
        from dgcli.engine import loading
        from dgcli.serve.model import LocalModel

        folder = choose(self.model, self.env, BUNDLED_RESTYLE if restyles else BUNDLED).folder
        if folder not in self.loaded and (client := self._served(folder, "restyle" if restyles else "infill")):
            return client
        if folder not in self.loaded:
            model = loading.load(folder, adapters=self.adapters, force=self.force, warn=self.env.tell)
            self.loaded[folder] = LocalModel(model)
        return self.loaded[folder]

    def _served(self, folder: Path, command: Command) -> Client | None:
        """A server that runs a command with this model, if there is one."""
        from dgcli.serve.client import find
        from dgcli.serve.identity import identity

        if (client := find(self.env.variables)) is None:
            return None
        with suppress(DgError, OSError):
            if client.status().identities.get(command) == identity(folder, self.adapters):
                return client
        return None


def _own_streams(env: Environment) -> tuple[BinaryIO, BinaryIO]:
    """What the editor says, and what it is told: whatever else prints does so on stderr, and reads nothing."""
    stdin, stdout = os.fdopen(os.dup(env.stdin.fileno()), "rb"), os.fdopen(os.dup(env.stdout.fileno()), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, env.stdin.fileno())
    os.close(nothing)
    os.dup2(env.stderr.fileno(), env.stdout.fileno())
    return stdin, stdout
