"""Pairs of one thing said in two registers, for teaching to rewrite.

The folder that they come from has `synth_casual_formal.train.jsonl.xz`, JSON lines with `casual`, `formal`, `license`
and `ops` of each pair, and `plain_words.tsv.xz`, a list of wordy and plain expressions. Pairs under share-alike
licences are left out, as such text is everywhere in `corpus.py`. For plain English, sentences of the corpus that hold a
wordy expression are paired with themselves, the plain one put in its place; and plain sentences with casual versions of
themselves (`casual.py`). Messages in both registers are made from patterns (`messages.py`).
"""

from __future__ import annotations

import json
import lzma
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from pathlib import Path

import numpy as np
from casual import made_casual
from messages import messages

PACKED = "pairs.json"
_FREE = ("CC0", "public domain", "CC-BY-4.0")
_WORD = re.compile(r"\S+")
_TO_CASUAL = 0.25  # shares of the rewrites; most others are into formal English
_TO_PLAIN = 0.15
_MOST_PLAIN = 20_000  # pairs
_MOST_CASUAL = 80_000
_OF_A_PATTERN = 60  # messages
_UNSURE = frozenset(  # what these are in plain words depends on their meaning
    [
        *("said", "some", "such", "function", "subject", "address", "forward", "vice", "benefit", "request", "reflect"),
        *("type", "proceed", "liaison", "feasible", "render", "combined", "aircraft", "females", "option", "interface"),
        "whereas",
    ]
)
_DRAWN = 3  # pairs, of which the one is taken that differs most
_SENTENCE = re.compile(r"[A-Z][^.!?]{30,220}[.!?](?=\s|$)")
_WHOLLY_DIFFERENT = 0.3  # share of the pairs that are not made by exchanging single words
_LONGER = 0.35  # share of the passages that are several pairs in a row
_LONGEST = 160  # characters of such a passage
_NEIGHBOURS = 2  # words on either side that may be rewritten along


@dataclass(frozen=True)
class Rewrite:
    """A text, the same in another register, and the name of that register."""

    source: str
    target: str
    register: str


@dataclass(frozen=True)
class Edit:
    """A place of a rewrite: `new` stands between `left` and `right` where `old` stood in the source."""

    left: str
    old: str
    new: str
    right: str


