"""Where a fill meets the text around it."""

from __future__ import annotations

import re

from dgcli.text.doubled import without_doubled
from dgcli.text.punctuation import CLOSING, NO_BREAK, OPENING, SPACED_MARKS, closed_up, printable, whole_characters
from dgcli.text.scripts import blank_between
from dgcli.text.syntax.balance import unmatched

_EITHER_WAY = "\"'“”«»‹›"  # opens in one place or language and closes in another
_BEFORE_VALUE = "=,;:|"  # behind which a quotation mark opens a value, in a file of data
_LINE_END = re.compile(r"[ \t]*\n\s*")
_NEAR, _FAR = 500, 4000  # characters of the surroundings that are looked at


def fit(fill: str, *, left: str, right: str, inline: bool, newline: str, marker: re.Pattern[str]) -> str:
    """`fill` as it goes between `left` and `right`, which stay as they are.

    A space at a seam belongs to the text where it has one, and so do marks, quotation marks and up to four words; none
    stands where the script has none, and no character is put together over a seam. Newlines are the document's; an
    inline fill has none. Marks of holes, control characters and broken characters are left out.
    """
    left, right = left[-_FAR:], right[:_FAR]
    fill = printable(fill)
    if inline:
        fill = _LINE_END.sub(" ", fill)
    fitted = None
    while fill != fitted:  # each round only takes something away
        fitted = fill
        fill = _fitted(marker.sub("", fill), left, right)
    return fill.replace("\n", newline)


def _fitted(fill: str, left: str, right: str) -> str:
    fill = without_doubled(closed_up(fill, left, right), left, right)
    if not left or left.endswith("\n"):
        fill = _from_the_margin(fill)
    elif left[-1].isspace():
        fill = fill.lstrip()
    elif _opens(left):
        fill = fill.lstrip() if left[-1] not in "«»‹›" else fill.lstrip(" \t\n")
    if not right or right[0].isspace():
        fill = fill.rstrip()
    elif _closes(left, right):
        kept = fill.rstrip()
        no_break = fill[len(kept) : len(kept) + 1]
        fill = kept + no_break if no_break and no_break in NO_BREAK and right[0] in SPACED_MARKS else kept
    return whole_characters(fill, left, right)


def closes_up(left: str, right: str) -> bool:
    """Whether `left` and `right` may meet with nothing between them: both go on in this line, parted by one space.

    If both have that space, `left` loses it: there it belongs to the fill.
    """
    before, line = left_text(left), right.partition("\n")[0]
    if not before.rpartition("\n")[2].strip() or not line.strip():
        return False
    return (right[0] == " " or _closes(before, right)) and not before[-1].isspace() and not _opens(before)


def takes_blank(left: str) -> bool:
    """Whether a fill's first word takes along the blank before its hole: not where the script has none."""
    before = left_text(left)
    return before != left and bool(blank_between(before, before[-1:]))


def _from_the_margin(fill: str) -> str:
    """A fill that begins a line: one blank before it is a word's own, more are indentation."""
    fill = fill.lstrip("\n")
    return fill if fill.startswith(("  ", "\t")) and fill.strip() else fill.lstrip()


def _opens(left: str) -> bool:
    """Whether a text ends with what opens a bracket or a quotation."""
    last = left[-1]
    if last not in _EITHER_WAY:
        return last in OPENING
    if last in "\"'":
        return len(left) == 1 or left[-2].isspace() or left[-2] in OPENING or left[-2] in _BEFORE_VALUE
    return unmatched(left[-_NEAR:]).endswith(last)


def _closes(left: str, right: str) -> bool:
    """Whether a text begins with what closes a sentence, a bracket or a quotation."""
    first = right[0]
    if first not in _EITHER_WAY:
        return first in CLOSING
    if len(unmatched(left[-_NEAR:] + first)) < len(unmatched(left[-_NEAR:])):
        return True
    return first in "\"'”»›" and (len(right) == 1 or right[1].isspace() or right[1] in CLOSING)


def left_text(left: str) -> str:
    """Text before a hole as the canvas holds it: a single space before the hole belongs to the fill's first word."""
    return left[:-1] if left.endswith(" ") and not left[:-1].endswith((" ", "\n")) and left != " " else left
