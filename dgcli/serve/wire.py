"""The events of a run as JSON and back: what a recording has of them, each as soon as it happens.

A step names what is read next, too, as that is drawn before the next step is there. It has the texts of ids that are
new, so that a client can draw a canvas without the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dgcli.checkpoint.pieces import Piece, Pieces
from dgcli.events import CanvasStart, Doing, Draft, Event, Filled, Focus, Step, Trial
from dgcli.watch.trace import canvas_line, draft_line, filled_line, focus_line, step_line, texts_line, trial_line

Line = tuple[str, dict[str, Any]]  # the name of an event, and what it holds


@dataclass
class Teller:
    """Tells the events of one run."""

    piece: Piece
    _lengths: dict[int, int] = field(default_factory=dict)  # of the prompts, by canvas
    _known: set[int] = field(default_factory=set)  # ids whose texts were told

    def told(self, event: Event) -> Line:
        """Its name and its JSON."""
        if isinstance(event, Draft):
            return "draft", draft_line(event)
        if isinstance(event, CanvasStart):
            self._lengths[event.canvas] = len(event.prompt)
            return "canvas", canvas_line(event)
        if isinstance(event, Filled):
            return "filled", filled_line(event)
        if isinstance(event, Trial):
            return "trial", trial_line(event)
        if isinstance(event, Focus):
            return "focus", focus_line(event)
        line = step_line(event, self._lengths[event.canvas])
        return "step", {**line, "next_input": event.next_input, **texts_line(event, self.piece, self._known)}


@dataclass
class Listener:
    """Understands what a teller told."""

    texts: dict[int, str | bytes] = field(default_factory=dict)

    def piece(self, token: int) -> str | bytes:
        """The text of an id that was told of; of others, the id."""
        return self.texts.get(token, f"⟨{token}⟩")

    @property
    def pieces(self) -> Pieces:
        """One text for each id of a row."""
        return Pieces(self.piece)

    def event(self, name: str, line: Mapping[str, Any]) -> Event:
        """The event of a name and its JSON. Raises KeyError, TypeError or ValueError where it is none."""
        if name == "draft":
            rewrites = line.get("rewrites", False)
            return Draft(parts=tuple(line["parts"]), marks=tuple(line["marks"]), rewrites=rewrites)
        if name == "canvas":
            start = {key: line[key] for key in ("canvas", "role", "width", "hole", "holes")}
            rows = {key: tuple(line[key]) for key in ("prompt", "forbidden", "place") if key in line}
            return CanvasStart(**start | rows)
        if name == "filled":
            return Filled(hole=line["hole"], text=line["text"], canvas=line["canvas"])
        if name == "trial":
            doing = Doing(line["doing"])
            return Trial(text=line["trial"], doing=doing, which=line["which"], count=line["count"])
        if name == "focus":
            return Focus(hole=line["hole"], holes=line["holes"], **line["focus"])
        return self._step(line)

    def _step(self, line: Mapping[str, Any]) -> Step:
        for token, text in line.get("pieces", {}).items():
            raw = text if isinstance(text, list) else [text]
            self.texts[int(token)] = text if isinstance(text, str) else bytes(raw)
        step = {key: line[key] for key in ("canvas", "step", "of", "temperature", "settled")}
        step |= {key: tuple(line[key]) for key in ("input", "sampled", "argmax", "entropy", "next_input")}
        step |= {key: tuple(map(bool, line[key])) for key in ("accepted", "free")}
        return Step(**step, seconds=line["ms"] / 1000, sampling=line["sampling_ms"] / 1000)
