"""Which pictures of a recording a file has, and how long each is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dgcli.watch.picture import Look, Picture, picture
from dgcli.watch.timeline import Timeline

SHORTEST, LONGEST = 0.05, 1.0  # seconds between two places: what is faster cannot be followed, what is slower tires
LAST = 3.0  # seconds for the finished text


@dataclass(frozen=True)
class Shot:
    """A picture, and how long it is shown."""

    picture: Picture
    seconds: float


def shots(timeline: Timeline, look: Look, *, speed: float, per_second: float) -> Iterator[Shot]:
    """The pictures of a recording at a speed, at most so many a second: those between are left out."""
    places = list(range(len(timeline)))
    waits = [wait(timeline, place, speed) for place in places]
    spent = 0.0
    for place in places:
        spent += waits[place]
        if place == places[-1] or spent >= 1 / per_second:
            yield Shot(picture(timeline.scene(place), look), max(spent, LAST) if place == places[-1] else spent)
            spent = 0.0


def wait(timeline: Timeline, place: int, speed: float) -> float:
    """Seconds between a place and the next one: as they were, as far as that can be watched."""
    stops = timeline.stops
    if place + 1 >= len(stops):
        return 0.0
    return min(max((stops[place + 1].ms - stops[place].ms) / 1000, SHORTEST), LONGEST) / speed


def evenly(timeline: Timeline, count: int) -> list[int]:
    """So many places of a recording, evenly from the first step, or else the first trial, to the end."""
    last = len(timeline) - 1
    steps = [place for place, stop in enumerate(timeline.stops) if stop.step is not None]
    steps = steps or [place for place, stop in enumerate(timeline.stops) if stop.tried]
    places = [*steps, *([last] if last not in steps else [])]
    if count <= 1 or len(places) < 2:
        return [last]
    return sorted({places[round(index * (len(places) - 1) / (count - 1))] for index in range(count)})
