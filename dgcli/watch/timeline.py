"""A recording as a row of scenes: what the live view showed of it, and would show at any place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dgcli.events import CanvasStart, Filled, Focus, Step, Trial
from dgcli.watch.recording import Moment, Recording
from dgcli.watch.scene import Scene
from dgcli.watch.watch import Watch


@dataclass(frozen=True)
class Stop:
    """One place of a timeline."""

    moment: int  # how many moments of the recording have happened
    ms: float
    hole: int
    step: Step | None  # None where nothing is denoised: at the beginning, after a hole is filled, at the end
    tried: bool = False  # a text is tried there

    @property
    def works(self) -> bool:
        """Whether something is denoised or tried."""
        return self.tried or self.step is not None


class Timeline:
    """Scenes by number, as they were watched live."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.stops = tuple(self._find())
        self._now = 0.0
        self._watch = self._fresh()
        self._fed = 0
        self._watch_done = False

    def __len__(self) -> int:
        return len(self.stops)

    @property
    def holes(self) -> tuple[int, ...]:
        """Where each hole begins."""
        places: dict[int, int] = {}
        for place, stop in enumerate(self.stops):
            if stop.works:
                places.setdefault(stop.hole, place)
        return tuple(places.values())

    def scene(self, place: int) -> Scene:
        """What is seen at a place."""
        stop = self.stops[place]
        moments = self._recording.moments
        if stop.moment < self._fed or self._watch_done:
            self._watch, self._fed, self._watch_done = self._fresh(), 0, False
        while self._fed < stop.moment:
            self._now = moments[self._fed].ms / 1000
            self._watch.see(moments[self._fed].event)
            self._fed += 1
        self._now = stop.ms / 1000
        if place == len(self.stops) - 1 and self._recording.result:
            self._watch.finish()
            self._watch_done = True
        return self._watch.scene()

    def __iter__(self) -> Iterator[tuple[Stop, Scene]]:
        for place, stop in enumerate(self.stops):
            yield stop, self.scene(place)

    def _fresh(self) -> Watch:
        self._now = 0.0
        return Watch(self._recording.pieces, lambda: self._now)

    def _find(self) -> Iterator[Stop]:
        watch = self._fresh()
        moments = self._recording.moments
        ms, hole = 0.0, 0
        if not moments or isinstance(moments[0].event, CanvasStart):
            yield Stop(0, 0.0, 0, None)
        for number, moment in enumerate(moments, 1):
            new, event, ms = watch.see(moment.event), moment.event, moment.ms
            hole = event.hole if isinstance(event, CanvasStart | Filled | Focus) else hole
            if new and not isinstance(event, CanvasStart):
                step = event if isinstance(event, Step) else None
                yield Stop(number, ms, hole, step, tried=isinstance(event, Trial))
        if self._recording.result:
            yield Stop(len(moments), ms, hole, None)


def kept_canvases(recording: Recording) -> frozenset[int]:
    """The canvases that holes were filled from."""
    return frozenset(event.canvas for event in _filled(recording.moments) if event.canvas is not None)


def _filled(moments: tuple[Moment, ...]) -> Iterator[Filled]:
    return (moment.event for moment in moments if isinstance(moment.event, Filled))
