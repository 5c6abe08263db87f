"""Texts of single tokens, where a character may be spread over several byte tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_SURROGATE = re.compile("[\ud800-\udfff]")

Piece = Callable[[int], str | bytes]  # the text of an id, or bytes that are only a part of a character or hold one


def is_unicode(text: str) -> bool:
    """Whether a text can be written as UTF-8. JSON and Python can hold halves of characters; no file can."""
    return _SURROGATE.search(text) is None


class Pieces:
    """One text for each id of a row; remembers what it has looked up."""

    def __init__(self, piece: Piece) -> None:
        self._piece = piece
        self._known: dict[int, str | bytes] = {}

    def __call__(self, ids: Sequence[int]) -> tuple[str, ...]:
        """Texts of the ids [L], as many."""
        texts: list[str] = []
        parts: list[bytes] = []
        for token in ids:
            piece = self._known.get(token)
            if piece is None:
                piece = self._known[token] = self._piece(token)
            if isinstance(piece, bytes):
                parts.append(piece)
                continue
            if parts:
                texts += spread(parts)
                parts.clear()
            texts.append(piece)
        return (*texts, *spread(parts))


def spread(parts: Sequence[bytes]) -> list[str]:
    """One text a part: each character at the part with its first byte, U+FFFD for each byte that belongs to none."""
    raw = b"".join(parts)
    part_of = [index for index, part in enumerate(parts) for _ in part]
    texts = [""] * len(parts)
    start = 0
    while start < len(raw):
        character, width = _first_character(raw[start : start + 4])
        texts[part_of[start]] += character
        start += width
    return texts


def _first_character(raw: bytes) -> tuple[str, int]:
    """The character that bytes begin with, and how many it takes."""
    for width in range(1, len(raw) + 1):
        try:
            return raw[:width].decode(), width
        except UnicodeDecodeError:
            continue
    return "\ufffd", 1