@dataclass(frozen=True)
class Pairs:
    """Texts and the same in another register."""

    usual: tuple[tuple[str, str], ...]  # casual and formal
    different: tuple[tuple[str, str], ...]  # the same in wordings that share few words
    plain: tuple[tuple[str, str], ...]  # wordy and plain

    @classmethod
    def read(cls, folder: Path, wordy: Iterable[str], everyday: Iterable[str]) -> Pairs:
        """The pairs of a folder that may be used for weights, and what can be made of sentences of texts.

        Those of `wordy` are made plain, those of `everyday` casual.
        """
        usual: list[tuple[str, str]] = []
        different: list[tuple[str, str]] = []
        with lzma.open(folder / "synth_casual_formal.train.jsonl.xz", "rt", encoding="utf-8") as lines:
            for line in lines:
                pair = json.loads(line)
                if pair["license"].startswith(_FREE):
                    kind = different if "template" in pair["ops"] else usual
                    kind.append((pair["casual"], pair["formal"]))
        usual += islice(made_casual(everyday), _MOST_CASUAL)
        different += messages(_OF_A_PATTERN)
        plain = islice(_made_plain(_expressions(folder / "plain_words.tsv.xz"), wordy), _MOST_PLAIN)
        return cls(tuple(usual), tuple(different), tuple(plain))

    def pack(self, folder: Path) -> None:
        """Write them beside the packed text."""
        (folder / PACKED).write_text(json.dumps([self.usual, self.different, self.plain]), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Pairs:
        """The pairs of a folder of packed text."""
        kinds = json.loads((folder / PACKED).read_text(encoding="utf-8"))
        return cls(*(tuple((source, target) for source, target in kind) for kind in kinds))

    def draw(self, rng: np.random.Generator) -> Rewrite:
        """A rewrite; most go from casual to formal."""
        kind = rng.random()
        if kind < _TO_PLAIN:
            return Rewrite(*self.plain[int(rng.integers(len(self.plain)))], "plain")
        casual, formal = self._passage(rng)
        return Rewrite(formal, casual, "casual") if kind > 1 - _TO_CASUAL else Rewrite(casual, formal, "formal")

    def _passage(self, rng: np.random.Generator) -> tuple[str, str]:
        """A pair of casual and formal, or two or three in a row."""
        casual, formal = self._pair(rng)
        if rng.random() < _LONGER:
            for _ in range(int(rng.integers(1, 3))):
                more = self._pair(rng)
                if len(f"{formal} {more[1]}") <= _LONGEST:
                    end = "" if casual[-1] in ".!?" else str(rng.choice([".", ",", ""], p=[0.6, 0.2, 0.2]))
                    casual, formal = f"{casual}{end} {more[0]}", f"{formal} {more[1]}"
        return casual, formal

    def _pair(self, rng: np.random.Generator) -> tuple[str, str]:
        pairs = self.different if rng.random() < _WHOLLY_DIFFERENT else self.usual
        drawn = [pairs[int(number)] for number in rng.integers(len(pairs), size=_DRAWN)]
        return max(drawn, key=lambda pair: _difference(*pair))


def _difference(old: str, new: str) -> float:
    """Share of the words that two texts do not have in common."""
    a, b = Counter(old.split()), Counter(new.split())
    return 1 - 2 * (a & b).total() / (a.total() + b.total())


def _expressions(file: Path) -> dict[str, str]:
    """Wordy expression → the first plain one that the list gives for it."""
    found: dict[str, str] = {}
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        for line in islice(lines, 1, None):
            wordy, plain = (side.split(",")[0].strip() for side in line.rstrip("\n").split("\t"))
            usual = re.fullmatch(r"[a-z ]{4,}", wordy) and re.fullmatch(r"[a-z ]+", plain) and plain != "must"
            if usual and wordy not in _UNSURE:
                found[wordy] = plain
    return found


def _made_plain(expressions: dict[str, str], texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Sentences with a wordy expression, and the same with the plain one."""
    longest_first = sorted(expressions, key=len, reverse=True)
    wordy = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")
    for text in texts:
        for sentence in _SENTENCE.findall(" ".join(text.split())):
            plain = wordy.sub(lambda match: expressions[match.group()], sentence)
            if plain != sentence:
                yield sentence, plain


def edit(rng: np.random.Generator, rewrite: Rewrite) -> Edit:
    """One place to rewrite, drawn: most often one where the texts differ, with a few words around it or none.

    What stands left of it is rewritten; to the right it still is the source, or in some cases rewritten, too.
    """
    old, new = list(_WORD.finditer(rewrite.source)), list(_WORD.finditer(rewrite.target))
    places = list(_places([m.group() for m in old], [m.group() for m in new]))
    changed = [place for place in places if place[0] != "equal"]
    if changed and rng.random() < 0.9:
        _, a, b, c, d = changed[int(rng.integers(len(changed)))]
    else:
        _, a, _, c, _ = places[int(rng.integers(len(places)))]
        b, d = a, c
    before, behind = int(rng.integers(_NEIGHBOURS + 1)), int(rng.integers(_NEIGHBOURS + 1))
    if a == b or c == d:  # words that were added or dropped: the place is found by a word beside them
        before, behind = max(before, int(a > 0)), max(behind, int(a == 0))
    equal_before = _alike(old[:a][::-1], new[:c][::-1], before)
    equal_behind = _alike(old[b:], new[d:], behind)
    a, c, b, d = a - equal_before, c - equal_before, b + equal_behind, d + equal_behind
    left = rewrite.target[: new[c].start() if c < len(new) else len(rewrite.target)]
    right = rewrite.target[new[d - 1].end() if d else 0 :]
    if rng.random() < 0.6:
        right = rewrite.source[old[b - 1].end() if b else 0 :]
    return Edit(
        left=left,
        old=rewrite.source[old[a].start() : old[b - 1].end()] if a < b else "",
        new=rewrite.target[new[c].start() : new[d - 1].end()] if c < d else "",
        right=right,
    )


def _places(old: list[str], new: list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """Where the texts differ, and each pair of equal words."""
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (("equal", a + i, a + i + 1, c + i, c + i + 1) for i in range(b - a))
        else:
            yield tag, a, b, c, d


def _alike(old: list[re.Match[str]], new: list[re.Match[str]], most: int) -> int:
    """How many of the first words are the same in both, `most` at most."""
    count = 0
    while count < min(most, len(old), len(new)) and old[count].group() == new[count].group():
        count += 1
    return count
