"""What an encoder reads that was taught to write what stands between two texts, and where it ends.

What follows comes first, then what is wished, then what precedes, and the fill goes on from there: the order of suffix,
prefix and middle of Bavarian et al., Efficient Training of Language Models to Fill in the Middle (2207.14255). Training
lays out its examples by calling `suffix_first`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dgcli.checkpoint.tokenizer import TURN_CLOSE, Tokenizer

LEFT, RIGHT = 96, 24  # tokens of the text around a hole


@dataclass(frozen=True)
class Marks:
    """The tokens between the parts."""

    begin: int
    prefix: int  # what precedes follows
    wish: int  # the wish has ended
    end: int  # the fill has ended; that of a turn, as the row of a token that was never used looks like others

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> Marks | None:
        """Those of a vocabulary, if it has all of them."""
        begin, prefix, wish, end = map(tokenizer.named, ("<eos>", "<fim_prefix>", "<fim_wish>", TURN_CLOSE))
        if begin is None or prefix is None or wish is None or end is None:
            return None
        return cls(begin, prefix, wish, end)


def suffix_first(marks: Marks, left: Sequence[int], right: Sequence[int], wish: Sequence[int] = ()) -> tuple[int, ...]:
    """What is read before a fill."""
    wished = (*wish, marks.wish) if wish else ()
    return (marks.begin, *right[:RIGHT], marks.prefix, *wished, *left[-LEFT:])


def wish(hint: str = "", words: int | None = None) -> str:
    """What is wished of a fill, in words; empty where nothing is."""
    length = "" if words is None else f"{words} words"
    return "; ".join(filter(None, (hint, length)))
