"""What a rewrite has to keep: links, code, numbers, names, what the user names; and signs that it says something else.

`spans` finds what is kept verbatim, by the patterns of `markup`, `technical`, `quantities` and `speech`; `names` finds
the names of a text; `facts` compares two texts; `doubts` are the other signs that one does not say what the
other said, `swaps` among them.
"""

from __future__ import annotations

from dgcli.text.kept.doubts import babbles, doubts, negations, said_again, stutters
from dgcli.text.kept.facts import Facts, facts, lost
from dgcli.text.kept.markup import inside
from dgcli.text.kept.names import Names
from dgcli.text.kept.spans import compile_named, kept_spans, kept_strings
from dgcli.text.kept.swaps import swaps

__all__ = [
    "Facts",
    "Names",
    "babbles",
    "compile_named",
    "doubts",
    "facts",
    "inside",
    "kept_spans",
    "kept_strings",
    "lost",
    "negations",
    "said_again",
    "stutters",
    "swaps",
]
