"""Texts that the causal encoder writes from the left, several at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count
from typing import cast

from dgcli.diffusion import Site
from dgcli.platform.backend import mx
from dgcli.platform.elementwise import softmax
from dgcli.tasks.engine import Cache, Engine, Session, penalty

_BEFORE_ANY_STEP = 0  # the number under which the choices are drawn: steps are counted from 1


def drawn(
    session: Session,
    before: Cache,
    rows: int,
    *,
    forbidden: Collection[int],
    temperature: float,
    first_canvas: int = 0,
    likeliest: bool = False,
    engine: Engine | None = None,
) -> Iterator[tuple[mx.array, list[int]]]:
    """The next token of each of so many texts after `before`, place by place, for as long as somebody asks.

    Args:
        forbidden: ids that are not written.
        temperature: the logits are divided by it.
        first_canvas: the number that the random choices of the first text are drawn under, of the next ones the next.
        engine: what reads, in place of the session's; its cache is `before`.
        likeliest: the first text takes the likeliest token at each place.

    Yields:
        Logits [rows, V] of the place, those of forbidden ids as they are, and the tokens.
    """
    engine, cache = engine or session.engine, before
    never = penalty(forbidden, engine.vocab_size)
    for place in count():
        logits = mx.broadcast_to(engine.following(cache), (rows, engine.vocab_size))  # at first of one row
        allowed = logits + never
        sites = [Site(first_canvas + row, place) for row in range(rows)]
        tokens = list(session.draws.sample(_BEFORE_ANY_STEP, sites, softmax(allowed / temperature)))
        if likeliest:
            tokens[0] = cast("int", mx.argmax(allowed[0]).item())
        yield logits, tokens
        cache = engine.encode_rows([[token] for token in tokens], cache)
