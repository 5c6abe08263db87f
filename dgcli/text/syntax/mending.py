"""What is left of a fill that may not stand where it lands, without what could be the reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from dgcli.text.syntax.balance import PAIRED
from dgcli.text.syntax.places import NEVER, Place

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_IN_ASCII = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "})


def mended(fill: str, place: Place) -> Iterator[str]:
    """`fill` without what it may not have there, then without more and more that could break something.

    Code is not mended: what is left of it says something else.
    """
    never = place.never
    if place.code:
        return
    words = re.sub(r"\s+", "-", fill.strip()) if " " in never else fill.replace("\n", " " if "\n" in never else "\n")
    words = "".join(character for character in _TAG.sub("", words) if character not in never)
    for each in NEVER:
        words = words.replace(each, "")
    if place.ascii:
        words = words.translate(_IN_ASCII)
        if not words.isascii():
            return
    yield words
    yield words.strip(" ")
    yield _only(words, lambda character: character not in PAIRED)
    yield _only(words, lambda character: _is_word(character) or character in " .,'’-")
    yield _only(words, lambda character: _is_word(character) or character == " ")


def _is_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _only(text: str, wanted: Callable[[str], bool]) -> str:
    """The wanted characters of a text, on one line."""
    return re.sub(" {2,}", " ", "".join(filter(wanted, text.replace("\n", " "))))
