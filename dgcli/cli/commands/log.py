"""`dg log`: what `-i` changed, and when."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from dgcli.cli import options
from dgcli.cli.changes import Kept, changes, when
from dgcli.cli.config import read_settings
from dgcli.cli.guard import guarded
from dgcli.cli.help import OUTPUT
from dgcli.cli.output.lines import to_json
from dgcli.cli.output.seen import short
from dgcli.cli.output.table import table
from dgcli.cli.picks import count_picks, picks_file
from dgcli.platform.environment import Environment, one_line
from dgcli.text.diff import coloured, unified

_UNITS = {"infill": "hole", "restyle": "paragraph"}


@guarded
def log(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="Only changes to these files.", show_default=False, readable=False),
    ] = None,
    patch: Annotated[
        bool, typer.Option("-p", "--patch", help="Show each change as a diff.", rich_help_panel=OUTPUT)
    ] = False,
    as_json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """List what infill and restyle changed with -i, latest first; `dg undo` takes it back. Kept picks are counted."""
    env: Environment = context.obj
    wanted = {os.path.realpath(path) for path in paths or ()}
    found = [each for each in changes(env) if not wanted or each.change.file in wanted]
    if as_json:
        picks = {"file": str(picks_file(env)), "count": count_picks(env)}
        env.write(to_json({"runs": list(_runs(found, patch=patch)), "picks": picks}))
    elif found and patch:
        for each in found:
            diff = _diff(each)
            env.write(one_line(f"{'  '.join(_row(each))}").encode() + b"\n\n")
            env.write((coloured(diff) if env.colours_stdout else diff).encode() + b"\n")
    elif found:
        head = ("WHEN", "COMMAND", "CHANGED", "MODEL", "SEED", "FILE")
        env.write(table(head, [_row(each) for each in found], env.columns).encode())
    count = count_picks(env)
    if count and not as_json and not wanted:
        env.tell(
            f"dg: {count:,} pick{'s are' if count > 1 else ' is'} kept in {picks_file(env)}, which `dg tune` learns "
            "from; `dg undo --forget` deletes it, and the earlier texts."
        )
    elif not found and not as_json:
        why = "" if read_settings(env).undo else ", as config.toml says undo = false"
        names = ", ".join(str(path) for path in paths or ())
        env.tell(f"dg: no earlier text of {names} is kept." if wanted else f"dg: no change by -i is kept{why}.")


def _row(kept: Kept) -> tuple[str, ...]:
    change = kept.change
    unit = _UNITS.get(change.command, "place")
    changed = f"{change.count} {unit}{'s' * (change.count != 1)}"
    file = short(change.file) + (" (undone)" if kept.undone else "")
    return (when(kept), change.command, changed, change.model, str(change.seed), file)


def _runs(found: Sequence[Kept], *, patch: bool) -> Iterator[dict[str, Any]]:
    """Each run with its files, in the order of the changes."""
    for _, group in groupby(found, key=lambda each: each.change.run):
        files = list(group)
        first = files[0].change
        yield {
            "time": datetime.fromtimestamp(first.run // 10**9, timezone.utc).isoformat(),
            "command": first.command,
            "model": first.model,
            "seed": first.seed,
            "files": [
                {
                    "file": each.change.file,
                    "changed": each.change.count,
                    "undone": each.undone,
                    **({"diff": _diff(each)} if patch else {}),
                }
                for each in files
            ],
        }


def _diff(kept: Kept) -> str:
    old, new = kept.texts()
    return unified(old.decode(), new.decode(), short(kept.change.file).lstrip("/"))
