"""Documents with marks, one of which is broken: a bracket lost, doubled, or moved elsewhere."""

from __future__ import annotations

from hypothesis import strategies as st

_MARKS = ["[[?]]", "[[? a hint]]", "[[?~2]]", "[[?~3 of b[0] words]]", "[[? over\nlines [x](y) ]]", "[[?]][[?]]"]
_WORDS = [
    *("One word", "two, three.", "See [[Page]] too.", "[[Page|name]]", "a link [x](y(z)).", "a[b[0]]", "x]] y", "[a"),
    *("b]", "```\nr'[[?]+x'\n```", "`[[?` and `]]`", "    x = [[?]]\n", "<!-- [[? no -->", "\\[[?]]", "\\[[? none"),
    *("[[ ? ]]", "> quoted", "- item", "2. item", "# Head", "| a | b |", "---", "!!! note\n\n    text", "[^1]: note"),
]
_BETWEEN = [" ", "\n", "\n\n", "\n> ", "\n- ", "\n \t\n", "\n>\n> ", "\n    ", ""]


@st.composite
def broken_documents(draw: st.DrawFn) -> str:
    """A text with up to three whole marks and a broken one."""
    marks = draw(st.lists(st.sampled_from(_MARKS), min_size=1, max_size=4))
    words = draw(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=6))
    parts = draw(st.permutations([*enumerate(marks), *((-1, each) for each in words)]))
    text, start = "", 0
    for number, part in parts:
        text += draw(st.sampled_from(_BETWEEN))
        if number == 0:
            start = len(text)
        text += part
    bracket = draw(st.sampled_from([start + i for i, character in enumerate(marks[0]) if character in "[]"]))
    character, place = text[bracket], draw(st.integers(0, len(text)))
    match draw(st.sampled_from(["lost", "doubled", "moved"])):
        case "lost":
            text = text[:bracket] + text[bracket + 1 :]
        case "doubled":
            text = text[:bracket] + character + text[bracket:]
        case _:
            rest = text[:bracket] + text[bracket + 1 :]
            text = rest[:place] + character + rest[place:]
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r"])))


def is_whole(mark: str) -> bool:
    """Whether a text is one well-formed mark, told by counting brackets."""
    lines = mark.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not (mark.startswith("[[?") and mark.endswith("]]") and len(mark) > 4) or "[[" in mark[2:]:
        return False
    depth, escaped = 0, False
    for character in mark[3:-2]:
        depth += 0 if escaped else (character == "[") - (character == "]")
        escaped = character == "\\"
        if depth < 0:
            return False
    return depth == 0 and all(line.strip(" \t>") for line in lines[1:-1])
