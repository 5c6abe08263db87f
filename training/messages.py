"""Short messages in casual and in formal words, made from patterns (`messages.toml`) written for the purpose.

A pattern is a casual line and the same said formally. `(a|b)` is any of them; the choices in `[a|b]` go together, the
first bracket of one side with the first of the other; `{name}` is one of the slot's texts, in both registers.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path

from dgcli.platform.toml import parse_toml

FILE = Path(__file__).with_name("messages.toml")
_SLOT = re.compile(r"\{(\w+?)\}")
_FREE = re.compile(r"\(([^()]*)\)")
_TOGETHER = re.compile(r"\[([^\[\]]*)\]")

Slots = Mapping[str, Sequence[str | Sequence[str]]]  # casual and formal; one text where they are the same


def messages(count_of_each: int, seed: int = 0) -> Iterator[tuple[str, str]]:
    """Casual and formal messages, so many from each pattern."""
    rng = random.Random(seed)
    found = parse_toml(FILE.read_text(encoding="utf-8"))
    for casual, formal in found["patterns"]:
        for _ in range(count_of_each):
            yield _written(casual, formal, found["slots"], rng)


def _written(casual: str, formal: str, slots: Slots, rng: random.Random) -> tuple[str, str]:
    """One message of a pattern in both registers."""
    together = [rng.randrange(len(match.group(1).split("|"))) for match in _TOGETHER.finditer(casual)]
    chosen = {name: rng.choice(values) for name, values in slots.items()}
    casual, formal = (_chosen(side, together) for side in (casual, formal))
    casual = _FREE.sub(lambda match: rng.choice(match.group(1).split("|")), casual)
    casual, formal = (
        _SLOT.sub(lambda match, side=side: _said(chosen[match.group(1)], side), text)
        for side, text in enumerate((casual, formal))
    )
    ending = rng.choice(("", "", ".", "!!", " lol", " :)")) if casual[-1].isalnum() else ""
    casual = casual[0].upper() + casual[1:] if rng.random() < 0.2 else casual
    return casual + ending, formal[0].upper() + formal[1:]


def _chosen(text: str, together: list[int]) -> str:
    numbers = count()
    return _TOGETHER.sub(lambda match: match.group(1).split("|")[together[next(numbers)]], text)


def _said(value: str | Sequence[str], side: int) -> str:
    return value if isinstance(value, str) else value[side]
