from __future__ import annotations

import pytest

from dgcli.watch.playback import SPEEDS, Playback
from dgcli.watch.view import View

START = Playback(places=10, holes=(1, 4, 7))


def after(*keys: str, state: Playback = START) -> Playback:
    for key in keys:
        state = state.press(key)
    return state


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (["right", "right", "left"], 1),
        (["left"], 0),
        (["end", "right"], 9),
        (["]", "]"], 4),
        (["]", "]", "]", "]"], 9),
        (["end", "[", "["], 4),
        (["3"], 7),
        (["9"], 0),
        (["G", "g"], 0),
    ],
)
def test_places(keys: list[str], place: int) -> None:
    state = after(*keys)
    assert state.place == place
    assert state.playing is (keys == ["9"])  # who looks for a place wants to stay there


def test_space_stops_goes_on_and_begins_anew() -> None:
    assert not after("space").playing
    assert after("space", "space").playing
    assert after("end", "space") == Playback(places=10, holes=(1, 4, 7), place=0, playing=True)


def test_speed_view_and_end() -> None:
    assert after(*["up"] * 20).speed == SPEEDS[-1]
    assert after(*["down"] * 20).speed == SPEEDS[0]
    assert after("v").view is View.heat
    assert after("v", "v", "v") == START
    assert after("q").over
    assert after("", "x", "é", "²") == START


def test_it_stops_at_the_end() -> None:
    state = START
    for _ in range(20):
        state = state.further()
    assert (state.place, state.playing) == (9, False)


@pytest.mark.parametrize("width", [0, 5, 20, 40, 200])
def test_the_keys_that_fit_are_shown(width: int) -> None:
    runs = START.keys(width)
    assert sum(run.width for run in runs) <= width
    assert ("quit" in "".join(run.text for run in runs)) is (width >= 20)
