"""Rewriting by edits: the words that disagree with the register are freed, and all others are held."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from dgcli.events import Canvas, Event, Step
from dgcli.tasks.infill.hole import Hole
from dgcli.tasks.infill.layout import Gap, end_tokens
from dgcli.tasks.restyle.canvas import settle
from dgcli.tasks.restyle.changes import Change, adopted, changed, changes, omissions
from dgcli.tasks.restyle.choice import chosen, disagreements
from dgcli.tasks.restyle.manner import lay_out_edit
from dgcli.tasks.restyle.passage import joined, stretches
from dgcli.tasks.restyle.score import Job, Rewording, in_place
from dgcli.text.signs import printable

FEWER = (0.2, 0.4, 0.6, 0.8)  # shares of the words that are free in canvases before that of all that may be

Places = tuple[tuple[bool, slice], ...]  # the stretches of a passage, free and held in turn


@dataclass(frozen=True)
class Fill:
    """What the denoiser wrote in a stretch."""

    place: slice
    canvas: int
    ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Edits:
    """Frees the words that disagree with the register, few of them and then more, with more or less room for them.

    Of what the denoiser writes there, of leaving out any of these words, and of what the encoder would write for the
    passage, those changes are made that the encoder finds better than the words that were there.
    """

    apart: bool = False  # each stretch of words is a hole of its own, and all others are held
    by_encoder: bool = True  # what the encoder itself would write is proposed, too
    gradual: bool = True  # canvases with few free words, too; otherwise all are free at once

    def __call__(self, job: Job, first_canvas: int) -> Generator[Event, None, Rewording]:
        """Rewrite a passage."""
        disagreement = disagreements(job)
        frees = [chosen(job.units, disagreement, share) for share in shares(job.strength, gradual=self.gradual)]
        ways = [tuple(stretches(len(job.units) + 1, free)) for free in dict.fromkeys(frees) if free]
        if not ways:
            return Rewording(joined(job.units))
        all_free = [place for is_free, place in ways[-1] if is_free]
        canvases = _apart(job, all_free, first_canvas) if self.apart else _at_once(job, ways, first_canvas)
        fills, used = yield from canvases
        decode = job.session.chat.tokenizer.decode
        proposed: list[Change] = []
        for fill in fills:
            proposed += changes(job.units, fill.place, printable(decode(fill.ids)), fill.canvas)
        for place in all_free:
            proposed += omissions(job.units, place)
        if self.by_encoder:
            proposed += proposed_by_encoder(job, frees[-1])
        made = adopted(job, proposed)
        last = max((change.canvas for change in made if change.canvas is not None), default=None)
        return replace(used, text=changed(job.units, made), canvas=last)


def shares(strength: float, *, gradual: bool) -> tuple[float, ...]:
    """Of the words that are free, ascending to `strength`."""
    return (*(share for share in FEWER if gradual and share < strength), strength)


def proposed_by_encoder(job: Job, free: frozenset[int]) -> Iterator[Change]:
    """What its texts change in the free units of the passage, as a whole and each stretch of words by itself."""
    for text in job.written:
        for change in changes(job.units, slice(0, len(job.units)), text, canvas=None):
            if free.issuperset(range(change.start, change.end)) and not free.isdisjoint((change.start, change.end)):
                yield change


def _at_once(
    job: Job, ways: Sequence[Places], first_canvas: int
) -> Generator[Event, None, tuple[list[Fill], Rewording]]:
    """The fills of all free stretches of each way to free them."""
    padded = job.session.holes.padding
    rows = [row for way in ways for row in _rows(job, way, padded=padded)]
    if not rows:
        return [], Rewording("")
    width = 1 + max(sum(lengths) for _, lengths in rows)
    canvases = {number: _canvas(job, *row, width) for number, row in enumerate(rows, first_canvas)}
    last = yield from settle(job, canvases, padded=padded)
    fills = []
    for (way, lengths), (number, step) in zip(rows, last.items(), strict=True):
        for (is_free, place), length, end in zip(way, lengths, accumulate(lengths), strict=True):
            if is_free:
                ids = step.argmax[end - length : end]
                fills.append(Fill(place, number, tuple(token for token in ids if token != job.session.pad_id)))
    steps: list[Step] = list(last.values())
    return fills, Rewording(
        "",
        tokens=max(sum(step.free) for step in steps),
        canvases=len(canvases),
        steps=max(step.step for step in steps),
        converged=all(step.settled for step in steps),
    )


def _rows(job: Job, way: Places, *, padded: bool) -> Iterator[tuple[Places, list[int]]]:
    """How many tokens each stretch gets in each of the canvases that it fits into."""
    old = [len(_ids(job, place)) for _, place in way]
    for room in zip(*(rooms(length, padded=padded) for length in old), strict=True):
        lengths = [more if is_free else length for more, length, (is_free, _) in zip(room, old, way, strict=True)]
        if sum(lengths) < job.session.engine.canvas_length:
            yield way, lengths


def _canvas(job: Job, way: Places, lengths: Sequence[int], width: int) -> Canvas:
    close, end = end_tokens(job.session.chat.tokenizer)
    tokens: list[int] = []
    free: list[bool] = []
    for (is_free, place), length in zip(way, lengths, strict=True):
        tokens += [end] * length if is_free else _ids(job, place)
        free += [is_free] * length
    spare = width - len(tokens) - 1
    return Canvas(tokens=(*tokens, close, *(end,) * spare), free=(*free, *(False,) * (spare + 1)))


def _ids(job: Job, place: slice) -> tuple[int, ...]:
    return job.session.chat.tokenizer.encode(joined(job.units[place]))


def rooms(tokens: int, *, padded: bool) -> tuple[int, int, int]:
    """How much room a stretch of so many tokens gets in each of the canvases."""
    if padded:  # the model leaves empty what is too much
        return tokens + 1, tokens + 2 + tokens // 3, tokens + 4 + tokens // 2
    return max(1, tokens), tokens + 1 + tokens // 6, tokens + 2 + tokens // 3


def _apart(
    job: Job, places: Sequence[slice], first_canvas: int
) -> Generator[Event, None, tuple[list[Fill], Rewording]]:
    """The fills of each stretch, the passage around it as it was."""
    fills: list[Fill] = []
    used = Rewording("")
    for place in places:
        left, old, right = (joined(job.units[part]) for part in (slice(place.start), place, slice(place.stop, None)))
        found, more = yield from _by_itself(job, left, old, right, first_canvas + used.canvases)
        fills += [Fill(place, canvas, ids) for canvas, ids in found]
        used = more.after(used)
    return fills, used


def _by_itself(
    job: Job, left: str, old: str, right: str, first_canvas: int
) -> Generator[Event, None, tuple[list[tuple[int, tuple[int, ...]]], Rewording]]:
    """The fills of a stretch that now reads `old`."""
    session = job.session
    layout = lay_out_edit(job.passage, session.chat, session.engine.canvas_length, job.context, left=left, right=right)
    hole = Hole(session, Gap(left=left, right=right), layout, job.hole, job.holes, first_canvas)
    wanted = rooms(len(session.chat.tokenizer.encode(old)), padded=hole.padded)
    outcome = yield from in_place(hole.settle(1, tuple(sorted({min(layout.longest_hole, more) for more in wanted}))))
    fills = [(candidate.canvas, candidate.ids) for candidate in outcome.ranked if candidate.canvas is not None]
    return fills, Rewording("", tokens=len(fills[0][1]), canvases=outcome.canvases, steps=outcome.steps)
