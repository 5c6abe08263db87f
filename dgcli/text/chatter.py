"""What a model says about its answer: “Sure, here is the text: …”, a fence around it, an offer of other versions.

Only what speaks of a text is taken for that, and only where words stay: “Sure, here is the list:” may be what a letter
says.
"""

from __future__ import annotations

import re

_YES = r"(?:Sure(?: thing)?|Certainly|Of course|Absolutely|Okay|OK|Got it|No problem)"
_TEXT = r"(?:text|version|passage|paragraph|sentence|rewrit\w*|rephras\w*|revis\w*|gap|draft)"
_SAID_FIRST = re.compile(
    rf"\s*(?:{_YES}[,!.]*\s+here you go[:!.]"
    rf"|{_YES}[,!.]*\s+I(?:['’]ve| have|['’]ll| will)\b[^.!?:\n]{{0,60}}\b{_TEXT}\b[^.!?:\n]{{0,60}}[:!.]"
    rf"|(?:{_YES}[,!.]*\s+)?(?:Here(?:['’]s| is)|Below is|This is)\b[^.!?:\n]{{0,60}}\b{_TEXT}\b[^.!?:\n]{{0,60}}:"
    rf"|(?:The )?(?:rewritten|rephrased|revised|filled|completed) {_TEXT}(?: is)?:)\s*",
    re.IGNORECASE,
)
_SAID_LAST = re.compile(
    r"\s*(?:(?:Let me know if|Feel free to|Would you like|Do you want)\b[^\n]*"
    rf"\b(?:{_TEXT}|shorter|longer|changes|adjust\w*|edits|tone)\b|\(?Note: I (?:have|changed|kept|made))[^\n]*\Z",
    re.IGNORECASE,
)
_FENCE = re.compile(r"\s*(`{3,}|~{3,})(?:[ \t]*[\w+-]*[ \t]*\n|[ \t]*)(?P<inside>.*?)\s*\1\s*", re.DOTALL)


def without_chatter(text: str, *, first: bool = True, last: bool = True) -> str:
    """A text without what is said about it: before it where it comes `first`, behind it where it comes `last`."""
    shorter = text
    if first and (found := _SAID_FIRST.match(shorter)):
        shorter = shorter[found.end() :]
    if last:
        shorter = _SAID_LAST.sub("", shorter)
    if first and last and (fenced := _FENCE.fullmatch(shorter)):
        shorter = fenced["inside"]
    return shorter if any(map(str.isalnum, shorter)) else text
