"""What a run learns from, made of a person's data: examples, those that are held out, and samples to look at."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from dgcli.errors import InputError
from dgcli.tasks.restyle.registers import Register
from dgcli.tune.data import pages as own
from dgcli.tune.data.asking import Asking
from dgcli.tune.data.pairs import Pair, pair_examples, passages, read_pairs, split_pairs
from dgcli.tune.example import Example

PAIRS = (".jsonl", ".ndjson")
SAMPLES = 10
BACK_EVERY = 2  # of so many pairs, one is learned back, too
MINE = Register("mine", "Write it the way I write.")
"""The register of who does not name one."""
_AROUND = 600, 200  # characters before and behind the hole of a sample

Registers = Callable[[str], Register]  # by a name, or a few words; raises UsageError
Data = tuple[Pair, ...] | own.Pages


@dataclass(frozen=True)
class Sample:
    """A held-out text that the model is asked for before and after: the fill of a hole, or a rewriting."""

    text: str
    """That is to be rewritten, or what stands before the hole."""
    wanted: str
    """What the person wrote."""
    behind: str = ""
    """What stands behind the hole."""
    register: str = ""
    """That it is to be rewritten in, described; empty: it is a hole."""
    unlike: str = ""
    """The register that its words are told from, described; any if empty."""


@dataclass(frozen=True)
class Material:
    """All that a run needs of the data."""

    learned: tuple[Example, ...]
    held_out: tuple[Example, ...]
    samples: tuple[Sample, ...]
    registers: Mapping[str, Register]
    """Those that are learned, by name."""
    source: str
    """What it was made of, in words: 300 pairs, 12 texts of 15,000 words."""
    notes: tuple[str, ...] = ()
    """What a person should know of what was left out, a sentence each."""

    @property
    def digest(self) -> str:
        """Of all examples, those held out too."""
        found = sha256()
        for example in (*self.learned, None, *self.held_out):
            found.update(repr(example and (example.ids, example.given, sorted(example.held), example.modes)).encode())
        return found.hexdigest()

    def counts(self, *, held_out: bool = False) -> Counter[str]:
        """How many examples there are of each kind."""
        return Counter(example.kind for example in (self.held_out if held_out else self.learned))


def read_data(path: Path) -> Data:
    """The pairs of a file of JSON lines, or the texts of a folder or a file.

    Raises:
        InputError: it cannot be read, a line is no pair, or there is too little.
    """
    return read_pairs(path) if path.suffix.lower() in PAIRS and not path.is_dir() else own.read_pages(path)


def material(
    data: Data, asking: Asking, registers: Registers, *, unnamed: Register, rewrites: bool, seed: int
) -> Material:
    """The data as examples; a part of it is held out, whole pairs and whole texts.

    Args:
        registers: what a pair's name of a register stands for.
        unnamed: the register of pairs that name none, and of a person's texts.
        rewrites: whether rewriting is learned from texts, too.

    Raises:
        InputError: no pair is short enough, or none can be held out.
        UsageError: a pair names a register that looks misspelt.
    """
    if isinstance(data, own.Pages):
        return _of_pages(data, asking, unnamed if rewrites else None, seed)
    return _of_pairs(data, asking, registers, unnamed, seed)


def _of_pairs(pairs: Sequence[Pair], asking: Asking, registers: Registers, unnamed: Register, seed: int) -> Material:
    found = {pair.register: unnamed if pair.register is None else registers(pair.register) for pair in pairs}
    laid_out = {pair: pair_examples(pair, found[pair.register], asking) for pair in pairs}
    fit = [pair for pair in pairs if laid_out[pair]]
    if len(fit) < 2:
        raise InputError("All pairs are too long.", "Write pairs of a few sentences.")
    learned, held_out = split_pairs(fit, seed)
    if not held_out:
        raise InputError(
            "Nearly all pairs share a text with others, so that none can be held out.",
            "Add pairs whose source and target are in no other.",
        )
    shown = random.Random(seed).sample(held_out, min(SAMPLES, len(held_out)))
    long = len(pairs) - len(fit)
    return Material(
        learned=tuple(
            example
            for number, pair in enumerate(learned)
            for example in (
                *laid_out[pair],
                *(pair_examples(pair, found[pair.register], asking, back=True) if number % BACK_EVERY == 0 else ()),
            )
        ),
        held_out=tuple(example for pair in held_out for example in laid_out[pair]),
        samples=tuple(
            Sample(source, target, register=register.description, unlike=register.unlike)
            for pair in shown
            for register in [found[pair.register]]
            for source, target in [next(passages(pair, asking))]
        ),
        registers={register.name: register for register in found.values()},
        source=f"{len(pairs):,} pairs",
        notes=(f"{long} pair{'s are' if long > 1 else ' is'} too long and left out.",) if long else (),
    )


def _of_pages(data: own.Pages, asking: Asking, register: Register | None, seed: int) -> Material:
    learned, held_out = own.split_pages(data.pages, seed)
    description = None if register is None else register.description
    first, *others = data.skipped or ("",)
    more = f" So {'were' if len(others) > 1 else 'was'} {len(others)} more." if others else ""
    words = sum(page.words for page in data.pages)
    return Material(
        learned=tuple(each for page in learned for each in own.page_examples(page, asking, description, seed)),
        held_out=tuple(each for page in held_out for each in own.page_examples(page, asking, description, seed)),
        samples=_holes(held_out, random.Random(seed)),
        registers={} if register is None else {register.name: register},
        source=f"{data.files} text{'s' * (data.files != 1)} of {words:,} words",
        notes=(f"Left out: {first}{more}",) if first else (),
    )


def _holes(pages: Sequence[own.Page], rng: random.Random) -> tuple[Sample, ...]:
    """Holes of the pages, spread over them."""
    before, behind = _AROUND
    each = -(-SAMPLES // len(pages))
    found: list[Sample] = []
    for page in pages:
        places = own.holes(page, 3 * each, rng)
        for start, end in sorted(rng.sample(places, min(each, len(places)))):
            text = page.text
            found.append(Sample(text[max(0, start - before) : start], text[start:end], text[end : end + behind]))
    return tuple(found[:SAMPLES])
