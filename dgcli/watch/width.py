"""How many columns of a terminal a text takes, character by character as a person sees them."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_ZWJ, _EMOJI_FORM = "\u200d", "\ufe0f"
_NEWLY_WIDE = (
    range(0x2630, 0x2638),
    range(0x268A, 0x2690),
    range(0x4DC0, 0x4E00),
    range(0x1D300, 0x1D377),
)  # Unicode 16
_KEYCAPS = frozenset("#*0123456789")


def columns(text: str) -> int:
    """The width of a text without newlines and tabs."""
    return len(text) if text.isascii() else sum(width for _, width in graphemes(text))


@lru_cache(maxsize=4096)
def graphemes(text: str) -> tuple[tuple[str, int], ...]:
    """The text in pieces that must not be torn apart, each with its width: 0, 1 or 2 columns."""
    if text.isascii():
        return tuple((character, 1) for character in text)
    found: list[tuple[str, int]] = []
    start = 0
    while start < len(text):
        end = _end(text, start)
        found.append((text[start:end], _width(text[start:end])))
        start = end
    return tuple(found)


def cut(text: str, width: int) -> str:
    """The beginning of a text that fits into `width` columns, with … where something is missing."""
    if columns(text) <= width:
        return text
    kept: list[str] = []
    room = width - 1
    for piece, size in graphemes(text):
        if size > room:
            break
        kept.append(piece)
        room -= size
    return "".join(kept) + "…" if width > 0 else ""


def _end(text: str, start: int) -> int:
    """Where the character that begins at `start` ends."""
    end = start + 1
    if _regional(text[start]) and end < len(text) and _regional(text[end]):
        end += 1
    while end < len(text):
        character = text[end]
        if character == _ZWJ and end + 1 < len(text) and _pictorial(text[start]) and _pictorial(text[end + 1]):
            end += 2
        elif _single(character) == 0 or _modifies(character, text[start]):
            end += 1
        else:
            break
    return end


def _width(piece: str) -> int:
    first = piece[0]
    if _regional(first):
        return 2
    if len(piece) > 1 and _EMOJI_FORM in piece and (_pictorial(first) or first in _KEYCAPS):
        return 2
    return _single(first)


@lru_cache(maxsize=4096)
def _single(character: str) -> int:
    code = ord(character)
    category = unicodedata.category(character)
    if category in ("Mn", "Me") or (category == "Cf" and not _draws(code)):
        return 0
    if 0x1160 <= code <= 0x11FF or 0xD7B0 <= code <= 0xD7FF:
        return 0  # the later letters of a Hangul syllable
    wide = unicodedata.east_asian_width(character) in ("W", "F") or any(code in each for each in _NEWLY_WIDE)
    return 2 if wide else 1


def _draws(code: int) -> bool:
    """Whether a format character has a picture of its own: a soft hyphen, or a sign around Arabic numbers."""
    return code == 0xAD or 0x600 <= code <= 0x8FF or 0x110BD <= code <= 0x110CD


def _regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _pictorial(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sm", "Po", "Sk") and not character.isascii()


def _modifies(character: str, first: str) -> bool:
    """A skin tone belongs to the person before it."""
    return "\U0001f3fb" <= character <= "\U0001f3ff" and _pictorial(first)
