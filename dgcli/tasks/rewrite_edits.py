"""Rewriting by edits: the words that disagree with the register are freed, and all others are held."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from dgcli.canvas import Canvas, Event, Step
from dgcli.tasks.hole import Hole
from dgcli.tasks.layout import Gap, end_tokens
from dgcli.tasks.rewrite_canvas import settle
from dgcli.tasks.rewrite_changes import Change, adopted, changed, changes, omissions
from dgcli.tasks.rewrite_choice import chosen, disagreements
from dgcli.tasks.rewrite_job import Job, Rewording, in_place
from dgcli.tasks.rewrite_layout import lay_out_edit
from dgcli.tasks.rewrite_units import joined, stretches

Fills = list[tuple[int, tuple[int, ...]]]  # canvas and tokens


@dataclass(frozen=True, kw_only=True)
class Edits:
    """Frees the words that disagree with the register, all at once, in canvases with more or less room for them.

    Of what the denoiser writes there, and of leaving out any of these words, those changes are made that the encoder
    finds better than the words that were there.
    """

    apart: bool = False  # each stretch of words is a hole of its own, and all others are held

    def __call__(self, job: Job) -> Generator[Event, None, Rewording]:
        """Rewrite a passage."""
        places = list(stretches(len(job.units) + 1, chosen(job.units, disagreements(job), job.strength)))
        freed = [place for is_free, place in places if is_free]
        if not freed:
            return Rewording(joined(job.units))
        fills, used = yield from _apart(job, freed) if self.apart else _all_at_once(job, places)
        decode = job.session.chat.tokenizer.decode
        proposed: list[Change] = []
        for place, found in zip(freed, fills, strict=True):
            for canvas, ids in found:
                proposed += changes(job.units, place, decode(ids), canvas)
            proposed += omissions(job.units, place)
        made = adopted(job, proposed)
        last = max((change.canvas for change in made if change.canvas is not None), default=None)
        return replace(used, text=changed(job.units, made), canvas=last)


def _all_at_once(
    job: Job, places: Sequence[tuple[bool, slice]]
) -> Generator[Event, None, tuple[list[Fills], Rewording]]:
    """The fills of each stretch that is free."""
    tokenizer, padded = job.session.chat.tokenizer, job.session.hole_padding
    close, end = end_tokens(tokenizer)
    held = [tokenizer.encode(joined(job.units[place])) for _, place in places]
    room = job.session.engine.canvas_length - 1
    rows = []
    for row in zip(*(rooms(len(ids), padded=padded) for ids in held), strict=True):
        lengths = [more if is_free else len(ids) for more, ids, (is_free, _) in zip(row, held, places, strict=True)]
        if sum(lengths) <= room:
            rows.append(lengths)
    width = max(map(sum, rows)) + 1
    canvases = {}
    for number, lengths in enumerate(rows, job.first_canvas):
        tokens: list[int] = []
        free: list[bool] = []
        for length, ids, (is_free, _) in zip(lengths, held, places, strict=True):
            tokens += [end] * length if is_free else ids
            free += [is_free] * length
        spare = width - len(tokens) - 1
        canvases[number] = Canvas(tokens=(*tokens, close, *(end,) * spare), free=(*free, *(False,) * (spare + 1)))
    last = yield from settle(job, canvases, padded=padded)
    fills: list[Fills] = [[] for is_free, _ in places if is_free]
    for lengths, (number, step) in zip(rows, last.items(), strict=True):
        ends = list(accumulate(lengths))
        free_ends = [end for end, (is_free, _) in zip(ends, places, strict=True) if is_free]
        free_lengths = [length for length, (is_free, _) in zip(lengths, places, strict=True) if is_free]
        for found, length, end in zip(fills, free_lengths, free_ends, strict=True):
            ids = step.argmax[end - length : end]
            found.append((number, tuple(token for token in ids if token != job.session.pad_id)))
    steps: list[Step] = list(last.values())
    return fills, Rewording(
        "",
        tokens=max(sum(step.free) for step in steps),
        canvases=len(canvases),
        steps=max(step.step for step in steps),
        converged=all(step.settled for step in steps),
    )


def rooms(tokens: int, *, padded: bool) -> tuple[int, int, int]:
    """How much room a stretch of so many tokens gets in each of the canvases."""
    if padded:  # the model leaves empty what is too much
        return tokens + 1, tokens + 2 + tokens // 3, tokens + 4 + tokens // 2
    return max(1, tokens), tokens + 1 + tokens // 6, tokens + 2 + tokens // 3


def _apart(job: Job, places: Sequence[slice]) -> Generator[Event, None, tuple[list[Fills], Rewording]]:
    """The fills of each stretch, the passage around it as it was."""
    fills, used = [], Rewording("")
    for place in places:
        left, old, right = (joined(job.units[part]) for part in (slice(place.start), place, slice(place.stop, None)))
        found, more = yield from _by_itself(job, left, old, right, used.canvases)
        fills.append(found)
        used = more.after(used)
    return fills, used


def _by_itself(
    job: Job, left: str, old: str, right: str, canvases: int
) -> Generator[Event, None, tuple[Fills, Rewording]]:
    """The fills of a stretch that now reads `old`."""
    session = job.session
    layout = lay_out_edit(job.passage, session.chat, session.engine.canvas_length, job.context, left=left, right=right)
    hole = Hole(session, Gap(left=left, right=right), layout, job.hole, job.holes, job.first_canvas + canvases)
    wanted = rooms(len(session.chat.tokenizer.encode(old)), padded=hole.padded)
    outcome = yield from in_place(hole.settle(1, tuple(sorted({min(layout.longest_hole, more) for more in wanted}))))
    fills = [(candidate.canvas, candidate.ids) for candidate in outcome.ranked if candidate.canvas is not None]
    return fills, Rewording("", tokens=len(fills[0][1]), canvases=outcome.canvases, steps=outcome.steps)
