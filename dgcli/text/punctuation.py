"""Marks and blanks of the world's scripts: what stands between a fill and the text around it, and what does not."""

from __future__ import annotations

import re
import unicodedata
from itertools import takewhile

MARKS = (
    ".,;:!?…‥‽⁇⁈⁉"
    "。．｡、､，；：！？"  # Chinese and Japanese, full and half width
    "،؛؟۔"  # Arabic, Persian, Urdu
    "।॥"  # Devanagari and its neighbours
    "։՞՜՝"  # Armenian
    "\u037e\u0387"  # Greek
    "።፣፤፥፧"  # Ethiopic
    "၊။។៕"  # Burmese, Khmer
    "᠂᠃"  # Mongolian
)
OPENING = "([{“‘«‹„¿¡「『（《〈【〔［｛〖｢"
CLOSING = MARKS + ")]}”’»›%」』）》〉】〕］｝〗｣"
NO_BREAK = "\u00a0\u202f"
BLANKS = " \t\u3000\u2009" + NO_BREAK
SPACED_MARKS = "!?:;»%"  # in French there is a no-break blank before them

_POINTS = "。．｡、､，；：！？・‥"
_OPENERS, _CLOSERS = "「『（《〈【〔［｛〖｢", "」』）》〉】〕］｝〗｣"
_LETTERS = "\u2e80-\u2fdf\u3005-\u3007\u3041-\u30fa\u30fc-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LETTERS += "\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uff9f\U00020000-\U0003ffff"  # no Hangul: it has blanks
_WIDE = _LETTERS + re.escape(_POINTS + _OPENERS + _CLOSERS)
_LETTER = re.compile(f"[{_LETTERS}]")
_ANY_WIDE = re.compile(f"[{_WIDE}]")
_SPACED_OUT = re.compile(f"[{_LETTERS}] [{_LETTERS}]")
_BETWEEN_LETTERS = re.compile(f"(?<=[{_LETTERS}])[ \t]+(?=[{_LETTERS}])")
_AROUND_MARKS = re.compile(
    rf"[ \t]+(?=[{re.escape(_POINTS + _CLOSERS)}])|(?<=[{re.escape(_POINTS + _OPENERS)}])[ \t]+"
    rf"|(?<=[{_LETTERS}])[ \t]+(?=[{re.escape(_OPENERS)}“”‘’…])"
    rf"|(?<=[{re.escape(_CLOSERS)}“”‘’…])[ \t]+(?=[{_LETTERS}])"
)
# Thai, Lao, Tibetan, Burmese, Khmer, Javanese: blanks part sentences there, not words.
_UNSPACED = re.compile("[\u0e00-\u0e4f\u0e80-\u0ecf\u0f00-\u0fff\u1000-\u103f\u1780-\u17d3\ua980-\ua9cf]")
_JOINS = re.compile(  # not marks, but parts of the character before them
    "[\u200d\u0e33\u0eb3\u1160-\u11ff\ud7b0-\ud7fb\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
_REGIONAL = range(0x1F1E6, 0x1F200)  # two of them are a flag
_NEAR = 500  # characters that show how a text is written


def unspaced(character: str) -> bool:
    """Whether it belongs to a script that has no blanks between words."""
    return bool(_LETTER.match(character) or _UNSPACED.match(character))


def ideograph(character: str) -> bool:
    """Whether it is a word, or half of one, by itself."""
    return "\u3400" <= character <= "\u9fff" or character >= "\U00020000"


def closed_up(fill: str, left: str, right: str) -> str:
    """`fill` without blanks where its script has none: around marks and in brackets, and between Chinese and Japanese
    characters if the text around has none there."""
    before, behind = left[-1:].strip(), right[:1].strip()
    whole = before + fill + behind
    if _ANY_WIDE.search(whole):
        whole = _AROUND_MARKS.sub("", whole)
        if not (_SPACED_OUT.search(left[-_NEAR:]) or _SPACED_OUT.search(right[:_NEAR])):
            whole = _BETWEEN_LETTERS.sub("", whole)
    fill = whole[len(before) : len(whole) - len(behind)]
    inner = fill.strip(" \t")
    if inner and before and _UNSPACED.match(before) and _UNSPACED.match(inner[0]):
        fill = fill.lstrip(" \t")
    if inner and behind and _UNSPACED.match(behind) and _UNSPACED.match(inner[-1]):
        fill = fill.rstrip(" \t")
    return fill


def whole_characters(fill: str, left: str, right: str) -> str:
    """`fill` without what would be part of a character that belongs to the text: accents, joiners, halves of flags."""
    fill = fill[sum(1 for _ in takewhile(joins, fill)) :].rstrip("\u200d")
    if _flags(fill) and _flags(left[::-1]) % 2:
        fill = fill[1:]
    if _flags(right) and _flags(fill[::-1]) % 2:
        fill = fill[:-1]
    return fill


def joins(character: str) -> bool:
    """Whether it is a part of the character before it: an accent, a vowel sign, a joiner, a colour of skin."""
    return unicodedata.category(character).startswith("M") or bool(_JOINS.match(character))


def _flags(text: str) -> int:
    """How many halves of flags a text begins with."""
    return sum(1 for _ in takewhile(lambda character: ord(character) in _REGIONAL, text))


_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_NO_TEXT = ("Cc", "Cs", "Co")
_TAGS = re.compile("(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+")  # of no flag
_STEERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # how text is shown
_INVISIBLE = f"\u115f\u3164\uffa0\ufffd\ufeff{_STEERING}"  # letters without a shape; what is broken


def printable(text: str, newline: str = "\n") -> str:
    """What a model wrote, as a text may hold it: one kind of line end, and no control, private or broken characters.

    Neither are there invisible ones that are words of their own, or turn the direction of what is around them.
    """
    line = _TAGS.sub("", _LINE_END.sub(newline, text))
    return "".join(c for c in line if c in "\n\t" or not (c in _INVISIBLE or unicodedata.category(c) in _NO_TEXT))
