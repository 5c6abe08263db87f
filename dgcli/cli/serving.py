"""Whether a run is made by `dg serve`: where one is running with the very model that would be loaded."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from dgcli.cli.choose import ChosenModel
from dgcli.cli.options import RunOptions
from dgcli.errors import DgError
from dgcli.platform.environment import Environment
from dgcli.serve.client import Client, reach
from dgcli.serve.places import runtime_folder, socket_in

if TYPE_CHECKING:
    from dgcli.profiles import Command


def may_be_served(env: Environment, options: RunOptions) -> bool:
    """Whether to look for a server: there is its socket, and nothing is asked for that it cannot do."""
    folder = runtime_folder(env.variables)
    return not (options.no_server or options.cache) and folder is not None and socket_in(folder).exists()


def served(env: Environment, options: RunOptions, choice: ChosenModel, command: Command) -> Client | None:
    """The server, if it runs `command` with the model of `choice` as it is on the disk now; with -v that is said."""
    if not may_be_served(env, options):
        return None

    def waiting(place: int) -> None:
        if place and not options.quiet:
            env.tell(f"dg: waiting for the server; jobs before this one: {place}.")

    if (found := reach(env.variables, waiting)) is None:
        return None
    from dgcli.serve.identity import identity

    client, status = found
    with suppress(DgError, OSError):
        if status.identities.get(command) == identity(choice.folder, options.adapter or ()):
            if options.verbose:
                env.tell(f"dg: {choice.name} is run by the server, process {status.pid}.")
            return client
    return None
