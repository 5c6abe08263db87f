"""Texts that the causal encoder writes from the left, several at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import cast

from dgcli.diffusion import Site
from dgcli.platform.backend import mx
from dgcli.platform.elementwise import softmax
from dgcli.tasks.engine import Cache, Session, penalty

_BEFORE_ANY_STEP = 0  # the number under which the choices are drawn: steps are counted from 1


@dataclass(frozen=True, eq=False)
class Place:
    """What stands at one place of the texts that have not ended before it."""

    tokens: Mapping[int, int]  # by the number of the text, in ascending order
    logits: mx.array  # [texts, V], those of forbidden ids as they are


def drawn(
    session: Session,
    before: Cache,
    texts: int,
    *,
    ended: Callable[[tuple[int, ...]], bool],
    forbidden: Collection[int],
    not_first: Collection[int] = (),
    temperature: float,
    first_canvas: int = 0,
    likeliest: bool = False,
) -> Iterator[Place]:
    """The next token of each of so many texts after `before`, until all have ended or nobody asks.

    Args:
        ended: whether a text, by its tokens, is written no further. What the others say does not depend on it.
        forbidden: ids that are not written.
        not_first: ids that no text begins with.
        temperature: the logits are divided by it.
        first_canvas: the number that the random choices of the first text are drawn under, of the next ones the next.
        likeliest: the first text takes the likeliest token at each place.
    """
    engine, cache = session.engine, before
    first, later = (penalty(ids, engine.vocab_size) for ids in ({*forbidden, *not_first}, forbidden))
    written: dict[int, tuple[int, ...]] = dict.fromkeys(range(texts), ())
    for place in count():
        logits = mx.broadcast_to(engine.following(cache), (len(written), engine.vocab_size))  # at first of one row
        allowed = logits + (later if place else first)
        sites = [Site(first_canvas + text, place) for text in written]
        tokens = list(session.draws.sample(_BEFORE_ANY_STEP, sites, softmax(allowed / temperature)))
        if likeliest and 0 in written:
            tokens[0] = cast("int", mx.argmax(allowed[0]).item())
        written = {text: (*ids, token) for (text, ids), token in zip(written.items(), tokens, strict=True)}
        yield Place({text: ids[-1] for text, ids in written.items()}, logits)
        goes_on = [row for row, ids in enumerate(written.values()) if not ended(ids)]
        if not goes_on:
            return
        continued = goes_on if place and len(goes_on) < len(written) else None
        written = {text: ids for row, (text, ids) in enumerate(written.items()) if row in goes_on}
        cache = engine.encode_rows([ids[-1:] for ids in written.values()], cache, continued)
