"""`dg undo`: gives files back the text they had before `-i`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from dgcli.cli import options, reading, writing
from dgcli.cli.changes import Kept, changes, digest, forget, when
from dgcli.cli.guard import guarded
from dgcli.cli.help import HOW
from dgcli.cli.output.seen import short
from dgcli.cli.picks import forget_picks
from dgcli.errors import DgError, InputError, UsageError
from dgcli.platform.environment import Environment, one_line


@guarded
def undo(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE",
            help="The files to restore. Default: those of the last run.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    forgets: Annotated[
        bool,
        typer.Option("--forget", help="Delete all earlier texts and picks that are kept.", rich_help_panel=HOW),
    ] = False,
    yes: Annotated[
        bool, typer.Option("-y", "--yes", help="Do not ask before restoring several files.", rich_help_panel=HOW)
    ] = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Give a file back the text it had before the last -i of infill or restyle; run again, the one before that.

    A file that has changed since is left alone. One that was renamed is recognised by its text.
    """
    env: Environment = context.obj
    if forgets:
        _forget(paths, env, quiet=quiet)
        return
    if reading.STDIN in (paths or ()):
        raise UsageError("stdin has no earlier text.", "Name a file.")
    names = {os.path.realpath(path): path for path in paths or ()}
    sources = [reading.read(path, env, quiet=quiet) for path in names.values()]
    found = _left(changes(env))
    if sources:
        chosen = [(source, _change_of(source, found)) for source in sources]
    else:
        last = [each for each in found if each.change.run == found[0].change.run]
        chosen = [(_read_again(each, env), each) for each in last]
    old = [_old_text(source, kept) for source, kept in chosen]
    if len(chosen) > 1 and not paths and not yes and env.stdin.isatty() and env.stderr.isatty():
        several = ", ".join(short(source.name) for source, _ in chosen)
        typer.confirm(one_line(f"Undo `dg {found[0].change.command} -i` in {several}?"), abort=True, err=True)
    for (source, kept), text in zip(chosen, old, strict=True):
        _restore(source, kept, text)
        if not quiet:
            name, change = short(source.name), kept.change
            env.tell(f"dg: {name} has its text back from before `dg {change.command} -i`, {when(kept)}.")


def _left(everything: Sequence[Kept]) -> list[Kept]:
    """What has not been taken back.

    Raises:
        InputError: nothing is left, or nothing was ever kept.
    """
    if not everything:
        raise InputError("No earlier text is kept.", "dg keeps what -i replaces, unless config.toml says undo = false.")
    left = [each for each in everything if not each.undone]
    if not left:
        raise InputError("Nothing is left to undo.", "`dg log` lists what -i changed; all of it was taken back.")
    return left


def _change_of(source: reading.Source, found: Sequence[Kept]) -> Kept:
    """The last change of a file, by its name; where that had another text, of a file that had this text.

    Raises:
        InputError: there is none.
    """
    place, now = os.path.realpath(source.path), digest(source.text.encode())
    made = [each for each in found if each.after == now]
    here = [each for each in found if each.change.file == place]
    if made:  # its own, else that of a file that is gone, as this is the same by another name
        return min(made, key=lambda each: (each not in here, os.path.exists(each.change.file)))
    if not here:
        raise InputError(f"Nothing is left to undo in {source.name}.", "`dg log` lists what -i changed.")
    return here[0]


def _read_again(kept: Kept, env: Environment) -> reading.Source:
    """A file that was changed, as it is now."""
    path = Path(kept.change.file)
    if not path.exists():
        raise InputError(f"{path} is gone.", "If it has another name now, `dg undo NAME` finds it.")
    return reading.read(path, env)


def _old_text(source: reading.Source, kept: Kept) -> str:
    """What a file is to have again.

    Raises:
        InputError: the file has changed since, so that something would be lost; or what is kept is damaged.
    """
    old, _ = kept.texts()
    if digest(source.text.encode()) not in (kept.after, kept.before):
        change = kept.change
        raise InputError(
            f"{short(source.name)} has changed since `dg {change.command} -i`, {when(kept)}, so it was left alone.",
            "`dg log -p` shows what was changed then.",
        )
    return old.decode()


def _restore(source: reading.Source, kept: Kept, text: str) -> None:
    if text != source.text:
        writing.replace(source, text)
    if os.path.realpath(source.path) == kept.change.file or not os.path.exists(kept.change.file):
        kept.set_undone()  # of a copy, nothing is undone


def _forget(paths: Sequence[Path] | None, env: Environment, *, quiet: bool) -> None:
    if paths:
        raise UsageError("--forget was given with a file.", "It deletes everything that is kept: leave out the file.")
    try:
        count, picks = forget(env), forget_picks(env)
    except OSError as error:
        raise DgError(f"{error.filename} cannot be deleted ({error.strerror}).", "Check the permissions.") from error
    if not quiet:
        env.tell(f"dg: deleted what was kept of {count} changes" + (f", and {picks:,} picks." if picks else "."))
