"""`dg models`: what is on this machine, what fits into its memory, and which one is used by default."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dgcli.checkpoint.pieces import is_unicode
from dgcli.checkpoint.registry import PUBLISHED, repository
from dgcli.cli import options, writing
from dgcli.cli.adapters import adapter_here, adapters_here
from dgcli.cli.choose import choose
from dgcli.cli.completing import models as names
from dgcli.cli.completing import models_and_adapters as all_names
from dgcli.cli.config import config_file, named_folder, read_settings, tell_faults, with_default
from dgcli.cli.faults import told
from dgcli.cli.guard import guarded
from dgcli.cli.help import HOW, Command, Group
from dgcli.cli.names import BASE, BUNDLED_NAME
from dgcli.cli.output.lines import to_json
from dgcli.cli.output.table import table
from dgcli.cli.progress import size
from dgcli.errors import DgError, ModelError, UsageError
from dgcli.platform.environment import Environment, one_line
from dgcli.tune.origin import alone_in, read_origin, several

if TYPE_CHECKING:
    from dgcli.cli.library import Entry, Unusable

models = typer.Typer(
    cls=Group,
    help="List the models on this machine; set the default one; remove one.",
    add_completion=False,
    rich_markup_mode=None,
)
_Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="As `dg models` lists it, or a folder.", show_default=False, autocompletion=names
    ),
]

_Removed = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="As `dg models` lists it, or a folder.", show_default=False, autocompletion=all_names
    ),
]
_MOST_LEFT = 5  # names of files


@models.callback(invoke_without_command=True)
@guarded
def listing(
    context: typer.Context,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """List the models on this machine: bundled, in the `folders` of config.toml, in the Hub's cache; and adapters."""
    if context.invoked_subcommand is not None:
        return
    env: Environment = context.obj

    from dgcli.checkpoint.memory import RELEASED_REST
    from dgcli.cli.library import Entry, library
    from dgcli.platform.backend import start
    from dgcli.platform.memory import usable_memory

    start()
    tell_faults(env, quiet=quiet)
    found = library(env)
    default = env.variables.get("DG_MODEL") or read_settings(env).model or BUNDLED_NAME
    if as_json:
        env.write(
            to_json(
                {
                    "default": default,
                    "memory": usable_memory(),
                    "models": [_summary(each, default) for each in found],
                    "adapters": [_made(*each) for each in adapters_here(env)],
                    "published": {each.name: each.repository for each in PUBLISHED.values()},
                }
            )
        )
        return
    usable = [each for each in found if isinstance(each, Entry)]
    if usable:
        env.write(_table(usable, default).encode())
    if adapters := list(adapters_here(env)):
        env.write(b"\n" * bool(usable) + _table_of_adapters(adapters).encode())
    if quiet:
        return
    try:
        choose(None, env)
    except ModelError as error:
        env.tell(told(error))
    for each in found:
        if not isinstance(each, Entry):
            env.tell(f"dg: {each.name} is unusable: {each.problem}")
    env.tell(f"dg: {size(usable_memory())} of memory is available for a model; * marks the default.")
    fitting = [each.name for each in PUBLISHED.values() if each.weights + RELEASED_REST <= usable_memory()]
    if fitting:
        env.tell(f"dg: larger models that would fit: `dg pull {'`, `dg pull '.join(fitting)}`.")
    if others := [name for name in PUBLISHED if name not in fitting]:
        env.tell(f"dg: too large for this machine: {', '.join(others)}.")


@models.command("set-default", cls=Command)
@guarded
def set_default(
    context: typer.Context, name: _Name, quiet: options.Quiet = False, verbose: options.Verbose = False
) -> None:
    """Use this model unless -m or DG_MODEL names another; give the bundled one's name to go back to it."""
    env: Environment = context.obj

    from dgcli.checkpoint.config import read_config
    from dgcli.checkpoint.folders import find_folders

    choice = choose(name, env)
    if choice.bundled:
        wanted = None
    else:
        read_config(find_folders(choice.folder).checkpoint)
        wanted = choice.name if choice.folder != named_folder(choice.name) else str(choice.folder.absolute())
    if wanted is not None and not is_unicode(wanted):
        raise UsageError(f"{wanted} is not UTF-8, so config.toml cannot name it.", "Rename the folder.")
    path = config_file(env)
    read_settings(env)  # complains about a file that cannot be read
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    new = with_default(text, wanted, path)
    path.parent.mkdir(parents=True, exist_ok=True)
    writing.write_atomically(path, new)
    if not quiet:
        env.tell(f"dg: the default model is now {wanted or BUNDLED_NAME}, as {path} says.")


