"""How many tokens a hole may have: the lengths that are tried.

A model cannot tell well how much is missing, but the document can: where whole sentences are missing, they are about as
long as its others; within a sentence it is a few words. See docs/lengths.md for what else was tried.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import log, sqrt

from dgcli.checkpoint.tokenizer import Tokenizer
from dgcli.errors import InputError
from dgcli.tasks.infill.layout import Gap, GapLayout

ASKED = (0.8, 1.0, 1.2)  # of the length that a mark asks for
SENTENCE = (0.7, 0.85, 1.0, 1.2, 1.4)  # of the document's sentences, where whole ones are missing
PHRASE = (1, 2, 3, 5, 7)  # words, within a sentence
FEW = slice(1, None, 2)  # of the lengths, where time is what counts
PADDED = (8, 16, 32)  # tokens, for a model that pads what a hole has too much
UNUSUAL = 0.5  # nats a token for the squared logarithm of a length over the usual one
SHORT = 4  # tokens, whose mean counts once
NOT_ASKED = 8.0  # the same, over one that a mark asks for
_USUAL_RATIO = 1.3  # tokens per word where the document is too short to tell
_FEWEST_WORDS = 20
_USUAL_SENTENCE = 16  # words; counts as much as two sentences of the document
_NEAR = 2000  # characters on each side that are looked at

_SENTENCE_END = re.compile(r"[.!?…][\"')\]”’»]*(?=\s|$)|\n")
_BEGINS = re.compile(r"(?:^|\n)[ \t]*(?:(?:[-*+>#]+|\d+[.)])[ \t]+)*$|[.!?…:][\"')\]”’»]*\s*$")
_GOES_ON_ANEW = re.compile(r"[ \t]*(?:$|\n|[\"'(\[“‘«]*[A-Z0-9])")


@dataclass(frozen=True)
class Lengths:
    """What is tried for a hole, in tokens, ascending; and what is usual there, where document or mark tell it."""

    tried: tuple[int, ...]
    usual: float | None = None
    unusual: float = UNUSUAL

    @property
    def middle(self) -> int:
        """The one that is tried where one is enough."""
        return self.tried[len(self.tried) // 2]

    def counted(self, own: float, length: int) -> float:
        """What the tokens of a fill count for, by their mean log-probability, in nats a token.

        Where a length is usual, one that is not takes from it; where none is, what is longer counts for more.
        """
        if not length:
            return own
        return own - self.unusual * log(length / self.usual) ** 2 if self.usual else own * weight(length)


def weight(length: int) -> float:
    """What the mean of so many tokens counts for, where no length is usual: the root of their number.

    By their mean alone what is long and says too much comes first, by their sum what says next to nothing.
    """
    return sqrt(length / SHORT)


def lengths_to_try(
    gap: Gap, layout: GapLayout, tokenizer: Tokenizer, *, padded: bool = False, few: bool = False
) -> Lengths:
    """Hole lengths that the document suggests, all of which fit the canvas.

    `padded`: the model pads what is too much. `few`: every other length is enough.

    Raises:
        InputError: the mark asks for more words than a canvas holds.
    """
    longest, per_word = layout.longest_hole, tokens_per_word(gap, tokenizer)
    words = gap.words if gap.words is not None else words_per_sentence(gap) if is_whole(gap) else None
    usual = None if words is None else min(float(longest), words * per_word)
    if gap.words is not None:
        if gap.words * per_word > longest:
            most = int(longest / per_word)
            raise InputError(
                f"A mark asks for {gap.words} words, but one hole holds about {most} with this model.",
                "Ask for fewer words, or leave several marks.",
            )
        wanted = [gap.words * per_word * share for share in ASKED]
    elif padded:
        wanted = list(PADDED)
    elif usual is not None:
        wanted = [usual * share for share in SENTENCE]
    else:
        wanted = [words * per_word for words in PHRASE]
    tried = tuple(sorted({min(longest, max(1, round(length))) for length in wanted}))
    unusual = UNUSUAL if gap.words is None else NOT_ASKED
    return Lengths((tried[FEW] or tried) if few else tried, usual, unusual)


def is_whole(gap: Gap) -> bool:
    """Whether whole sentences or lines are missing: what comes before has ended, and what follows begins anew."""
    return bool(_BEGINS.search(gap.left[-_NEAR:])) and begins_anew(gap.right)


def begins_anew(right: str) -> bool:
    """Whether a sentence or line begins there, or nothing is left."""
    return _GOES_ON_ANEW.match(right[:_NEAR]) is not None


def words_per_sentence(gap: Gap) -> float:
    """How long the sentences and lines around a hole are."""
    around = (*_SENTENCE_END.split(gap.left[-_NEAR:]), *_SENTENCE_END.split(gap.right[:_NEAR]))
    lengths = [len(words) for each in around if (words := each.split())]
    return (sum(lengths) + 2 * _USUAL_SENTENCE) / (len(lengths) + 2)


def tokens_per_word(gap: Gap, tokenizer: Tokenizer) -> float:
    """How many tokens a word of the surrounding text takes."""
    near = f"{gap.left[-_NEAR:]} {gap.right[:_NEAR]}"
    words = len(near.split())
    return len(tokenizer.encode(near)) / words if words >= _FEWEST_WORDS else _USUAL_RATIO
