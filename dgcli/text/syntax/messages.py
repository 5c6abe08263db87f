"""Messages with placeholders, as programs fill them in: a fill adds none, and in a translation none is missing."""

from __future__ import annotations

import re
from collections import Counter

_SIGNS = (  # what a text has, and the characters that would make another of these
    (re.compile(r"\{[\w.$:-]+\}|\{\{|\{\w+, ?\w+"), "{}#"),
    (re.compile(r"%(?:\(\w+\)|\{\w+\}|(?:\d+\$)?[-+0-9.]*[sdifuxg@](?!\w))"), "%"),
    (re.compile(r"\$(?:\{|t\()"), "$"),
    (re.compile(r"</?(?:\d+|[A-Za-z]\w*)/?>"), "<>&"),
)
_DIRECTIVE = re.compile(r"%(?:\(\w+\))?(?:\d+\$)?[-+#0' ]*[\d*]*(?:\.[\d*]+)?[hlqjzt]*[diouxXeEfgGcsp@]|\{\w*\}")
_STRING = re.compile(r"\"((?:[^\"\\\n]|\\.)*)\"")
_TRANSLATION = re.compile(r"^msgid(?P<source>(?:[^\n]*\n)+?)msgstr(?P<target>[^\[](?:.*\n?)*)", re.MULTILINE)


def signs(text: str) -> str:
    """The characters that mean something in a message of one line, as it has such placeholders already."""
    return "".join(each for pattern, each in _SIGNS if pattern.search(text))


def lacking(left: str, right: str) -> str:
    """What a translation of a catalogue lacks of its source, in words; empty if nothing, or if it is none.

    The text that it stands in is `left` and `right`, between which its fill may be or is to come.
    """
    entry = left.rpartition("\n\n")[2] + right.partition("\n\n")[0]
    match = _TRANSLATION.search(entry)
    if not match or "msgstr" not in left.rpartition("\n\n")[2]:
        return ""
    source, target = ("".join(_STRING.findall(match[part])) for part in ("source", "target"))
    wanted, found = (Counter(_DIRECTIVE.findall(text)) for text in (source, target))
    for missing in wanted - found:
        return str(missing)
    return "\\n" if source.endswith("\\n") and not target.endswith("\\n") else ""
