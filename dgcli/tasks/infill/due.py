"""Whether a hole wants a word, and whether a fill has one."""

from __future__ import annotations

import unicodedata

from dgcli.tasks.infill.layout import Gap
from dgcli.tasks.infill.length import is_whole

AGAIN = 2  # times that a hole is denoised again, at most, where a word is due and none comes
_THOUGHT = "thought"  # how models begin that think: the name of the channel


def word_is_due(gap: Gap) -> bool:
    """Whether something is asked for, or the hole is inside a sentence."""
    before, behind = gap.left.rpartition("\n")[2], gap.right.partition("\n")[0]
    return gap.asks or (bool(before.strip() and behind.strip()) and not is_whole(gap))


def is_filler(words: str, gap: Gap) -> bool:
    """Whether a fill is blank, but punctuation, or the beginning of a thought where the text begins."""
    return is_wordless(words) or (words.strip() == _THOUGHT and not gap.left.strip())


def is_wordless(words: str) -> bool:
    """Whether it has nothing but blanks, punctuation and what is not a character; signs such as + say something."""
    return all(character.isspace() or unicodedata.category(character)[0] in "PC" for character in words)


def may_be_filler(words: str, gap: Gap) -> bool:
    """Whether it is worth a look at others: filler, or a word that may be the beginning of a thought."""
    return is_filler(words, gap) or words.strip() == _THOUGHT


def other_lengths(lengths: tuple[int, ...], longest: int) -> tuple[int, ...]:
    """What is tried the next time, in tokens: longer holes, as far as the canvas holds them."""
    return tuple(min(longest, length + 1) for length in lengths)
