"""Pairs of texts, the second of which says what the first does in the way that is to be learned: JSON lines.

{"source": "Wind from the north, we can't leave.", "target": "Wind N. Bound in port.", "register": "ship's log"}
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from dgcli.errors import InputError
from dgcli.tasks.restyle.registers import Register
from dgcli.tasks.restyle.score import ANY
from dgcli.text.document import decode
from dgcli.text.sentences import starts
from dgcli.tune.data.asking import Asking
from dgcli.tune.example import Example

FEWEST = 20
HELD_OUT = 10  # one of so many is held out,
MOST_HELD_OUT = 50  # but no more of them than that
LONGEST = 512  # tokens of a source or a target
_LINE = '{"source": "…", "target": "…", "register": "…"}'


@dataclass(frozen=True)
class Pair:
    """A text, and the same as it is to be."""

    source: str
    target: str
    register: str | None
    """Its name or a few words for it; None: the line names none."""


def read_pairs(path: Path) -> tuple[Pair, ...]:
    """The pairs of a file, each once. Lines without anything are left out, and so are fields of other names.

    Raises:
        InputError: the file cannot be read, a line is no pair, or there are too few of them.
    """
    try:
        text = decode(path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).", "Check the name and the permissions.") from error
    lines = enumerate(text.removeprefix("\ufeff").split("\n"), start=1)  # JSON has other ends of lines within its texts
    pairs = tuple(dict.fromkeys(_pair(line, f"{path}, line {number},") for number, line in lines if line.strip()))
    if len(pairs) < FEWEST:
        raise InputError(
            f"{path} has {len(pairs)} different pair{'s' * (len(pairs) != 1)}; at least {FEWEST} are needed.",
            "A few hundred do well.",
        )
    return pairs


def split_pairs(pairs: Sequence[Pair], seed: int) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Those to learn from, and those that are held out: no source or target of these is among the others'."""
    texts: dict[str, set[Pair]] = {}
    for pair in pairs:
        for text in (pair.source, pair.target):
            texts.setdefault(text, set()).add(pair)
    order = random.Random(seed).sample(pairs, len(pairs))
    wanted = min(MOST_HELD_OUT, max(2, len(pairs) // HELD_OUT))
    held_out: set[Pair] = set()
    for pair in order:
        kin = _kin(pair, texts)
        if len(held_out | kin) <= wanted:
            held_out |= kin
    return tuple(pair for pair in pairs if pair not in held_out), tuple(pair for pair in pairs if pair in held_out)


def passages(pair: Pair, asking: Asking) -> Iterator[tuple[str, str]]:
    """The pair in parts that are rewritten at once, where both sides have as many sentences; else as a whole."""
    source, target = " ".join(pair.source.split()), " ".join(pair.target.split())
    parts = [_sentences(text) for text in (source, target)]
    if len(parts[0]) != len(parts[1]):
        yield source, target
        return
    done: tuple[str, str] | None = None
    for more in zip(*parts, strict=True):
        both = more if done is None else (done[0] + more[0], done[1] + more[1])
        if done is not None and asking.count(both[0]) > asking.longest_passage:
            yield done[0].rstrip(), done[1].rstrip()
            both = more
        done = both
    if done is not None:
        yield done


def pair_examples(pair: Pair, register: Register, asking: Asking, *, back: bool = False) -> tuple[Example, ...]:
    """The pair as `dg restyle` asks for it in a register; none where a side is too long.

    `back`: as it asks whether the source can be told from a rewriting, without the register. So the adapter does not
    make all rewritings sound like it, and those that do are told from those that have lost something.
    """
    found = list(passages(pair, asking))
    if any(asking.count(text) > LONGEST for both in found for text in both):
        return ()
    if back:
        return tuple(asking.rewriting(target, source, register.unlike or ANY) for source, target in found)
    return tuple(asking.rewriting(source, target, register.description) for source, target in found)


def _pair(line: str, place: str) -> Pair:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError(f"{place} is not JSON.", f"Write each pair on one line: {_LINE}") from None
    if not isinstance(values, dict):
        raise InputError(f"{place} is no JSON object.", f"Write each pair on one line: {_LINE}")
    for name in ("source", "target"):
        if not isinstance(values.get(name), str) or not values[name].strip():
            raise InputError(f'{place} has no text in "{name}".', f"A pair looks like this: {_LINE}")
    register = values.get("register")
    if register is not None and (not isinstance(register, str) or not register.strip()):
        raise InputError(f'{place} has no words in "register".', "Leave it out, or name the register.")
    pair = Pair(values["source"].strip(), values["target"].strip(), register and " ".join(register.split()))
    try:
        "".join(filter(None, vars(pair).values())).encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{place} has half a character (a lone surrogate), which no file can hold.", "Take it out."
        ) from None
    return pair


def _kin(pair: Pair, texts: dict[str, set[Pair]]) -> set[Pair]:
    """The pairs that share a text with it, or with one that does."""
    found, new = {pair}, {pair}
    while new:
        new = {other for each in new for text in (each.source, each.target) for other in texts[text]} - found
        found |= new
    return found


def _sentences(text: str) -> list[str]:
    return [text[a:b] for a, b in pairwise((*starts(text), len(text)))]
