"""Texts that a model is to write as it did before, whatever it learns beside them.

Pairs teach a model to answer one request. Without anything else it comes to write so everywhere, also in the holes of
other texts. What a person wrote before it was rewritten is such a text: there the model's own beliefs are kept.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from dgcli.tune.data.asking import Asking
from dgcli.tune.data.pages import Page, page_examples
from dgcli.tune.example import UNCHANGED, Example

_BETWEEN = "\n\n"


def unchanged_examples(texts: Iterable[str], asking: Asking, seed: int) -> tuple[Example, ...]:
    """Holes of the texts, and how they go on, each as `dg infill` asks for it; the texts are one behind the other."""
    ordered = [text.strip() for text in texts if text.strip()]
    random.Random(f"{seed} unchanged").shuffle(ordered)
    if not ordered:
        return ()
    prose: list[tuple[int, int]] = []
    place = 0
    for text in ordered:
        prose.append((place, place + len(text)))
        place += len(text) + len(_BETWEEN)
    page = Page("unchanged", _BETWEEN.join(ordered), tuple(prose))
    return tuple(replace(each, kind=UNCHANGED) for each in page_examples(page, asking, None, seed))
