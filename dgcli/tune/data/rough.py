"""A text as it may be noted down in haste, by rules: without capitals where sentences begin, and with few marks.

What a person's own sentence is learned from where nobody wrote the same in other words.
"""

from __future__ import annotations

import re

from dgcli.text.sentences import starts

_DASHES = re.compile(r"\s*[–—]+\s*|\s+-+\s+")
_LEFT_OUT = re.compile(r"[,;:](?!\d)|(?<!\d)[,;:]|(?<=\w)['’](?=\w)|[()“”„«»\"]|…")
_LAST = re.compile(r"[.!](?=\s|$)")


def rough(text: str) -> str:
    """The text with small letters where its sentences begin, and without the marks that are a matter of taste."""
    for start in reversed(starts(text)):
        first = re.compile(r"\W*").match(text, start)
        at = first.end() if first is not None else start
        if not text[at : at + 2].isupper():  # an abbreviation, a cry
            text = text[:at] + text[at : at + 1].lower() + text[at + 1 :]
    text = _LAST.sub("", _LEFT_OUT.sub("", _DASHES.sub(" ", text)))
    return " ".join(text.split())
