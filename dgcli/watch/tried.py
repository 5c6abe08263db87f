"""What a recording tells of texts that were tried as a whole: which were judged, which was taken, the time for both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from dgcli.events import CanvasStart, Doing, Filled, Focus, Trial
from dgcli.watch.recording import Recording


@dataclass
class Tried:
    """A hole, or a passage of a paragraph, and what was judged for it."""

    hole: int = 0  # counted from 1; 0: not known
    old: str = ""  # what stood there
    texts: list[str] = field(default_factory=list)  # each once
    became: str = ""  # what the hole came to then, with what stands around it

    @property
    def new(self) -> list[str]:
        """Those that say something else than what stood there."""
        return [text for text in self.texts if _plain(text) != _plain(self.old)]

    @property
    def taken(self) -> str | None:
        """The text that stands there now, the longest where there are several."""
        words = _plain(self.became)
        return max((text for text in self.new if text.strip() and _plain(text) in words), key=len, default=None)


def tried(recording: Recording) -> Sequence[Tried]:
    """What was tried, in order."""
    found: list[Tried] = []
    now = Tried()
    for moment in recording.moments:
        event = moment.event
        if isinstance(event, Focus):
            now = Tried(hole=event.hole, old=event.old)
        elif isinstance(event, CanvasStart):
            now.hole = event.hole
        elif isinstance(event, Trial) and event.doing is Doing.JUDGING and event.text not in now.texts:
            now.texts.append(event.text)
            found += [now] if len(now.texts) == 1 else []
        elif isinstance(event, Filled):
            for each in found:
                if not each.became and each.hole in (0, event.hole):
                    each.hole, each.became = event.hole, event.text
            now = Tried()
    return found


def time_of(recording: Recording) -> dict[Doing, float]:
    """How long texts were written and judged. A text is told of as far as it is written, and before it is judged."""
    spent = dict.fromkeys(Doing, 0.0)
    timed = [moment for moment in recording.moments if not isinstance(moment.event, Filled)]
    for before, after in pairwise(timed):
        if isinstance(before.event, Trial) and before.event.doing is Doing.JUDGING:
            spent[Doing.JUDGING] += (after.ms - before.ms) / 1000
        elif isinstance(after.event, Trial) and after.event.doing is Doing.WRITING:
            spent[Doing.WRITING] += (after.ms - before.ms) / 1000
    return spent


def listed(found: Sequence[Tried], what: str) -> Iterator[str]:
    """All of it as lines; what was taken has an arrow. `what` is what a hole is called."""
    for each in found:
        yield f"{what} {each.hole}: {_plain(each.old)}" if each.old else f"{what} {each.hole}"
        for text in each.new:
            yield f" {'→' if text == each.taken else ' '} {_plain(text) or '(nothing)'}"
        if each.taken is None:
            yield "   none of these was taken as a whole"


def _plain(text: str) -> str:
    return " ".join(text.split())
