"""Of what the denoiser proposes for a passage, the changes that make it better, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from dgcli.tasks.restyle.passage import Unit, fitted, joined
from dgcli.tasks.restyle.score import Job
from dgcli.text.scripts import blank_between


@dataclass(frozen=True, kw_only=True)
class Change:
    """The units from `start` to `end` (none: a place between two) become `text`."""

    start: int
    end: int
    text: str
    canvas: int | None = None  # it comes from; None: from none

    def overlaps(self, other: Change) -> bool:
        """Whether there cannot be both."""
        return (self.start, self.end) == (other.start, other.end) or (self.start < other.end and other.start < self.end)


def changes(units: Sequence[Unit], place: slice, fill: str, canvas: int | None) -> Iterator[Change]:
    """What a fill changes in the units of a place: as a whole, and each stretch of words by itself."""
    old = [unit.text for unit in units[place]]
    new = fill.split()
    if new == old:
        return
    yield Change(start=place.start, end=place.start + len(old), text=" ".join(new), canvas=canvas)
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        start = place.start + a
        parts_a_word = a == b and 0 < start < len(units) and not units[start].lead
        if tag != "equal" and not parts_a_word:
            yield Change(start=place.start + a, end=place.start + b, text=" ".join(new[c:d]), canvas=canvas)


def omissions(units: Sequence[Unit], place: slice) -> Iterator[Change]:
    """Each unit of a place left out."""
    for start in range(place.start, place.start + len(units[place])):
        yield Change(start=start, end=start + 1, text="")


def adopted(job: Job, proposed: Sequence[Change]) -> tuple[Change, ...]:
    """The changes that make the passage better by `Job.score`, one after the other.

    Those come first that look best by themselves; what they cost in meaning is only looked at then.
    """
    kept = job.passage.text
    texts = {change: changed(job.units, [change]) for change in dict.fromkeys(proposed)}
    texts = {change: text for change, text in texts.items() if text != kept and not job.faults(text)}
    if not texts:
        return ()
    base, *gains = (sum(row) for row in job.told_apart([job.row(text) for text in (kept, *texts.values())]))
    promising = {change: gain for change, gain in zip(texts, gains, strict=True) if gain > base}
    taken: list[Change] = []
    (best,) = job.score([kept])
    for change in sorted(promising, key=lambda change: -promising[change]):
        if any(map(change.overlaps, taken)):
            continue
        text = changed(job.units, [*taken, change])
        if job.faults(text):
            continue
        (score,) = job.score([text])
        if score > best:
            taken.append(change)
            best = score
    return tuple(sorted(taken, key=lambda change: (change.start, change.end)))


def changed(units: Sequence[Unit], made: Sequence[Change]) -> str:
    """The text of the units with changes that do not overlap."""
    text, done = "", 0
    for change in sorted(made, key=lambda change: (change.start, change.end)):
        text += joined(units[done : change.start])
        lead = units[change.start].lead if change.start < change.end else blank_between(text, change.text)
        text += fitted(change.text, lead, text)
        if change.end == 0 < len(units):  # before the first word, which has no blank of its own
            text += blank_between(text, units[0].text)
        done = change.end
    return (text + joined(units[done:])).strip()
