"""What the shell completes beyond commands, options and fixed choices: names on this machine.

Nothing is loaded for it, and nothing is said: where something cannot be read, there is nothing to offer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import typer

from dgcli.checkpoint.registry import PUBLISHED, repository
from dgcli.cli.adapters import adapter_paths, adapters_here, registers_with
from dgcli.cli.help import brief, summary
from dgcli.cli.names import models_here
from dgcli.errors import DgError

_Names = Iterable[str | tuple[str, str]]


def _silent(names: Callable[[typer.Context], _Names]) -> Callable[[typer.Context], list[str | tuple[str, str]]]:
    """Those without blanks, which shells would take apart."""

    def found(context: typer.Context) -> list[str | tuple[str, str]]:
        try:
            each_with_help = [(each, "") if isinstance(each, str) else each for each in names(context)]
        except (DgError, OSError):
            return []
        return [(name, brief(said)) if said else name for name, said in each_with_help if " " not in name]

    return found


@_silent
def models(context: typer.Context) -> Iterator[str]:
    """The models that `-m` could name; of those with a short name, that."""
    short = {each.repository: each.name for each in PUBLISHED.values()}
    for name, _, _ in models_here(context.obj):
        yield short.get(name, name)


@_silent
def adapters(context: typer.Context) -> Iterator[str]:
    """The adapters that `--adapter` could name."""
    return (name for name, _ in adapters_here(context.obj))


@_silent
def models_and_adapters(context: typer.Context) -> _Names:
    """What `dg models rm` could name."""
    return [*models(context), *adapters(context)]


@_silent
def published(context: typer.Context) -> _Names:
    """The models that `dg pull` knows by a short name."""
    return [(each.name, repository(each.name)) for each in PUBLISHED.values()]


@_silent
def registers(context: typer.Context) -> _Names:
    """The registers that have a name, and what each is; with those of the adapters that were named before."""
    named = context.params.get("adapter") or ()
    found = registers_with(adapter_paths(named, context.obj), context.obj)
    return [(name, each.description) for name, each in found.items()]


@_silent
def commands(context: typer.Context) -> _Names:
    """The commands, and those of the command that was named before."""
    group: Any = context.find_root().command
    for name in context.params.get("names") or ():
        _, group, _ = group.resolve_command(context.find_root(), [name])
    return [(name, summary(each)) for name, each in getattr(group, "commands", {}).items()]
