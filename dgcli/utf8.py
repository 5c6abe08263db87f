"""Texts of single tokens, where a character may be spread over several byte tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_SURROGATE = re.compile("[\ud800-\udfff]")

Piece = Callable[[int], str | int]  # the text of an id, or the value of a byte token


def is_unicode(text: str) -> bool:
    """Whether a text can be written as UTF-8. JSON and Python can hold halves of characters; no file can."""
    return _SURROGATE.search(text) is None


class Pieces:
    """One text for each id of a row; remembers what it has looked up."""

    def __init__(self, piece: Piece) -> None:
        self._piece = piece
        self._known: dict[int, str | int] = {}

    def __call__(self, ids: Sequence[int]) -> tuple[str, ...]:
        texts: list[str] = []
        raw = bytearray()
        for token in ids:
            piece = self._known.get(token)
            if piece is None:
                piece = self._known[token] = self._piece(token)
            if isinstance(piece, int):
                raw.append(piece)
                continue
            if raw:
                texts += spread(bytes(raw))
                raw.clear()
            texts.append(piece)
        return (*texts, *spread(bytes(raw)))


def spread(raw: bytes) -> list[str]:
    """One piece a byte: each character at its first byte, U+FFFD for each byte that belongs to none."""
    pieces = [""] * len(raw)
    start = 0
    while start < len(raw):
        for width in (1, 2, 3, 4):
            try:
                pieces[start] = raw[start : start + width].decode()
            except UnicodeDecodeError:
                continue
            start += width
            break
        else:
            pieces[start] = "\ufffd"
            start += 1
    return pieces
