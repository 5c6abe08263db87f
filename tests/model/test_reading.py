"""Reading ahead: what is taken back leaves nothing behind."""

from __future__ import annotations

import pytest

from dgcli.engine.engine import Engine
from dgcli.engine.loading import load_engine
from dgcli.errors import ArgumentError
from tests.checkpoints import GOLDEN
from tests.model.comparing import furthest

ROUNDING = 1e-3
PROMPT = [2, 5, 300, 301, 17, 44, 260]
AHEAD = [7, 90, 311, 12, 45, 99, 310, 8]
CANVAS = [(7 * place) % 400 for place in range(20)]


@pytest.fixture(scope="module")
def patched() -> Engine:
    return load_engine(GOLDEN / "patched")


@pytest.fixture(params=["tiny", "patched"])
def either(request: pytest.FixtureRequest) -> Engine:
    """One with sliding layers, and one without."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Engine)
    return found


@pytest.mark.parametrize("times", [1, 2, 6], ids=["short", "near the window", "beyond it"])
@pytest.mark.parametrize("count", [1, 3, len(AHEAD)])
def test_what_is_kept_is_as_if_no_more_had_been_read(either: Engine, times: int, count: int) -> None:
    cache = either.encode(PROMPT * times)
    found, plain = either.read(AHEAD, cache).kept(count), either.encode(AHEAD[:count], cache)
    assert [array.shape for layer in found.layers for array in layer] == [
        array.shape for layer in plain.layers for array in layer
    ]
    assert (found.length, found.hidden.shape) == (plain.length, plain.hidden.shape)
    assert furthest(either.following(found), either.following(plain)) < ROUNDING
    assert furthest(either.denoise(CANVAS, found), either.denoise(CANVAS, plain)) < ROUNDING
    again = either.read([3, 4], found)
    assert furthest(again.logits, either.read([3, 4], plain).logits) < ROUNDING


def test_each_place_tells_what_follows_it(either: Engine) -> None:
    cache = either.encode(PROMPT)
    logits = either.read(AHEAD, cache).logits
    for place in range(len(AHEAD)):
        assert furthest(logits[place], either.following(either.encode(AHEAD[: place + 1], cache))[0]) < ROUNDING


def test_what_cannot_be_read_is_refused(either: Engine) -> None:
    cache = either.encode(PROMPT)
    two = either.encode([PROMPT, PROMPT])
    for ids, before in (([], cache), ([either.vocab_size], cache), ([3], two)):
        with pytest.raises(ArgumentError):
            either.read(ids, before)
    with pytest.raises(ArgumentError):
        either.following(either.encode([]))
