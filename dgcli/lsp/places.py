"""Places of a text where something was filled, or is to be, and what else might stand there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dgcli.lsp.filler import Edit
from dgcli.text.document import Span


@dataclass(frozen=True, kw_only=True)
class Place:
    """Characters `start` to `end` of a text, and the fills that there are for it."""

    start: int
    end: int
    old: str  # what stands there where nothing is filled
    hole: Span  # in the old text, counted from `start`
    others: tuple[str, ...] = ()  # in place of what stands there now, the best first
    filled: bool = False

    @classmethod
    def of(cls, edit: Edit, hole: Span, text: str, start: int) -> Place:
        """Where an edit of `text` comes to stand at `start`."""
        inside = replace(hole, start=hole.start - edit.start, end=hole.end - edit.start)
        old = text[edit.start : edit.end]
        return cls(start=start, end=start + len(edit.text), old=old, hole=inside, others=edit.others, filled=True)


def moved(places: Sequence[Place], before: str, after: str) -> tuple[Place, ...]:
    """The places in another version of the text, but for those that were changed themselves."""
    if not places:
        return ()
    first = _alike(before, after)
    last = len(before) - _alike(before[first:][::-1], after[first:][::-1])  # where what is the same begins again
    away = len(after) - len(before)
    kept = [each for each in places if each.end <= first]
    return (*kept, *(_shifted(each, away) for each in places if each.start >= last and each not in kept))


def placed(places: Sequence[Place], edits: Sequence[Edit], text: str) -> tuple[Place, ...]:
    """The places of `text` when edits are made, in order and apart: those that they leave alone, and their own."""
    found = []
    away = 0
    rest = list(places)
    for edit in edits:
        found += [_shifted(place, away) for place in rest if place.end <= edit.start]
        rest = [place for place in rest if place.start >= edit.end]
        if edit.hole is not None:
            found.append(Place.of(edit, edit.hole, text, edit.start + away))
        away += len(edit.text) - (edit.end - edit.start)
    return (*found, *(_shifted(place, away) for place in rest))


def _shifted(place: Place, away: int) -> Place:
    return replace(place, start=place.start + away, end=place.end + away)


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
