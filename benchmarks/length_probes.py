"""What can be found out about the length of one hole: fills, probes, first steps, drafts."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any, TypeVar

from benchmarks.common.passages import fill_ids, finish
from dgcli.diffusion import Site, denoise
from dgcli.events import Canvas, Step
from dgcli.platform.backend import mx
from dgcli.tasks.engine import Session
from dgcli.tasks.infill.hole import Hole, Outcome
from dgcli.tasks.infill.judge import Candidate
from dgcli.tasks.infill.layout import Gap, lay_out_gap, text_begin
from dgcli.tasks.infill.length import lengths_to_try

PROBE_STEPS = 4
DRAWS = 2  # rounds of noise for a first step
DRAFT, MEETS = 40, 16  # tokens of a draft for the hole, and for the text behind it
FIRST_STEP, DRAFTED = 500, 600  # canvas numbers: their noise is that of nothing else

_T = TypeVar("_T")


class Probes:
    """What can be found out about one hole, each thing computed once."""

    def __init__(self, session: Session, gap: Gap, answer: str = "") -> None:
        engine = session.engine
        self.session, self.gap, self.answer = session, gap, answer
        self.layout = lay_out_gap(gap, session.chat, engine.canvas_length, engine.context_length, session.holes)
        self.hole = Hole(session, gap, self.layout, 1, 1, 0)
        self.true = max(1, len(fill_ids(session, gap, answer)))
        self.guessed = lengths_to_try(gap, self.layout, session.chat.tokenizer).tried
        self.predict = engine.predictor(engine.encode(self.layout.prompt))
        self._known: dict[tuple[Any, ...], tuple[Any, int, float]] = {}  # value, passes, seconds
        self._used: set[tuple[Any, ...]] = set()

    def charged(self, method: Callable[[Probes], _T]) -> tuple[_T, int, float]:
        """What a method finds, and the passes and seconds of all that it looks at."""
        self._used = set()
        found = method(self)
        spent = [self._known[key] for key in self._used]
        return found, sum(passes for _, passes, _ in spent), sum(seconds for _, _, seconds in spent)

    def fill(self, length: int, draw: int = 0, *, padded: bool = False) -> Candidate:
        """A hole of so many tokens, denoised to the end, from one of several rounds of noise."""
        return self._denoised(length, self.session.settings.schedule.steps, draw, padded)

    def brief(self, length: int) -> Candidate:
        """A hole of so many tokens after the steps of a probe."""
        return self._denoised(length, min(PROBE_STEPS, self.session.settings.schedule.steps), 0, False)

    def built(self, *, padded: bool) -> Outcome:
        """What `dg infill` does with a model that pads holes, or with one that does not."""
        hole = replace(self.hole, session=replace(self.session, holes=replace(self.session.holes, padding=padded)))
        return self._once(("built", padded), lambda: _counted(hole.settle()))

    def confidence(self, length: int) -> tuple[float, float]:
        """Mean over a hole's positions of the largest probability at the first step, and of its logarithm."""
        return self._once(("first step", length), lambda: (self._first_step(length), DRAWS))

    def draft(self) -> int:
        """The length at which a draft of the hole and what follows meets the text behind the hole."""
        return self._once(("draft",), self._draft)

    def alone(self, ids: tuple[int, ...]) -> float:
        """Mean log-probability of a fill with no text around it."""
        engine, begin = self.session.engine, (text_begin(self.session.chat.tokenizer),)
        return self._once(
            ("alone", ids), lambda: (statistics.fmean(engine.score_rows([ids], engine.encode(begin))[0]), 0)
        )

    def _denoised(self, length: int, steps: int, draw: int, padded: bool) -> Candidate:
        length = min(length, self.layout.longest_hole)
        settings = self.session.settings.with_steps(steps)
        hole = replace(self.hole, session=replace(self.session, settings=settings))
        number = 10_000 * steps + 1000 * draw + length  # of the canvas: the same noise, whichever method asks
        run = hole.denoise((length,), number, padded=padded)
        (found,), _ = self._once(("fill", length, steps, draw, padded), lambda: _counted(run))
        return found

    def _first_step(self, length: int) -> tuple[float, float]:
        canvas = self.layout.canvas(min(length, self.layout.longest_hole))
        places, initial = canvas.free_positions, self.session.draws.initial
        rows = [canvas.filled(initial([Site(FIRST_STEP + n, place) for place in places])).tokens for n in range(DRAWS)]
        logits = self.predict(rows, [places] * DRAWS, None)
        largest = logits.max(axis=-1) - mx.logsumexp(logits, axis=-1)  # [DRAWS * length] nats
        return float(mx.exp(largest).mean().item()), float(largest.mean().item())

    def _draft(self) -> tuple[int, int]:
        near, behind = self.layout.near_left, self.layout.right[:MEETS]
        free = min(DRAFT + len(behind), self.layout.canvas_length - len(near))
        tokens = (*near, *(self.layout.fill_token,) * free)
        canvas = Canvas(tokens=tokens, free=(False,) * len(near) + (True,) * free)
        *steps, last = denoise(self.predict, canvas, self.session.settings, self.session.draws, DRAFTED)
        meets = [
            sum(token == known for token, known in zip(last.fill[length:], behind, strict=False))
            for length in range(1, free)
        ]
        return 1 + meets.index(max(meets)), len(steps) + 1

    def _once(self, key: tuple[Any, ...], work: Callable[[], tuple[_T, int]]) -> _T:
        self._used.add(key)
        if key not in self._known:
            started = time.perf_counter()
            value, passes = work()
            self._known[key] = value, passes, time.perf_counter() - started
        found: _T = self._known[key][0]
        return found


def _counted(run: Generator[Any, None, _T]) -> tuple[_T, int]:
    """What a run comes to, and its passes."""
    found, events = finish(run)
    return found, sum(isinstance(event, Step) for event in events)
