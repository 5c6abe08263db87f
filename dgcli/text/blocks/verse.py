"""Lines of which each has its place: verse, and songs with chords above or between their words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from dgcli.text.blocks.lines import indentation
from dgcli.text.sentences import LAST

_CHORD = r"[A-H][#b♯♭]?(?:maj|min|dim|aug|sus|add|m|M|°|ø|\+)?\d{0,2}(?:(?:sus|add|maj|[#b])\d{1,2})?(?:/[A-H][#b]?)?"
_CHORDS = re.compile(rf"[ \t|]*{_CHORD}(?:[ \t|]+(?:{_CHORD}|N\.?C\.?|%|x\d))*[ \t|]*")
_INLINE = re.compile(rf"\[{_CHORD}\]")
# What songs have above their stanzas: `[Verse 1]`, `(Chorus)`.
_PART = re.compile(
    r"[ \t]*[\[(](?:(?:pre|post)-?)?(?:verse|chorus|refrain|bridge|intro|outro|hook|interlude|strophe|couplet)"
    r"\b[^\[\]()\n]{0,40}[\])]:?",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[ \t]*(?!\(?\w{1,3}[.)][ \t])[\w\"'“‘«„(]")  # and no list
_GOES_ON = re.compile(r"[,;:–—-][\"'”’»)]*$")  # in the next line, though that begins with a capital
_SALUTATION = 4  # words of a line that ends with a comma and greets somebody, or takes leave
_WIDEST = 64  # columns of a line of verse
_FEWEST = 4  # lines that show that their indentation is one of verse


def is_set(lines: Sequence[str]) -> bool:
    """Whether a paragraph is a stanza, verse that is indented in turns, or words of a song with its chords."""
    rows = [line.rstrip() for line in lines]
    if sum(len(_INLINE.findall(row)) for row in rows) > 1:
        return True
    if len(rows) > 1 and _PART.fullmatch(rows[0]):
        return True
    if len(rows) > 1 and any(_CHORDS.fullmatch(row) and len(row.split()) > 1 for row in rows):
        return True
    if len(rows) < _FEWEST or any(len(row) > _WIDEST or not _WORDS.match(row) for row in rows):
        return False
    if _is_stanza(rows):
        return True
    steps = [indentation(after) - indentation(row) for row, after in pairwise(rows)]
    turns = [step > 0 for step in steps if step]
    return len(turns) > 1 and any(after != before for before, after in pairwise(turns))


def _is_stanza(rows: Sequence[str]) -> bool:
    """Whether all lines begin with a capital, and several that are no salutation go on in the next."""
    if not all(row.lstrip(" \t\"'“‘«„(")[:1].isupper() for row in rows):
        return False
    return sum(bool(_GOES_ON.search(row)) and len(row.split()) > _SALUTATION for row in rows) > 1


def is_broken(rows: Sequence[str], ends: Sequence[str]) -> bool:
    """Whether short lines, of which all but the last have a hard break behind them (`ends`), are set one by one.

    Most of them are no sentences: those of a poem, an address.
    """
    if len(rows) <= 2 or any(len(row) > _WIDEST for row in rows):
        return False
    broken = all(end.startswith(("  ", "\\", "<br")) for end in ends[:-1])
    return broken and 2 * sum(bool(LAST.search(row)) for row in rows[:-1]) < len(rows)
