"""Prompts that were read lately: another that begins as one of them is read from where they part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dgcli.model.cache import Cache
from dgcli.model.model import Model

KEPT = 2  # prompts: of a hole, its request and the text alone


@dataclass(eq=False)
class Recall:
    """Encodes prompts, each as `Model.encode` would but for rounding.

    The holes of one document share its text up to the first of them, so that most of a request was read with the one
    before. It is the only part of a run that changes.
    """

    model: Model
    given: int = 0  # tokens of all prompts so far
    read: int = 0  # of these: that had to be read
    _known: list[tuple[tuple[int, ...], Cache]] = field(default_factory=list)  # the latest last

    def encode(self, ids: Sequence[int]) -> Cache:
        """The cache of a prompt; its hidden states are those of its last tokens only, of at least one."""
        ids = tuple(ids)
        shared, cache = 0, None
        for known, candidate in self._known:
            length = min(_common(known, ids), len(ids) - 1)
            if length > shared and (beginning := _beginning(candidate, length, self._window)) is not None:
                shared, cache = length, beginning
        self.given += len(ids)
        self.read += len(ids) - shared
        found = self.model.encode(ids[shared:], cache)
        self._known = [*self._known, (ids, found)][-KEPT:]
        return found

    @property
    def _window(self) -> int:
        return self.model.config.sliding_window


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    for index, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return index
    return min(len(one), len(other))


def _beginning(cache: Cache, length: int, window: int) -> Cache | None:
    """The cache after its first `length` tokens; None if a sliding layer has forgotten what they would see."""
    if cache.length > window - 1:
        return None
    layers = tuple((keys[:, :, :length], values[:, :, :length]) for keys, values in cache.layers)
    return replace(cache, layers=layers, length=length)
