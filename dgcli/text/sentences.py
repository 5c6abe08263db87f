"""Where sentences end, in the scripts of the world; each pattern with what it is for."""

from __future__ import annotations

import re

_LATIN = ".!?…"
_SPACED = f"{_LATIN}؟۔।॥။።։‽"  # a blank follows
_SPACELESS = "。！？．｡｣।॥؟۔။៕៖།༎…‥"  # no blank need stand behind these
_CLOSES = "\"'”’)\\]*_"  # quotations, brackets and emphasis, that may stand behind a mark

# What ends a text or a line that is a sentence.
LAST = re.compile(rf"[{_LATIN}。！？．｡।۔؟။][{_CLOSES}」』）]*$")
# The same in the scripts of Europe alone.
LAST_LATIN = re.compile(rf"[{_LATIN}][{_CLOSES}]*$")
# Between two sentences of one text: there is more than one.
BETWEEN = re.compile(rf"[{_LATIN}]\s")
# What parts a text into sentences: the next one begins at the end of a match.
PARTS = re.compile(
    rf"[{_SPACED}][\"'”’»)\]*_]*\s+(?=[\"'“‘«„¿¡(\[*_]*[^\W_])"
    rf"|[{_SPACELESS}]+[”’」』）》〉】〕\"']*\s*(?=[^\s.,!?。！？，、])"
)
# What parts a sentence into clauses.
CLAUSES = re.compile(r"[，、；：､､,;:،؛၊៚—–~～]+[”’」』）》〉】〕\"']*")


def starts(text: str) -> list[int]:
    """Where sentences begin in a text, the first at 0."""
    return [0, *(match.end() for match in PARTS.finditer(text))]
