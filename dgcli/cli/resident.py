"""What commands share that stay and are talked to over stdin and stdout: their streams, and the model."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dgcli.cli.choose import BUNDLED, BUNDLED_RESTYLE, choose
from dgcli.errors import DgError
from dgcli.platform.environment import Environment

if TYPE_CHECKING:
    from dgcli.serve.client import Client
    from dgcli.serve.jobs import Command
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


def own_streams(env: Environment) -> tuple[BinaryIO, BinaryIO]:
    """What a client says, and what it is told: whatever else prints does so on stderr, and reads nothing."""
    stdin, stdout = os.fdopen(os.dup(env.stdin.fileno()), "rb"), os.fdopen(os.dup(env.stdout.fileno()), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, env.stdin.fileno())
    os.close(nothing)
    os.dup2(env.stderr.fileno(), env.stdout.fileno())
    return stdin, stdout
