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
from dgcli.tune.data.fills import fill_examples
from dgcli.tune.data.lines import Line, held_apart, named, read_lines
from dgcli.tune.data.pairs import Pair, pair_examples, passages
from dgcli.tune.data.unchanged import unchanged_examples
from dgcli.tune.example import Example

LINES = (".jsonl", ".ndjson")
SAMPLES = 10
BACK_EVERY = 2  # of so many pairs, one is learned back, too
MINE = Register("mine", "Write it the way I write.")
"""The register of who does not name one."""
_AROUND = 600, 200  # characters before and behind the hole of a sample

Registers = Callable[[str], Register]  # by a name, or a few words; raises UsageError
Data = tuple[Line, ...] | own.Pages


@dataclass(frozen=True)
class Sample:
    """A held-out text that the model is asked for before and after: the fill of a hole, or a rewriting."""

    text: str
    """That is to be rewritten, or what stands before the hole."""
    wanted: str
    """What the person wrote."""
    behind: str = ""
    """What stands behind the hole."""
    hint: str = ""
    """What the mark of the hole asks for."""
    register: str = ""
    """That it is to be rewritten in, described; empty: it is a hole."""
    unlike: str = ""
    """The register that its words are told from, described; any if empty."""

    @property
    def mark(self) -> str:
        """The hole, as a person marks one."""
        return f"[[? {self.hint}]]" if self.hint else "[[?]]"


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
    """The pairs and fills of a file of JSON lines, or the texts of a folder or a file.

    Raises:
        InputError: it cannot be read, a line is no pair and no fill, or there is too little.
    """
    return read_lines(path) if path.suffix.lower() in LINES and not path.is_dir() else own.read_pages(path)


def fills_holes(data: Data) -> bool:
    """Whether what is to be learned is more for holes than for rewriting."""
    return isinstance(data, own.Pages) or 2 * sum(isinstance(line, Pair) for line in data) < len(data)


def material(
    data: Data, asking: Asking, registers: Registers, *, unnamed: Register, rewrites: bool, seed: int
) -> Material:
    """The data as examples; a part of it is held out, whole lines and whole texts.

    Args:
        registers: what a pair's name of a register stands for.
        unnamed: the register of pairs that name none, and of a person's texts.
        rewrites: whether rewriting is learned from texts, too.

    Raises:
        InputError: nothing is short enough, or none can be held out.
        UsageError: a pair names a register that looks misspelt.
    """
    if isinstance(data, own.Pages):
        return _of_pages(data, asking, unnamed if rewrites else None, seed)
    return _of_lines(data, asking, registers, unnamed, seed)


def _of_lines(lines: Sequence[Line], asking: Asking, registers: Registers, unnamed: Register, seed: int) -> Material:
    names = dict.fromkeys(line.register for line in lines if isinstance(line, Pair))
    found = {name: unnamed if name is None else registers(name) for name in names}

    def examples(line: Line, *, back: bool = False) -> tuple[Example, ...]:
        if isinstance(line, Pair):
            return pair_examples(line, found[line.register], asking, back=back)
        return () if back else fill_examples(line, asking)

    laid_out = {line: examples(line) for line in lines}
    fit = [line for line in lines if laid_out[line]]
    if len(fit) < 2:
        raise InputError(f"All {named(lines)} are too long.", "Write pairs of a few sentences.")
    learned, held_out = held_apart(fit, seed)
    if not held_out:
        raise InputError(
            "Nearly all pairs share a text with others, so that none can be held out.",
            "Add pairs whose source and target are in no other.",
        )
    long = [line for line in lines if not laid_out[line]]
    return Material(
        learned=tuple(
            example
            for number, line in enumerate(learned)
            for example in (*laid_out[line], *(examples(line, back=True) if number % BACK_EVERY == 0 else ()))
        )
        + _unchanged(learned, asking, seed),
        held_out=tuple(example for line in held_out for example in laid_out[line]) + _unchanged(held_out, asking, seed),
        samples=tuple(
            _sample(line, found, asking) for line in random.Random(seed).sample(held_out, min(SAMPLES, len(held_out)))
        ),
        registers={register.name: register for register in found.values()},
        source=named(lines),
        notes=(f"{named(long)} {'are' if len(long) > 1 else 'is'} too long and left out.",) if long else (),
    )


def _unchanged(lines: Sequence[Line], asking: Asking, seed: int) -> tuple[Example, ...]:
    """What stood there before it was rewritten is written as before."""
    return unchanged_examples((line.source for line in lines if isinstance(line, Pair)), asking, seed)


def _sample(line: Line, registers: Mapping[str | None, Register], asking: Asking) -> Sample:
    if not isinstance(line, Pair):
        return Sample(line.before, line.fill, line.behind, hint=line.hint)
    source, target = next(passages(line, asking))
    register = registers[line.register]
    return Sample(source, target, register=register.description, unlike=register.unlike)


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
