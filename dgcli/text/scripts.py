"""Letters by the way that they are written: scripts without blanks, and where a text may be parted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# Inside of [ ] of a regular expression: Thai, Lao, Burmese, Khmer, Tibetan; kana, Han and Bopomofo with their marks.
THAI_AND_OTHERS = (
    r"\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\ua9e0-\ua9ff\uaa60-\uaadf"
)
HAN_AND_KANA = (
    r"\u3005-\u3007\u3031-\u3035\u3040-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    r"\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
SPACELESS = THAI_AND_OTHERS + HAN_AND_KANA
_SPACELESS = re.compile(rf"[{SPACELESS}\u3001-\u3011\uff00-\uff65]")
_WIDE = rf"[{HAN_AND_KANA}\u3001-\u3011\uff00-\uff65]"
_BESIDE_WIDE = re.compile(rf"(?<={_WIDE})(?=\S)|(?<=\S)(?={_WIDE})")
_BETWEEN_LINES = re.compile(rf"{_WIDE}\n{_WIDE}")
_JOINERS = "\u200c\u200d\u2060"
_BEFORE_THEIR_CONSONANT = "เแโใไເແໂໃໄ"  # vowels
_BEHIND_IT = "ะาำะາຳ"  # vowels that no combining characters are
_VIRAMA = 9  # combining class of what ties a consonant to the next
_TOGETHER = ((0x1F1E6, 0x1F1FF), (0x1100, 0x11FF))  # halves of flags; Hangul in parts
_JAPANESE_OR_CHINESE = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "BOPOMOFO", "IDEOGRAPHIC"})
_NO_SCRIPT = frozenset(
    {"MODIFIER", "FEMININE", "MASCULINE", "FULLWIDTH", "HALFWIDTH", "MATHEMATICAL", "MICRO", "KELVIN"}
)


def may_part(text: str, place: int) -> bool:
    """Whether a text may be cut before the character at `place`: no letter, emoji or flag is parted from its marks.

    Nor is a blank from what stands before it.
    """
    left, right = text[place - 1], text[place]
    if right.isspace():
        return False
    if left in _JOINERS or right in _JOINERS or left in _BEFORE_THEIR_CONSONANT or right in _BEHIND_IT:
        return False
    if unicodedata.combining(left) == _VIRAMA:
        return False
    if unicodedata.category(right)[0] == "M" or 0x1F3FB <= ord(right) <= 0x1F3FF or 0xE0020 <= ord(right) <= 0xE007F:
        return False
    return not any(a <= ord(left) <= b and a <= ord(right) <= b for a, b in _TOGETHER)


def may_break(text: str, place: int) -> bool:
    """Whether it may be cut there, and no mark is parted from the words that it closes or opens."""
    closes = unicodedata.category(text[place]) in ("Pe", "Pf", "Po")
    return may_part(text, place) and not closes and unicodedata.category(text[place - 1]) not in ("Ps", "Pi")


def blank_between(left: str, right: str) -> str:
    """What stands between two words: a blank, and nothing in a script without blanks."""
    return "" if _SPACELESS.search(left[-1:]) and _SPACELESS.search(right[:1]) else " "


def blank_between_lines(left: str, right: str) -> str:
    """What stands between the words of two lines that are put on one; in Thai, too, a line ends where a blank is."""
    return "" if _BETWEEN_LINES.fullmatch(f"{left[-1:]}\n{right[:1]}") else " "


def line_breaks(text: str) -> Iterator[int]:
    """The places where a line may end although no blank is there: beside any letter of Chinese and Japanese."""
    return (match.start() for match in _BESIDE_WIDE.finditer(text) if may_break(text, match.start()))


def width_of(text: str) -> int:
    """The columns of a text: two for each wide character, none for marks that stand upon others."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else not unicodedata.combining(each) for each in text)


def scripts(text: str) -> set[str]:
    """The scripts that the letters of a text belong to, as Unicode names them; Japanese and Chinese are one."""
    found = {unicodedata.name(letter, "").split(" ")[0] for letter in set(text) if letter.isalpha()}
    found = {"CJK" if name in _JAPANESE_OR_CHINESE else name for name in found}
    return found - _NO_SCRIPT - {""}
