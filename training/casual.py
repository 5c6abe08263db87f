"""Casual versions of plain sentences, made by rules: contractions, text-speak, everyday words, dropped marks.

Words and expressions are in `casual_words.tsv`; what depends on the words around it is here.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

WORDS = Path(__file__).with_name("casual_words.tsv")
_SENTENCE = re.compile(
    r"(?<![^\s\"“])[A-Z][^.!?\"“”():;\[\]]{8,110}(?<!\b[A-Z])(?<!\b[MD]r)(?<!\bMrs)[.!?](?=[\s\"”]|$)"
)
_CONTRACTED = re.compile(r"\w['’](?:m|re|ve|ll|d|t|s)\b|\b(?:gonna|wanna|thou|thee|thy|hath)\b", re.I)
_PARTICIPLE = r"(?= (?:been|had|seen|done|made|got|gone|come|found|never|already|always|just|not|\w+ed)\b)"
_FEWEST, _MOST = 4, 18  # words of a sentence
_WORTH = 0.15  # share of the words that are to change at least
_OFTEN = 250  # sentences that an expression is changed in before it is no reason to take another
_COMMON = 0.1  # share of the sentences that are taken without such a reason

# What is found in a plain sentence → what stands there in a casual one.
_RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\bI am\b", ("I'm", "im", "i'm")),
    (r"\b(I|[Yy]ou|[Ww]e|[Tt]hey) have" + _PARTICIPLE, (r"\1've",)),
    (r"\b([Hh]e|[Ss]he|[Ii]t) has" + _PARTICIPLE, (r"\1's", r"\1s")),
    (r"\b([Yy]ou|[Ww]e|[Tt]hey) are\b", (r"\1're", r"\1're", r"\1 r")),
    (r"\b([Hh]e|[Ss]he|[Ii]t|[Tt]hat|[Tt]here|[Ww]hat|[Ww]ho|[Ww]here|[Hh]ere|[Hh]ow) is\b", (r"\1's", r"\1s")),
    (r"\b(I|[Yy]ou|[Ww]e|[Tt]hey|[Hh]e|[Ss]he|[Ii]t|[Tt]hat|[Tt]here) will\b(?! not)", (r"\1'll",)),
    (r"\b(I|[Yy]ou|[Ww]e|[Tt]hey|[Hh]e|[Ss]he) would\b(?! not)", (r"\1'd",)),
    (
        r"\b([Dd]o|[Dd]oes|[Dd]id|[Ii]s|[Aa]re|[Ww]as|[Ww]ere|[Cc]ould|[Ww]ould|[Ss]hould|[Hh]ave|[Hh]as|[Hh]ad) not\b",
        (r"\1n't", r"\1n't", r"\1nt"),
    ),
    (r"\b([Cc])an ?not\b", (r"\1an't", r"\1ant")),
    (r"\b([Ww])ill not\b", (r"\1on't", r"\1ont")),
    (r"^Let us\b", ("Let's", "lets")),
    (r"\b(?:am|are|is) going to(?= [a-z]+)", ("gonna",)),
    (r"^(?:Would you like|Do you want) to\b", ("Wanna", "U wanna", "Do u wanna")),
    (r"^Could you please\b|^Would you please\b|^Could you\b", ("Can u", "Can you", "Could u", "Can u pls")),
    (r"\bwant to\b", ("wanna",)),
    (r"\b(?:have|has) to\b", ("gotta",)),
    (r"\b[Bb]ecause of\b", ("cuz of", "thanks to")),
    (r"\b[Bb]ecause\b", ("cause", "'cause", "bc", "cuz")),
    (r"\b[Pp]lease\b", ("pls", "plz")),
    (r"\b[Tt]hank you(?: very much)?\b", ("thx", "thanks", "thanks a lot", "ty")),
    (r"\b[Yy]ou\b", ("u", "ya", "u")),
    (r"\b[Yy]our\b", ("ur", "your")),
    (r"\bwithout\b", ("w/o",)),
    (r"\bwith\b", ("w/", "with")),
    (r"^Yes, ", ("Yeah, ", "Yep, ", "Yeah ")),
    (r"^No, ", ("Nope, ", "Nah, ", "Nah ")),
    (r"^However, (\w)", (r"But \1",)),
    (r"^(?:Therefore|Thus|Consequently), (\w)", (r"So \1",)),
)
_COMPILED = tuple((re.compile(found), casual) for found, casual in _RULES)
_OPENERS = (
    *("hey ", "hey, ", "so ", "well ", "ok so ", "anyway ", "anyway, ", "tbh ", "btw ", "honestly ", "yeah ", "oh "),
    *("ngl ", "ok ", "yo ", "man, ", "look, "),
)
_CLOSERS = (" lol", " haha", " tbh", " btw", " :)", " ok", " thx", " you know", "!!", " tho", " lmao", " ;)")
_APPLIED = 0.75  # share of the rules and expressions that are used where they may be


@dataclass(frozen=True)
class Expressions:
    """Plain words in a row → casual ones."""

    casual: dict[tuple[str, ...], tuple[str, ...]]
    longest: dict[str, int]  # how many words the expressions that begin with a word have at most

    @classmethod
    def read(cls, file: Path = WORDS) -> Expressions:
        """The list."""
        casual: dict[tuple[str, ...], tuple[str, ...]] = {}
        longest: Counter[str] = Counter()
        for line in file.read_text(encoding="utf-8").splitlines()[1:]:
            plain, others = line.split("\t")
            words = tuple(plain.lower().split())
            casual[words] = tuple(others.split(", "))
            longest[words[0]] = max(longest[words[0]], len(words))
        return cls(casual, dict(longest))

    def reworded(self, sentence: str, rng: random.Random) -> tuple[str, list[tuple[str, ...]]]:
        """A sentence with casual expressions, and what they stand for."""
        words = re.findall(r"\w[\w'-]*|\W+", sentence)
        found: list[str] = []
        changed: list[tuple[str, ...]] = []
        place = 0
        while place < len(words):
            plain = self._at(words, place)
            if plain is None or rng.random() > _APPLIED:
                found.append(words[place])
                place += 1
                continue
            new = rng.choice(self.casual[plain])
            found.append(new[0].upper() + new[1:] if words[place][0].isupper() else new)
            changed.append(plain)
            place += 2 * len(plain) - 1
        return "".join(found), changed

    def _at(self, words: list[str], place: int) -> tuple[str, ...] | None:
        """The longest expression that begins at a place of words and what is between them."""
        for count in range(self.longest.get(words[place].lower(), 0), 0, -1):
            row = tuple(word.lower() for word in words[place : place + 2 * count - 1 : 2])
            between = words[place + 1 : place + 2 * count - 1 : 2]
            if row in self.casual and all(gap == " " for gap in between):
                return row
        return None


def made_casual(texts: Iterable[str], seed: int = 0) -> Iterator[tuple[str, str]]:
    """Casual and plain: sentences of `texts` in which much can be said more casually, and their casual versions.

    Most are taken because of an expression that few before them had, so that common ones do not stand for all.
    """
    rng = random.Random(seed)
    expressions = Expressions.read()
    used: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        for sentence in _SENTENCE.findall(" ".join(text.split())):
            words = len(sentence.split())
            if not _FEWEST <= words <= _MOST or _CONTRACTED.search(sentence):
                continue
            casual, changed = expressions.reworded(sentence, rng)
            casual, count = _ruled(casual, rng)
            wanted = any(used[plain] < _OFTEN for plain in changed)
            if len(changed) + count < _WORTH * words or (not wanted and rng.random() > _COMMON):
                continue
            used.update(changed)
            yield _loosened(casual, rng), sentence


def _ruled(sentence: str, rng: random.Random) -> tuple[str, int]:
    """A sentence after the rules, and how many places of it changed."""
    changes = 0
    for found, casual in _COMPILED:
        if rng.random() < _APPLIED:
            sentence, count = found.subn(rng.choice(casual), sentence)
            changes += count
    return sentence, changes


def _loosened(sentence: str, rng: random.Random) -> str:
    """A sentence with fewer capitals and marks, and now and then with what people put around it."""
    if rng.random() < 0.4:
        sentence = sentence.lower()
    elif rng.random() < 0.6:
        sentence = sentence[0].lower() + sentence[1:]
    if sentence[-1] == "." and rng.random() < 0.7:
        sentence = sentence[:-1]
    if rng.random() < 0.3:
        sentence = sentence.replace(",", "")
    if rng.random() < 0.3:
        sentence = sentence.replace("'", "")
    if rng.random() < 0.2:
        sentence = rng.choice(_OPENERS) + sentence[0].lower() + sentence[1:]
    if rng.random() < 0.12:
        sentence = sentence.rstrip(".") + rng.choice(_CLOSERS)
    return sentence
