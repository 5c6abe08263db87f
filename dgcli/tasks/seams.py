"""Where a fill meets the text around it."""

from __future__ import annotations

import re
import unicodedata

from dgcli.tasks.layout import left_text

_NEWLINE = re.compile(r"\r\n|\r|\n")
_OPENING = "([{“‘«‹„¿¡"
_CLOSING = ".,;:!?)]}”’»›…%"
_MARKS = ".,;:!?…"
_ABBREVIATED = re.compile(r"\b(?:(?:[^\W\d_]\.)+|(?:etc|al|ca|cf|vs|Mrs?|Dr|St|Jr|Sr|Inc|Ltd|Co|No)\.)$")
_FIRST_WORD = re.compile(r"([ \t]*)([^\W\d_]+)(?=[\s.,;:!?…]|$)")
_LAST_WORD = re.compile(r"(?:(?<=\s)|^)([^\W\d_]+)([ \t]*)$")


def fit(fill: str, *, left: str, right: str, inline: bool, newline: str, marker: re.Pattern[str]) -> str:
    """`fill` as it goes between `left` and `right`, which stay as they are.

    A space at a seam belongs to the text where it has one, and so do a punctuation mark and a word. Newlines are the
    document's; an inline fill has none. Marks, control characters and broken characters are left out.
    """
    fill = _printable(_NEWLINE.sub(" " if inline else "\n", fill))
    while marker.search(fill):
        fill = marker.sub("", fill)
    fill = _without_repetition(fill, left, right)
    if not left or left.endswith("\n"):
        fill = _from_the_margin(fill)
    elif left[-1].isspace() or left[-1] in _OPENING or _opens_quotation(left):
        fill = fill.lstrip()
    if not right or right[0].isspace() or right[0] in _CLOSING or _closes_quotation(right):
        fill = fill.rstrip()
    return fill.replace("\n", newline)


def closes_up(left: str, right: str) -> bool:
    """Whether `left` and `right` may meet with nothing between them: both go on in this line, parted by one space.

    If both have that space, `left` loses it: there it belongs to the fill.
    """
    before, line = left_text(left), right.partition("\n")[0]
    if not before.rpartition("\n")[2].strip() or not line.strip():
        return False
    parted = right[0] == " " or right[0] in _CLOSING or _closes_quotation(right)
    return parted and not before[-1].isspace() and before[-1] not in _OPENING and not _opens_quotation(before)


def _without_repetition(fill: str, left: str, right: str) -> str:
    """A fill without the mark or the word at its ends that stands there already; never nothing."""
    before, behind = left.rstrip(" \t"), right[:1]
    shorter = fill
    if behind and behind in _MARKS:
        kept = fill.rstrip(" \t")
        if not (behind in ",;:" and _ABBREVIATED.search(kept)):
            shorter = kept.rstrip(_MARKS)
    if before and before[-1] in _MARKS and not shorter.lstrip().startswith(("...", "…")):
        shorter = shorter.lstrip(" \t").lstrip(_MARKS)
    if found := _repeated(shorter, right):
        shorter = shorter[: found[0].start()]
    if found := _repeated(left, shorter):
        shorter = shorter[found[1].end() :]
    return shorter if shorter.strip() else fill


def _repeated(text: str, behind: str) -> tuple[re.Match[str], re.Match[str]] | None:
    """The last word of a text and the first of what follows, if they are the same, with a blank between."""
    last, first = _LAST_WORD.search(text), _FIRST_WORD.match(behind)
    if last and first and (last[2] or first[1]) and last[1].lower() == first[2].lower():
        return last, first
    return None


def _from_the_margin(fill: str) -> str:
    """A fill that begins a line: one blank before it is a word's own, more are indentation."""
    fill = fill.lstrip("\n")
    return fill if fill.startswith(("  ", "\t")) and fill.strip() else fill.lstrip()


def _opens_quotation(left: str) -> bool:
    return left[-1] in "\"'" and (len(left) == 1 or left[-2].isspace() or left[-2] in _OPENING)


def _closes_quotation(right: str) -> bool:
    return right[0] in "\"'" and (len(right) == 1 or right[1].isspace() or right[1] in _CLOSING)


def _printable(text: str) -> str:
    return "".join(c for c in text if c in "\n\t" or (unicodedata.category(c) not in ("Cc", "Cs") and c != "\ufffd"))
