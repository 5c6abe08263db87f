"""Data as JSON lines: pairs of texts, and fills of holes, as `--pick` keeps them.

{"source": "Wind from the north, we can't leave.", "target": "Wind N. Bound in port.", "register": "ship's log"}
{"before": "At noon we ", "fill": "raised the cape", "behind": ", bearing NE.", "hint": "what was seen"}
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dgcli.errors import InputError
from dgcli.text.document import decode
from dgcli.tune.data.fills import FilledHole
from dgcli.tune.data.pairs import Pair

FEWEST = 20
HELD_OUT = 10  # one of so many is held out,
MOST_HELD_OUT = 50  # but no more of them than that
_PAIR = '{"source": "…", "target": "…", "register": "…"}'
_FILL = '{"before": "…", "fill": "…", "behind": "…"}'

Line = Pair | FilledHole


def read_lines(path: Path) -> tuple[Line, ...]:
    """The pairs and fills of a file, each once. Empty lines are left out, and so are fields of other names.

    Raises:
        InputError: the file cannot be read, a line is neither, or there are too few of them.
    """
    try:
        text = decode(path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).", "Check the name and the permissions.") from error
    lines = enumerate(text.removeprefix("\ufeff").split("\n"), start=1)  # JSON has other ends of lines within its texts
    found = tuple(dict.fromkeys(_line(line, f"{path}, line {number},") for number, line in lines if line.strip()))
    if len(found) < FEWEST:
        raise InputError(
            f"{path} has {named(found)}, each counted once; at least {FEWEST} are needed.", "A few hundred do well."
        )
    return found


def held_apart(lines: Sequence[Line], seed: int) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Those to learn from, and those that are held out, of each kind: no text of these is among the others'."""
    kinds = [part for kind in (Pair, FilledHole) if (part := [line for line in lines if isinstance(line, kind)])]
    held_out = {line for part in kinds for line in _held_out(part, seed, least=3 - len(kinds))}
    return tuple(line for line in lines if line not in held_out), tuple(line for line in lines if line in held_out)


def named(lines: Sequence[Line]) -> str:
    """How many of each kind there are, in words."""
    pairs = sum(isinstance(line, Pair) for line in lines)
    counts = (("pair", pairs), ("fill", len(lines) - pairs))
    return " and ".join(f"{count:,} {name}{'s' * (count != 1)}" for name, count in counts if count) or "no pairs"


def _line(line: str, place: str) -> Line:
    """Raises InputError where it is no pair and no fill."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError(f"{place} is not JSON.", f"Write each pair on one line: {_PAIR}") from None
    if not isinstance(values, dict):
        raise InputError(f"{place} is not a JSON object.", f"Write each pair on one line: {_PAIR}")
    found = _filled(values, place) if "fill" in values else _pair(values, place)
    try:
        "".join(filter(None, vars(found).values())).encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{place} has half a character (a lone surrogate), which no file can hold.", "Take it out."
        ) from None
    return found


def _pair(values: Mapping[str, Any], place: str) -> Pair:
    for name in ("source", "target"):
        if not _says(values.get(name)):
            raise InputError(f'{place} has no text in "{name}".', f"A pair looks like this: {_PAIR}")
    register = values.get("register")
    if register is not None and not _says(register):
        raise InputError(f'{place} has no words in "register".', "Leave it out, or name the register.")
    return Pair(values["source"].strip(), values["target"].strip(), register and " ".join(register.split()))


def _filled(values: Mapping[str, Any], place: str) -> FilledHole:
    """Blanks at the ends stay: they tell where words end."""
    if not _says(values["fill"]):
        raise InputError(f'{place} has no text in "fill".', f"A fill looks like this: {_FILL}")
    around = {name: values.get(name, "") for name in ("before", "behind", "hint")}
    for name, text in around.items():
        if not isinstance(text, str):
            raise InputError(f'{place} has no text in "{name}".', f"A fill looks like this: {_FILL}")
    return FilledHole(fill=values["fill"], **around)


def _held_out(lines: Sequence[Line], seed: int, least: int) -> set[Line]:
    texts: dict[str, set[Line]] = {}
    for line in lines:
        for text in line.texts:
            texts.setdefault(text, set()).add(line)
    wanted = min(MOST_HELD_OUT, max(least, len(lines) // HELD_OUT), len(lines) - 1)
    held_out: set[Line] = set()
    for line in random.Random(seed).sample(lines, len(lines)):
        kin = _kin(line, texts)
        if len(held_out | kin) <= wanted:
            held_out |= kin
    return held_out


def _says(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _kin(line: Line, texts: Mapping[str, set[Line]]) -> set[Line]:
    """The lines that share a text with it, or with one that does."""
    found, new = {line}, {line}
    while new:
        new = {other for each in new for text in each.texts for other in texts[text]} - found
        found |= new
    return found
