"""What a hole needs of the text far before it: sentences that are quoted in its request, nearer to it.

Layers with a sliding window see the last tokens only. What stands further away is known to the other layers alone, and
facts get lost there. A sentence is quoted that shares a name, a number, or rare words with the hint or the text beside
the hole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log

from dgcli.checkpoint.tokenizer import Tokenizer
from dgcli.tasks.infill.filled import LATER_GAP
from dgcli.text import sentences

GAP = "[[?]]"  # the hole at hand, in the prompt
_BESIDE = 400  # characters on each side of a hole whose words are looked for
_WORD = re.compile(r"\w+")  # without what shows whose something is
_IN_SENTENCE = re.compile(r"(?<=[^\W_] )[^\W\d_]\w+|(?<=[,;] )[^\W\d_]\w+")
_FEWEST_LETTERS = 4
_RARE = 20  # a word is rare that stands in one of so many sentences, or in two
_ASKED = 2.0  # what a word of the hint counts for
_NAMED = 3.0  # a name or a number
_ENOUGH = 2.0  # what the words of a sentence have to count for: a name, a rare word that is asked for, or two others


def recalled(far: str, beside: tuple[str, str], hint: str, tokenizer: Tokenizer, most: int) -> tuple[str, ...]:
    """Sentences of `far` that tell something of a hole, in their order, of `most` tokens together.

    `beside` is the text before and behind the hole, `hint` what it is to say. A sentence with a hole in it tells
    nothing.
    """
    before, behind = beside[0][-_BESIDE:], beside[1][:_BESIDE]
    found = [sentence for sentence in _sentences(far) if not any(gap in sentence for gap in (GAP, LATER_GAP))]
    wanted = _wanted((before, behind), hint)
    said = {sentence: frozenset(_words(sentence)) for sentence in found}
    counts = Counter(word for sentence in found for word in said[sentence] & wanted.keys())
    different = Counter(word for words in said.values() for word in words & wanted.keys())
    # what is asked for, or a name, is no less rare where the same sentence is said again and again
    rare = {
        word
        for word, count in counts.items()
        if (different[word] if wanted[word] >= _ASKED else count) <= max(2, len(found) // _RARE)
    }
    worth: dict[str, float] = {}
    for sentence, words in said.items():
        score = sum(wanted[word] for word in sorted(words & rare))
        if score >= _ENOUGH and sentence not in beside[0]:
            worth[sentence] = score / log(2 + len(words))
    taken: set[str] = set()
    for sentence in sorted(worth, key=lambda sentence: -worth[sentence]):
        cost = len(tokenizer.encode(sentence)) + 2  # and the sign before it
        if cost <= most:
            taken.add(sentence)
            most -= cost
    return tuple(sentence for sentence in worth if sentence in taken)


def _wanted(beside: Sequence[str], hint: str) -> dict[str, float]:
    """Words that are looked for, and what each counts for."""
    names = {name.casefold() for text in (*beside, hint) for name in _IN_SENTENCE.findall(text) if name[0].isupper()}
    asked = set(_words(hint))
    words = {word for text in beside for word in _words(text)} | asked
    kept = (word for word in words if len(word) >= _FEWEST_LETTERS or word in names or word.isdecimal())
    return {word: _NAMED if word in names or word.isdecimal() else _ASKED if word in asked else 1.0 for word in kept}


def _sentences(text: str) -> Iterator[str]:
    for line in text.splitlines():
        for start, end in pairwise((*sentences.starts(line), len(line))):
            if len(_words(sentence := line[start:end].strip())) > 1:
                yield sentence


def _words(text: str) -> list[str]:
    return [match.group().casefold() for match in _WORD.finditer(text)]
