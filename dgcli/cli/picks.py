"""What a person took or edited with `--pick`, kept as data for `dg tune` where config.toml says so.

JSON lines as `dg tune` reads them, in one file for its owner only, bounded, safe to delete.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from dgcli.cli.changes import folder_of_changes
from dgcli.cli.config import read_settings
from dgcli.errors import InputError
from dgcli.platform.environment import Environment
from dgcli.platform.files import alone
from dgcli.platform.private import PrivateFolder

MOST = 10_000  # picks that are kept
LARGEST = 8 * 2**20  # bytes of all of them
_NAME = "picks.jsonl"


def picks_file(env: Environment) -> Path | None:
    """Where picks are kept: beside the changes. None where there is no home."""
    folder = folder_of_changes(env.variables)
    return None if folder is None else folder.with_name("picks") / _NAME


def count_picks(env: Environment) -> int:
    """How many are kept, as far as they can be read."""
    path = picks_file(env)
    with suppress(OSError):
        return 0 if path is None else len(_lines(path))
    return 0


def forget_picks(env: Environment) -> int:
    """Delete all of them; how many there were. Raises OSError where they cannot be deleted."""
    found, path = count_picks(env), picks_file(env)
    if path is not None:
        _private(path).empty()
    return found


def keep_picks(picks: Sequence[dict[str, str]], env: Environment, *, quiet: bool) -> None:
    """Keep them behind the earlier ones, the oldest of which go where there are too many.

    Nothing is kept unless config.toml says so. Where it cannot be done, that is told, and the run goes on.
    """
    path = picks_file(env)
    if not picks or path is None or not read_settings(env).keep_picks:
        return
    folder, new = _private(path), [json.dumps(pick, ensure_ascii=False) for pick in picks]
    try:
        folder.make()
        with alone(folder.path, InputError("Another dg is at work there.", "Pick again.")):
            kept = _bounded([*_lines(path), *new])
            folder.write(lambda temporary: _write(temporary, kept), lambda: path.name)
    except (OSError, InputError) as error:
        if not quiet:
            problem = error.problem.rstrip(".") if isinstance(error, InputError) else error.strerror
            env.tell(f"dg: what you picked is not kept for `dg tune` ({problem}).")


def _private(path: Path) -> PrivateFolder:
    return PrivateFolder(path.parent, re.compile(re.escape(path.name)))


def _lines(path: Path) -> list[str]:
    """What is kept. Raises OSError where it is there and cannot be read."""
    try:
        return [line for line in path.read_bytes().decode(errors="replace").split("\n") if line]
    except FileNotFoundError:
        return []


def _write(path: Path, lines: Sequence[str]) -> None:
    path.write_bytes("".join(f"{line}\n" for line in lines).encode(errors="replace"))


def _bounded(lines: Sequence[str]) -> list[str]:
    """The last lines, as many as there is room for."""
    kept, room = list[str](), LARGEST
    for line in reversed(lines[-MOST:]):
        room -= len(line.encode(errors="replace")) + 1
        if room < 0:
            break
        kept.append(line)
    return kept[::-1]
