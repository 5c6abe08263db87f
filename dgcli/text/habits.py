"""A rewrite as its source is written: capitals where sentences and names have them there, and a mark at the end."""

from __future__ import annotations

import re

from dgcli.text import sentences

_LAST = re.compile(r"(?<=[^\W_])[.!?…。！？।]+(?=[\"'”’)\]」』）]*$)")
_FIRST = re.compile(r"\W*([^\W\d_])")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LONE_I = re.compile(r"\bi\b(?=['’]|\W|$)(?!\.)")


def as_written(source: str, text: str) -> str:
    """`text` with the habits of `source` that a model loses: nothing is added to a source that has none of them.

    Names keep their capitals, sentences begin with one where all of the source's do, `I` is a capital if it is one
    there or sentences begin with one, and what ends with a mark goes on to.
    """
    if not text.strip():
        return text
    starts = _starts(source)
    capitals = bool(starts) and all(source[start].isupper() for start in starts)
    text = _named(source, text)
    if capitals:
        text = _capital(text)
        if not _LONE_I.search(source):
            text = _LONE_I.sub("I", text)
    if (mark := _LAST.search(source)) and text[-1].isalnum():
        text += mark[0]
    return text


def _starts(text: str) -> list[int]:
    """Where a letter of two cases begins a sentence, as far as a letter does."""
    words = [word for start in sentences.starts(text) if (word := _FIRST.match(text, start))]
    return [word.start(1) for word in words if word[1].lower() != word[1].upper()]


def _capital(text: str) -> str:
    """Sentences begin with a capital, but for words that have one further on (`iPhone`)."""
    for start in _starts(text):
        word = _WORD.match(text, start)
        if word and word[0].islower() and len(text[start].upper()) == 1:
            text = text[:start] + text[start].upper() + text[start + 1 :]
    return text


def _named(source: str, text: str) -> str:
    """Words with a capital within a sentence of the source have it in the text, too, if it is there in no place yet."""
    starts, words = set(_starts(source)), list(_WORD.finditer(source))
    capital = {word[0] for word in words if word.start() not in starts and word[0].istitle() and len(word[0]) > 1}
    lower = {word[0] for word in words if word[0].islower()}
    there = {word[0] for word in _WORD.finditer(text) if word[0].istitle()}
    lost = {name.lower(): name for name in capital - there if name.lower() not in lower}
    return _WORD.sub(lambda word: lost.get(word[0], word[0]), text)
