"""What a person may have meant by an unknown name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean X?` with the name that is most like `word`; nothing where none is.

    A name that begins with the word is taken first, then one in which a letter or two differ.
    """
    names = list(dict.fromkeys(known))
    wanted = word.lower()
    begun = [name for name in names if wanted.strip("-") and name.lower().startswith(wanted)]
    close = begun or difflib.get_close_matches(wanted, names, n=1, cutoff=0.7)
    return f" Did you mean {close[0]}?" if close else ""
