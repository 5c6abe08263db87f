"""Rewriting from the source, partly noised."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from dgcli.events import Canvas, Event, Step
from dgcli.tasks.engine import Session
from dgcli.tasks.infill.layout import end_tokens
from dgcli.tasks.infill.seeding import Seeded, started_at
from dgcli.tasks.restyle.canvas import settle
from dgcli.tasks.restyle.passage import fitted, stretches
from dgcli.tasks.restyle.score import Job, Rewording
from dgcli.text.signs import printable

LEAST_SURE = 0.25  # share of the free positions that the corrector takes up again


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Starts from the passage with a share of its tokens replaced by noise, as large as the strength.

    The corrector then takes the tokens up again that the model was least sure of at the last step, and what comes of it
    is kept where the encoder finds it likelier.
    """

    corrections: int = 1

    def __call__(self, job: Job, first_canvas: int) -> Generator[Event, None, Rewording]:
        """Rewrite a passage; it keeps its number of tokens."""
        tokenizer = job.session.chat.tokenizer
        rows = [tokenizer.encode(unit.whole) for unit in job.units]
        close, _ = end_tokens(tokenizer)
        canvas = Canvas(
            tokens=(*(token for row in rows for token in row), close),
            free=(*(not unit.held for unit, row in zip(job.units, rows, strict=True) for _ in row), False),
        )
        if not any(canvas.free):
            return Rewording("".join(unit.whole for unit in job.units))
        step = yield from _denoise(job, canvas, job.strength, first_canvas)
        draft = _draft(job, rows, step)
        for correction in range(1, self.corrections + 1):
            again = yield from _denoise(job, _least_sure(step), 1.0, first_canvas + correction)
            corrected = _draft(job, rows, replace(again, free=canvas.free)).after(draft)
            before, now = job.score([draft.text, corrected.text])
            if now <= before or (job.faults(corrected.text) and not job.faults(draft.text)):
                draft = replace(corrected, text=draft.text, canvas=draft.canvas)
            else:
                draft, step = corrected, replace(again, free=canvas.free)
        return draft


def _denoise(job: Job, canvas: Canvas, level: float, number: int) -> Generator[Event, None, Step]:
    """Denoise a canvas from its tokens noised to `level`; the last step."""
    session = _from_text(job.session, canvas.tokens, level) if level < 1 else job.session
    last = yield from settle(job, {number: canvas}, session)
    return last[number]


def _from_text(session: Session, tokens: Sequence[int], level: float) -> Session:
    draws = Seeded(session.draws, tuple(tokens), 0, level)
    return replace(session, settings=started_at(session.settings, level), draws=draws)


def _least_sure(step: Step) -> Canvas:
    """The finished canvas with the least sure of its free positions free again."""
    free = [position for position, is_free in enumerate(step.free) if is_free]
    doubtful = sorted(free, key=lambda position: -step.entropy[position])[: max(1, round(LEAST_SURE * len(free)))]
    return Canvas(tokens=step.argmax, free=tuple(position in doubtful for position in range(len(step.argmax))))


def _draft(job: Job, rows: Sequence[tuple[int, ...]], step: Step) -> Rewording:
    """The text of a canvas: what is held as it stands in the passage, the rest from its tokens."""
    starts = [0]
    for row in rows:
        starts.append(starts[-1] + len(row))
    held = frozenset(place for place, unit in enumerate(job.units) if unit.held)
    text = ""
    for is_held, places in stretches(len(job.units), held):
        ids = step.argmax[starts[places.start] : starts[places.stop]]
        if is_held:
            text += "".join(unit.whole for unit in job.units[places])
        else:
            text += fitted(printable(job.session.chat.tokenizer.decode(ids)), job.units[places.start].lead, text)
    return Rewording(text.strip(), step.canvas, sum(step.free), canvases=1, steps=step.step, converged=step.settled)
