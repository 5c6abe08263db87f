"""What a model says about its answer: “Sure, here is the text: …”, a fence around it, an offer of other versions.

Only what speaks of a text is taken for that, and only where words stay: “Sure, here is the list:” may be what a letter
says.
"""

from __future__ import annotations

import re

_YES = r"(?:Sure(?: thing)?|Certainly|Of course|Absolutely|Okay|OK|Got it|No problem)"
_TEXT = r"(?:text|version|passage|paragraph|sentence|rewrit\w*|rephras\w*|revis\w*|gap|draft)"
_OF_TEXT = rf"(?:{_TEXT}|shorter|longer|changes|adjust\w*|edits|tone|wording)"
_SPEAKS = re.compile(rf"\b{_OF_TEXT}s?\b", re.IGNORECASE)
_HERE = r"(?:Here(?:['’]s| is)|Below is|This is)\b"
_SAID_FIRST = re.compile(
    rf"\s*(?:{_YES}[,!.]*\s+here you go(?::|[!.]\s*\n)"
    rf"|{_YES}[,!.]*\s+I(?:['’]ve| have|['’]ll| will)\b[^.!?:\n]{{0,60}}\b{_TEXT}\b[^.!?:\n]{{0,60}}(?::|[!.]\s*\n)"
    rf"|{_YES}[,!.]*\s+{_HERE}[^.!?:\n]{{0,60}}\b{_TEXT}\b[^.!?:\n]{{0,60}}:"
    rf"|{_HERE}[^.!?:\n]{{0,60}}\b{_TEXT}(?: of (?:the|your) {_TEXT})?(?: with the gap filled(?: in)?| you asked for)?:"
    rf"|(?:The )?(?:rewritten|rephrased|revised|filled|completed) {_TEXT}(?: is)?:)\s*",
    re.IGNORECASE,
)
_SAID_LAST = re.compile(
    rf"\s*(?:(?:Let me know if|Feel free to|Would you like|Do you want)\b[^.!?\n]*\b{_OF_TEXT}\b"
    rf"|\(?Note: I (?:have|changed|kept|made)\b[^.!?\n]*\b{_OF_TEXT}\b)[^.!?\n]*[.!?)]*\s*\Z",
    re.IGNORECASE,
)
_FENCE = re.compile(r"\s*(`{3,}|~{3,})(?:[ \t]*[\w+-]*[ \t]*\n|[ \t]*)(?P<inside>.*?)\s*\1\s*", re.DOTALL)


def without_chatter(text: str, about: str = "", *, first: bool = True, last: bool = True) -> str:
    """A text without what is said about it: before it where it comes `first`, behind it where it comes `last`.

    `about` is what a person wrote where the text is to stand, or asked for: where that speaks of texts, nothing is cut.
    """
    if _SPEAKS.search(about):
        return text
    shorter = text
    if first and (found := _SAID_FIRST.match(shorter)):
        shorter = shorter[found.end() :]
    if last:
        shorter = _SAID_LAST.sub("", shorter)
    if first and last and (fenced := _FENCE.fullmatch(shorter)):
        shorter = fenced["inside"]
    return shorter if any(map(str.isalnum, shorter)) else text


def written_there(left: str, right: str, *asked: str) -> str:
    """What a person wrote in the paragraph of a hole between two texts, and what is asked for there."""
    return "\n".join((left.rpartition("\n\n")[2], right.partition("\n\n")[0], *asked))
