"""Prompts that were read lately: another that begins as one of them is read from where they part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from dgcli.engine.engine import Model
from dgcli.model.cache import Cache

if TYPE_CHECKING:  # few runs have one
    from dgcli.engine.prompt_store import Known, PromptStore

KEPT = 2  # prompts: of a hole, its request and the text alone


@dataclass(eq=False)
class Recall:
    """Encodes prompts, each as `Model.encode` would but for rounding.

    The holes of one document share its text up to the first of them, so that most of a request was read with the one
    before. It is the only part of a run that changes, with the `store` that keeps prompts for later runs.
    """

    model: Model
    store: PromptStore | None = None
    given: int = 0  # tokens of all prompts so far
    read: int = 0  # of these: that had to be read
    _known: list[tuple[tuple[int, ...], Cache]] = field(default_factory=list)  # the latest last

    def encode(self, ids: Sequence[int]) -> Cache:
        """The cache of a prompt; its hidden states are those of its last tokens only, of at least one."""
        ids = tuple(ids)
        shared, cache = self._beginning(ids)
        self.given += len(ids)
        self.read += len(ids) - shared
        if cache is None or shared < len(ids):
            cache = self.model.encode(ids[shared:], cache)
            if self.store is not None:
                self.store.keep(ids, cache)
        self._known = [*self._known, (ids, cache)][-KEPT:]
        return cache

    def _beginning(self, ids: tuple[int, ...]) -> tuple[int, Cache | None]:
        """The longest beginning of a prompt that is known: its tokens, and its cache."""
        known: list[Known] = [(each, partial(_same, cache)) for each, cache in self._known]
        if self.store is not None:
            known += self.store.known(ids, self.model.fits)
        window = self.model.config.sliding_window
        lengths = [(_usable(each, ids, window), cache) for each, cache in known]
        for length, find in sorted(lengths, key=lambda one: -one[0]):
            if length and (cache := find()) is not None:
                return length, _cut(cache, length)
        return 0, None


def _usable(known: Sequence[int], ids: Sequence[int], window: int) -> int:
    """How many tokens of `ids` need not be read after what is known.

    A prompt that goes on is of use as it is. If it has to be cut, its last token is missing, which predicts what comes
    next; and sliding layers must not have forgotten what that would see.
    """
    common = _common(known, ids)
    if common == len(known):
        return common
    return 0 if len(known) > window - 1 else min(common, len(ids) - 1)


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    for index, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return index
    return min(len(one), len(other))


def _cut(cache: Cache, length: int) -> Cache:
    """The cache after its first `length` tokens."""
    if length == cache.length:
        return cache
    layers = tuple((keys[:, :, :length], values[:, :, :length]) for keys, values in cache.layers)
    return replace(cache, layers=layers, length=length)


def _same(cache: Cache) -> Cache:
    return cache
