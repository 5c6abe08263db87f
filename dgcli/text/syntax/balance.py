"""Brackets and quotation marks that come in pairs, in every script. An apostrophe is no quotation mark."""

from __future__ import annotations

_PAIRS = {
    **dict(zip("([{（［｛「『《〈【〔〖⟨｢", ")]}）］｝」』》〉】〕〗⟩｣", strict=True)),
    # one mark opens in one language and closes in another: “ ” and ” ”, „ “ and „ ”, « » and » «
    **{"“": "”", "„": "“”", "”": "”", "«": "»", "»": "«»", "‹": "›", "›": "‹›", '"': '"', "`": "`"},
}
OPENING = frozenset(_PAIRS)
PAIRED = OPENING | frozenset("".join(_PAIRS.values()))
_NEAR = 2000  # characters of the surroundings that are looked at


def unmatched(text: str) -> str:
    """The brackets and quotation marks of a text that have no other half in it, in order."""
    return "".join(_read(text, []))


def balances(fill: str, left: str, right: str) -> bool:
    """Whether each bracket and quotation mark of `fill` has its other half in it, or closes a pair left open around it.

    Surroundings are the paragraph.
    """
    if PAIRED.isdisjoint(fill):
        return True
    left = left[-_NEAR:].rpartition("\n\n")[2]
    right = right[:_NEAR].partition("\n\n")[0]
    before = _read(left, [])
    reached = depth = len(before)
    after = list(before)
    for character in fill:
        _read(character, after)
        reached = min(reached, len(after))
    outside = (depth - reached) + (len(after) - reached)  # that it closes of the text's, and leaves to the text
    return len(_read(right, after)) == len(_read(left + right, [])) - outside


def _read(text: str, stack: list[str]) -> list[str]:
    """`stack`, the marks that are open, after `text` too."""
    for character in text:
        if stack and character in _PAIRS.get(stack[-1], ""):
            stack.pop()
        elif character in PAIRED:
            stack.append(character)
    return stack
