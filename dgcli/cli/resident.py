"""What `dg lsp` and `dg mcp` share, which stay and talk over stdin and stdout: their streams, and what fills."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dgcli.cli.adapters import adapter_paths, registers_with
from dgcli.cli.choose import BUNDLED, BUNDLED_RESTYLE, choose
from dgcli.cli.options import Profile, RunOptions
from dgcli.cli.serving import served
from dgcli.platform.environment import Environment

if TYPE_CHECKING:
    from dgcli.lsp.filler import ModelFiller
    from dgcli.profiles import Command
    from dgcli.serve.model import LocalModel, Model


@dataclass(frozen=True)
class Models:
    """The model: that of `dg serve` where it runs with the very same, else one that is read when it is first needed.

    The bundled one has an adapter for filling, and one for restyling.
    """

    env: Environment
    model: str | None
    adapters: tuple[str, ...]
    force: bool
    no_server: bool = False
    loaded: dict[Path, LocalModel] = field(default_factory=dict)

    def __call__(self, restyles: bool) -> Model:
        from dgcli.engine import loading
        from dgcli.serve.model import LocalModel

        choice = choose(self.model, self.env, BUNDLED_RESTYLE if restyles else BUNDLED)
        folder = choice.folder
        command: Command = "restyle" if restyles else "infill"
        if folder not in self.loaded:
            options = RunOptions(adapter=list(self.adapters), no_server=self.no_server, quiet=True)
            if (client := served(self.env, options, choice, command)) is not None:
                return client
            model = loading.load(folder, adapters=self.adapters, force=self.force, warn=self.env.tell)
            self.loaded[folder] = LocalModel(model)
        return self.loaded[folder]


def filler_of(
    env: Environment,
    model: str | None,
    adapters: Sequence[str] | None,
    profile: Profile | None,
    steps: int | None,
    *,
    force: bool,
    no_server: bool,
) -> ModelFiller:
    """Who fills and rewrites, with the model, the settings and the registers of a command line."""
    from dgcli.lsp.filler import ModelFiller
    from dgcli.platform.backend import keep_freed_memory

    keep_freed_memory()  # runs are made in other threads
    adapters = adapter_paths(adapters or (), env)
    return ModelFiller(
        load=Models(env, model, tuple(adapters), force, no_server),
        registers=lambda: registers_with(adapters, env),
        profile=None if profile is None else profile.value,
        steps=steps,
    )


def own_streams(env: Environment) -> tuple[BinaryIO, BinaryIO]:
    """What a client says, and what it is told: whatever else prints does so on stderr, and reads nothing."""
    stdin, stdout = os.fdopen(os.dup(env.stdin.fileno()), "rb"), os.fdopen(os.dup(env.stdout.fileno()), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, env.stdin.fileno())
    os.close(nothing)
    os.dup2(env.stderr.fileno(), env.stdout.fileno())
    return stdin, stdout
