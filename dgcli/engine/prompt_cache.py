"""The prompt cache: prompts that were read before; one that begins like another is read from where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from dgcli.model.cache import Cache
from dgcli.model.encoder import could_be
from dgcli.model.network import Network

if TYPE_CHECKING:  # few runs have one
    from dgcli.engine.prompt_store import Known, PromptStore

KEPT = 2  # prompts: of a hole, its request and the text alone


@dataclass(eq=False)
class PromptCache:
    """What the encoder made of the latest prompts of one run, and with a `store` of those of other runs.

    The holes of one document share its text up to the first of them, so that most of a request was read with the one
    before. It is the only part of a run that changes, so each run has its own.
    """

    store: PromptStore | None = None
    """Prompts on disk."""
    given: int = 0
    """Tokens of all prompts so far."""
    read: int = 0
    """Of these: that had to be read."""
    _latest: list[tuple[tuple[int, ...], Cache]] = field(default_factory=list, repr=False)  # the latest last

    def beginning(self, ids: tuple[int, ...], network: Network) -> tuple[int, Cache | None]:
        """The longest beginning of a prompt [L] that is known: how many tokens, and their cache; (0, None) for none."""
        known: list[Known] = [(each, partial(_same, cache)) for each, cache in self._latest]
        if self.store is not None:
            known += self.store.known(ids, partial(could_be, network))
        window = network.config.sliding_window
        lengths = [(_usable(each, ids, window), cache) for each, cache in known]
        for length, find in sorted(lengths, key=lambda one: -one[0]):
            if length and (cache := find()) is not None:
                return length, _cut(cache, length)
        return 0, None

    def keep(self, ids: tuple[int, ...], cache: Cache, read: int) -> None:
        """Remember the cache of a prompt [L], of which the last `read` tokens had to be read."""
        self.given += len(ids)
        self.read += read
        if read and self.store is not None:
            self.store.keep(ids, cache)
        self._latest = [*self._latest, (ids, cache)][-KEPT:]


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
