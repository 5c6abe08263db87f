"""Whether a text is in a language that a model knows, as far as its vocabulary can tell.

A tokenizer has the common words of what it was made from whole, and takes others to pieces. The model's own doubt says
less: of a casual English mail it may be as large as of Spanish (docs/bundled.md).
"""

from __future__ import annotations

import re
import unicodedata

from dgcli.checkpoint.tokenizer import Tokenizer

PIECES = 1.5  # tokens of a word in small letters; English 1.0 to 1.4, languages that are not known 1.6 to 6.7
LETTERS = 1.0  # tokens of a letter, where a script has no small letters
FEWEST = 5  # words; less tells nothing
FEWEST_LETTERS = 12  # of a script without small letters
MOST = 200  # words, or letters: more tells no more
_LONGEST = 20_000  # characters that are looked at

_WORD = re.compile(r"(?<![^\s(\"'“‘«])[^\W\d_]{2,}(?=[\s.,;:!?)\"'”’»]|$)")


def hardly_known(text: str, tokenizer: Tokenizer) -> bool:
    """Whether a text's words are in pieces, so that what a model writes there will be poor."""
    text = text[:_LONGEST]
    words = [word for word in _WORD.findall(text) if word.islower()][:MOST]
    if len(words) >= FEWEST:
        return sum(len(tokenizer.encode(f" {word}")) for word in words) > PIECES * len(words)
    letters = "".join(letter for letter in text if unicodedata.category(letter) == "Lo")[:MOST]
    return len(letters) >= FEWEST_LETTERS and len(tokenizer.encode(letters)) >= LETTERS * len(letters)
