"""Playing a recording: where it stands and what each key does. Nothing here knows of clocks or terminals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dgcli.watch.rows import Run
from dgcli.watch.view import View
from dgcli.watch.width import columns

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True, kw_only=True)
class Playback:
    """A place in a recording, and how it goes on from there."""

    places: int  # of the recording
    holes: Sequence[int]  # where each hole begins
    place: int = 0
    playing: bool = True
    speed: float = 1.0
    view: View = View.text
    over: bool = False

    def press(self, key: str) -> Playback:  # noqa: PLR0911  (one line for each key is what can be read)
        """What a key does, by its name; keys without a meaning do nothing."""
        if (place := self._place_of(key)) is not None:
            return self.at(place)
        match key:
            case "space":
                again = not self.playing and self.place == self.places - 1
                return replace(self, playing=not self.playing, place=0 if again else self.place)
            case "up" | "+" | "=":
                return replace(self, speed=next((each for each in SPEEDS if each > self.speed), SPEEDS[-1]))
            case "down" | "-":
                return replace(self, speed=next((each for each in SPEEDS[::-1] if each < self.speed), SPEEDS[0]))
            case "v":
                views = list(View)
                return replace(self, view=views[(views.index(self.view) + 1) % len(views)])
            case "q" | "Q" | "escape" | "ctrl-d":
                return replace(self, over=True)
        return self

    def _place_of(self, key: str) -> int | None:  # noqa: PLR0911  (one line for each key is what can be read)
        """Where a key leads to; None for one that leads nowhere."""
        match key:
            case "right" | "l" | ".":
                return self.place + 1
            case "left" | "h" | ",":
                return self.place - 1
            case "]" | "page down" | "n":
                return next((place for place in self.holes if place > self.place), self.places - 1)
            case "[" | "page up" | "p":
                return next((place for place in self.holes[::-1] if place < self.place), 0)
            case "home" | "g":
                return 0
            case "end" | "G":
                return self.places - 1
        if key.isdecimal() and key.isascii() and 0 < int(key) <= len(self.holes):
            return self.holes[int(key) - 1]
        return None

    def at(self, place: int) -> Playback:
        """Standing still at a place."""
        return replace(self, place=max(0, min(self.places - 1, place)), playing=False)

    def further(self) -> Playback:
        """One place on, of itself; at the end it stops."""
        place = min(self.places - 1, self.place + 1)
        return replace(self, place=place, playing=self.playing and place < self.places - 1)

    def keys(self, width: int) -> tuple[Run, ...]:
        """What can be pressed, as much as fits."""
        items = [
            ("space", "pause" if self.playing else "play"),
            ("q", "quit"),
            ("← →", "step"),
            ("↑ ↓", f"speed ×{self.speed:g}"),
            *([("[ ]", "hole")] if len(self.holes) > 1 else []),
            ("v", "view"),
        ]
        runs: list[Run] = []
        room = width
        for name, meaning in (*items, (f"{self.place + 1}/{self.places}", "")):
            size = columns(name) + len(meaning) + 1 + (2 if runs else 0)
            if size <= room:
                runs += [Run("  ", "status")] if runs else []
                runs += [Run(name, "strong"), Run(f" {meaning}", "status")]
                room -= size
        return tuple(runs)
