"""Marks, quotation marks and words that a fill repeats although they stand at its seams already."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from dgcli.text.punctuation import BLANKS, CLOSING, MARKS, OPENING, SPACED_MARKS, ideograph, joins, unspaced
from dgcli.text.syntax.balance import balances

_MOST_WORDS = 4
_MOST_CHARACTERS = 16  # of a script without blanks: about as many words
_FEWEST_CHARACTERS = 4  # that are no accident there; of ideographs, two
_NEAR = 300
_ABBREVIATED = re.compile(r"\b(?:(?:[^\W\d_]\.)+|(?:etc|al|ca|cf|vs|Mrs?|Dr|St|Jr|Sr|Inc|Ltd|Co|No)\.)$")
_SPACED_MARK = re.compile(rf"[{BLANKS}]([{SPACED_MARKS}])[{SPACED_MARKS}]*(?=\s|$)")
_LINE_MARK = re.compile(r"[ \t>]*(?P<mark>[-*+•]|[-*+] \[[ xX]\]|#{1,6}|>|\d{1,3}[.)])[ \t]+")
_DASHES = "–—―・·"
_EMPHASIS = ("**", "__", "~~", "==", "*", "_", "`")
_QUOTATION_MARKS = "\"“”„«»‹›‘’'「」『』《》"
# Words that do stand twice in a row: "what it had had", "die, die die", "nous nous levons".
_MAY_DOUBLE = frozenset(
    (
        *("had", "that", "is", "her", "do", "you", "it", "so", "no", "bye", "ha"),
        *("die", "das", "der", "den", "sie", "ihr", "wir", "es"),
        *("nous", "vous", "si", "que", "dat", "zijn", "haar"),
    )
)


def without_doubled(fill: str, left: str, right: str) -> str:
    """A fill without the marks and the words at its ends that stand there already, up to four words.

    One word alone stays: something has to, and it may be meant ("very very good").
    """
    shorter = _without_dashes(_without_line_mark(fill, left), left, right)
    shorter = _without_quotation_marks(_without_marks(shorter, left, right), left, right)
    words = shorter[: _repeated_by(shorter, right)]
    words = words[_repeated_of(left, words) :]
    return words if words.strip() or len(shorter.split()) != 1 or unspaced(shorter.strip()[0]) else shorter


def _without_line_mark(fill: str, left: str) -> str:
    """A fill without the mark of an item, a heading or a quotation that its line has."""
    mark = _LINE_MARK.fullmatch(left.rpartition("\n")[2])
    own = _LINE_MARK.match(fill)
    if not mark or not own or own["mark"][0].isdigit() != mark["mark"][0].isdigit():
        return fill
    return fill[own.end() :] if own["mark"][0].isdigit() or own["mark"] == mark["mark"] else fill


def _without_dashes(fill: str, left: str, right: str) -> str:
    """A fill without the dashes that stand there; a hyphen where it is within a word."""
    inner = fill.strip(BLANKS)
    if left and inner[:1] == left[-1] and (left[-1] in _DASHES or (left[-1] == "-" and left[-2:-1].isalpha())):
        fill = fill.lstrip(BLANKS)[1:]
    if right and inner[-1:] == right[0] and (right[0] in _DASHES or (right[0] == "-" and right[1:2].isalpha())):
        fill = fill.rstrip(BLANKS)[:-1]
    return fill


def _without_marks(fill: str, left: str, right: str) -> str:
    before, behind = left.rstrip(BLANKS)[-3:], right[:1]
    if spaced := _SPACED_MARK.match(right):
        behind = spaced[1]
    if behind and behind in MARKS:
        kept = fill.rstrip(BLANKS)
        if not (behind in ",;:" and _ABBREVIATED.search(kept)) and kept[-1:] in MARKS:
            fill = kept.rstrip(MARKS)
    goes_on = fill.lstrip().startswith(("...", "…")) and not before.endswith(("...", "…"))
    if before and before[-1] in MARKS and fill.lstrip(BLANKS)[:1] in MARKS and not goes_on:
        fill = fill.lstrip(BLANKS).lstrip(MARKS)
    if before and before[-1] in "¿¡" and fill.lstrip(BLANKS).startswith(before[-1]):
        fill = fill.lstrip(BLANKS)[1:]
    if behind and behind in "¿¡" and fill.rstrip(BLANKS).endswith(behind):
        fill = fill.rstrip(BLANKS)[:-1]
    return fill


def _without_quotation_marks(fill: str, left: str, right: str) -> str:
    """A fill without the quotation marks, the marks of emphasis or the bracket that the text has around it."""
    inner = fill.strip(BLANKS)
    for mark in _EMPHASIS:
        within = inner[len(mark) : -len(mark)]
        if left.endswith(mark) and right.startswith(mark) and inner == mark + within + mark and mark[0] not in within:
            return within
    opened, closed = left.rstrip(BLANKS)[-1:], right.lstrip(BLANKS)[:1]
    starts, ends = bool(opened) and inner.startswith(opened), bool(closed) and inner.endswith(closed)
    both = starts and ends and len(inner) > 1 and opened in _QUOTATION_MARKS and closed in _QUOTATION_MARKS
    if both and not {opened, closed} & set(inner[1:-1]):
        return inner[1:-1]
    if balances(fill, left, right):
        return fill
    if starts and opened in OPENING + '"' and balances(inner[1:], left, right):
        return inner[1:]
    if ends and closed in CLOSING + '"' and balances(inner[:-1], left, right):
        return inner[:-1]
    return fill


def _repeated_of(left: str, fill: str) -> int:
    """How many characters at the start of `fill` the end of `left` says already."""
    if not fill.strip() or not left.strip():
        return 0
    start = len(fill) - len(fill.lstrip(BLANKS))
    if not start and left[-1] not in BLANKS:
        return _without_blanks(left, fill)
    if "\n" in left[len(left.rstrip()) :] or fill[start] == "\n":
        return 0
    told, words = list(re.finditer(r"\S+", left[-_NEAR:]))[-_MOST_WORDS:], list(re.finditer(r"\S+", fill))
    for count in range(min(len(told), len(words), _MOST_WORDS), 0, -1):
        first, *others = (match.group() for match in told[-count:])
        *before, last = words[:count]
        core = last.group().rstrip(CLOSING) or last.group()
        if _same([first.lstrip(OPENING + '"'), *others], [*(match.group() for match in before), core]):
            return last.start() + len(core)
    return 0


def _repeated_by(fill: str, right: str) -> int:
    """How many characters of `fill` there are before those that the start of `right` says again."""
    if not fill.strip() or not right.strip():
        return len(fill)
    end = len(fill.rstrip(BLANKS))
    if end == len(fill) and right[0] not in BLANKS:
        return len(fill) - _without_blanks(right[::-1], fill[::-1])
    if "\n" in right[: len(right) - len(right.lstrip())] or fill[end - 1] == "\n":
        return len(fill)
    words, told = list(re.finditer(r"\S+", fill)), list(re.finditer(r"\S+", right[:_NEAR]))[:_MOST_WORDS]
    for count in range(min(len(told), len(words), _MOST_WORDS), 0, -1):
        said, again = ([match.group() for match in each] for each in (words[-count:], told[:count]))
        said[-1], again[-1] = (word.rstrip(CLOSING) or word for word in (said[-1], again[-1]))
        if _same(said, again):
            return words[-count].start()
    return len(fill)


def _same(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether these are the same words, and no word that may stand twice."""
    one, other = ([unicodedata.normalize("NFC", word).casefold() for word in words] for words in (some, others))
    if one != other or not any(character.isalpha() for word in one for character in word):
        return False
    return len(one) > 1 or (one[0] not in _MAY_DOUBLE and all(c.isalpha() or _inside_a_word(c) for c in one[0]))


def _inside_a_word(character: str) -> bool:
    return character in "'’-" or unicodedata.category(character).startswith("M")


def _without_blanks(left: str, fill: str) -> int:
    """How many characters `fill` begins with that `left` ends with, in a script without blanks."""
    for count in range(min(len(fill), len(left), _MOST_CHARACTERS), 1, -1):
        shared, behind = fill[:count], fill[count : count + 1]
        if left.endswith(shared) and all(map(unspaced, shared)) and not (behind and joins(behind)):
            return count if count >= _FEWEST_CHARACTERS or sum(map(ideograph, shared)) > 1 else 0
    return 0
