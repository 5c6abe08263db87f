"""What files of some names have beyond their kind: notebooks, resources of Android, mailboxes, messages of git, JSX."""

from __future__ import annotations

import re

_NEVER = {  # by the end of the name
    ".env": "'",
    ".vtt": "&",
    ".ass": "\\",
    ".ssa": "\\",
    ".lrc": "[]<>",
    ".pod": "<>",
    ".ftl": "{}",
    ".rtf": "\\{}",
    **dict.fromkeys((".cho", ".chordpro", ".crd"), "[]{}"),
    **dict.fromkeys((".tw", ".twee"), "[]<>{}$|"),
    ".ink": "{}[]<>~|#",
    **dict.fromkeys((".mmd", ".mermaid"), '[](){}<>|"#;:%'),
    **dict.fromkeys((".puml", ".plantuml"), "<>|:"),
}
_LINES = (  # of which names a line may not begin so
    (re.compile(r"\.(?:mbox|mail|eml)$"), re.compile(r"From ", re.MULTILINE)),  # another message
    (re.compile(r"(?:^|/)(?:COMMIT|MERGE|TAG|SQUASH|NOTES)_(?:EDIT)?MSG$"), re.compile(r"#")),  # a comment
    (re.compile(r"\.(?:[1-9]\w?|man|mdoc|roff|troff|tr|ms|me|mom)$"), re.compile(r"[.']")),  # a request of troff
    (re.compile(r"\.pod$"), re.compile(r"=")),
    (re.compile(r"\.(?:gmi|gemini)$"), re.compile(r"=>|#|\*[ \t]|>|`{3}")),
    (re.compile(r"\.ftl$"), re.compile(r"[ \t]*[\[*.}]")),
    (re.compile(r"\.(?:tw|twee)$"), re.compile(r"::")),
    (re.compile(r"\.ink$"), re.compile(r"[*+=-]|//|TODO:|VAR |INCLUDE ")),
    (re.compile(r"\.fountain$"), re.compile(r"[.!@~=>#]|\[\[|/\*|(?:INT|EXT|EST|I/E)[. ]")),
)
_OF_ANDROID = re.compile(r"<resources\b.*<(?:string|item)\b[^<>]*>[^<>]*\Z", re.DOTALL)
_JSX = (".jsx", ".tsx")
_CELL = re.compile(r"\"cell_type\"\s*:\s*\"(\w+)\"")
_IN_CELL = "'\"`\\{}%$#"
# What is open in front of a text: a tag that ends there, with words behind it. `=>` ends none.
_BEHIND_TAG = re.compile(r"(?:<(?:[A-Za-z][\w.:-]*(?:\s[^<>]*)?|/[\w.:-]*|)|\}[^<>{};=]*(?<!=))>[^<>{};=()]*\Z")
_NEAR = 2000


def is_between_tags(name: str, left: str) -> bool:
    """Whether a fill behind `left` is text between the tags of JSX."""
    return name.endswith(_JSX) and bool(_BEHIND_TAG.search(left[-_NEAR:]))


def never_in(name: str, left: str) -> str:
    """The characters that no fill may have behind `left` in a file of this name."""
    if name.endswith(".sql"):
        return "$" if left.count("$$") % 2 else ""
    if name.endswith(".ipynb"):
        return _IN_CELL if _CELL.findall(left)[-1:] == ["code"] else ""
    if name.endswith(".xml") and _OF_ANDROID.search(left):
        return "'\"@?\\"
    return next((never for end, never in _NEVER.items() if name.endswith(end)), "")


def begins_otherwise(name: str, left: str, fill: str) -> bool:
    """Whether a line of a fill begins with what is more than words there, in a file of this name."""
    text = fill if left[-1:] in ("", "\n") else fill.partition("\n")[1:][-1]
    lines = text.split("\n")
    return any(names.search(name) and any(map(begins.match, lines)) for names, begins in _LINES)