@models.command("rm", cls=Command)
@guarded
def remove(
    context: typer.Context,
    name: _Removed,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.", rich_help_panel=HOW)] = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Delete a model of the Hub's cache, a checkpoint folder or an adapter, and nothing else there. Asks first."""
    env: Environment = context.obj

    from dgcli.checkpoint import hub
    from dgcli.cli import removal
    from dgcli.cli.library import entry

    if (folder := adapter_here(name, env)) is not None:
        with alone_in(folder):
            disk = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
            _delete(name, folder, disk, removal.remove_adapter, env, yes=yes, quiet=quiet)
        return
    choice = choose(name, env)
    if choice.bundled:
        raise UsageError("The bundled model is part of dg.", "Uninstall dg to remove it.")
    found = entry(choice.name, "", choice.folder)
    in_cache = choice.folder != named_folder(choice.name)
    removes = hub.remove if in_cache else removal.remove
    _delete(choice.name, choice.folder, found.disk, removes, env, yes=yes, quiet=quiet, linked=in_cache)


def _delete(
    name: str,
    folder: Path,
    disk: int,
    removes: Callable[[Path], tuple[int, list[str]]],
    env: Environment,
    *,
    yes: bool,
    quiet: bool,
    linked: bool = False,
) -> None:
    """Ask, delete, and say what became free. Where links lead to the folder by design, `linked`, it may be one."""
    if not linked and folder.is_symlink():
        raise UsageError(f"{folder} is a link.", "Name the folder that it leads to, or delete it by hand.")
    if folder.resolve().is_relative_to(BASE.parent.resolve()):
        raise UsageError(f"{folder} is part of dg.", "Uninstall dg to remove it.")
    if not yes:
        if not (env.stdin.isatty() and env.stderr.isatty()):
            raise UsageError("There is no terminal to ask on.", "Add --yes to delete without being asked.")
        typer.confirm(one_line(f"Delete {name} ({size(disk)}) from {folder}?"), abort=True, err=True)
    try:
        freed, left = removes(folder)
    except OSError as error:
        raise DgError(f"{folder} cannot be deleted ({error.strerror}).", "Check the permissions.") from error
    if not quiet:
        env.tell(f"dg: deleted {name}, which frees {size(freed)}.")
        if left:
            env.tell(f"dg: {folder} was kept, as it also holds other files: {', '.join(left[:_MOST_LEFT])}.")


def _table(found: list[Entry], default: str) -> str:
    head = ("", "NAME", "WHERE", "FORMAT", "WEIGHTS", "ON DISK", "MEMORY", "")
    rows = [
        (
            "*" if _is_default(each, default) else " ",
            each.name,
            each.place,
            each.format,
            _count(each.parameters),
            size(each.disk),
            size(each.need.total),
            "fits" if each.fits else "too large",
        )
        for each in found
    ]
    return table(head, rows)


def _table_of_adapters(adapters: Sequence[tuple[str, Path]]) -> str:
    return table(
        ("ADAPTER", "FOR", "MADE FROM", "REGISTER", "HELD-OUT LOSS", "MADE"), [_row(*each) for each in adapters]
    )


def _row(name: str, folder: Path) -> tuple[str, ...]:
    origin = read_origin(folder)
    if origin is None:
        return name, "", "not by dg tune", "", "", ""
    loss = "" if origin.after is None else f"{origin.before:.2f} -> {origin.after:.2f}"
    made = origin.made if origin.finished else f"{origin.made}, unfinished"
    return name, origin.model, f"{origin.source} ({origin.data})", several(origin.registers), loss, made


def _made(name: str, folder: Path) -> dict[str, Any]:
    origin = read_origin(folder)
    return {"name": name, "folder": str(folder), "made_from": None if origin is None else asdict(origin)}


def _summary(found: Entry | Unusable, default: str) -> dict[str, Any]:
    from dgcli.cli.library import Entry

    common = {"name": found.name, "folder": str(found.folder)}
    if not isinstance(found, Entry):
        return {**common, "usable": False, "problem": found.problem}
    return {
        **common,
        "usable": True,
        "default": _is_default(found, default),
        "place": found.place,
        "format": found.format,
        "parameters": found.parameters,
        "disk": found.disk,
        "memory": {
            "weights": found.need.weights,
            "cache": found.need.cache,
            "activations": found.need.activations,
            "context": found.need.context,
        },
        "fits": found.fits,
    }


def _is_default(found: Entry, default: str) -> bool:
    return repository(default) == found.name or named_folder(default) == found.folder


def _count(parameters: int) -> str:
    """1.2M, 25.3B"""
    for unit, power in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if parameters >= power:
            return f"{parameters / power:.1f}{unit}"
    return str(parameters)
