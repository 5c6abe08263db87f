"""Pairs of texts, the second of which says what the first does in the way that is to be learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from dgcli.tasks.restyle.registers import Register
from dgcli.tasks.restyle.score import ANY
from dgcli.text.sentences import starts
from dgcli.tune.data.asking import Asking
from dgcli.tune.example import Example

LONGEST = 512  # tokens of a source or a target


@dataclass(frozen=True)
class Pair:
    """A text, and the same as it is to be."""

    source: str
    target: str
    register: str | None
    """Its name or a few words for it; None: the line names none."""

    @property
    def texts(self) -> tuple[str, ...]:
        """What no line that is held out may share with one that is learned."""
        return self.source, self.target


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


def _sentences(text: str) -> list[str]:
    return [text[a:b] for a, b in pairwise((*starts(text), len(text)))]
