"""One hole: several lengths are probed briefly, the best denoised to the end, and judged by the causal encoder."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from dgcli.canvas import Canvas, CanvasStart, Step
from dgcli.diffusion import Predict, denoise_rows
from dgcli.settings import DenoiseSettings
from dgcli.tasks.engine import Cache, Restricted, Session
from dgcli.tasks.layout import Gap, GapLayout
from dgcli.tasks.length import lengths_to_try

PROBE_STEPS = 4  # enough to see which lengths suit a hole
FINALISTS = 2  # lengths that are denoised to the end
SUFFIX_TOKENS = 16  # of the text behind a hole that judge its fill
FILL_WEIGHT = 1.0  # of the fill's own mean log-probability beside theirs


@dataclass(frozen=True)
class Candidate:
    canvas: int
    ids: tuple[int, ...]
    score: float
    converged: bool


@dataclass(frozen=True)
class Outcome:
    """What one hole came to, and what it used up."""

    ranked: tuple[Candidate, ...]  # different fills, the best first; at least one
    canvases: int
    steps: int


@dataclass(frozen=True)
class Hole:
    """One hole on its way: probe several lengths briefly, denoise the best to the end, keep the best of those."""

    session: Session
    gap: Gap
    layout: GapLayout
    number: int
    holes: int
    first_canvas: int

    def settle(
        self, wanted: int = 1, lengths: tuple[int, ...] | None = None
    ) -> Generator[CanvasStart | Step, None, Outcome]:
        """Rank the candidates for this hole, `wanted` different ones if as many rounds of noise give them.

        `lengths` in tokens are tried in place of those that the document suggests.
        """
        engine, tokenizer, settings = self.session.engine, self.session.chat.tokenizer, self.session.settings
        cache = engine.encode(self.layout.prompt)
        judge = engine.encode(self.layout.near_left, cache) if self.layout.near_left else cache
        forbidden = self._forbidden()
        denoise = partial(
            self._denoise,
            forbidden=tuple(sorted(forbidden)),
            predict=Restricted.without(engine.predictor(cache), forbidden, engine.vocab_size),
            judge=judge,
        )
        lengths = lengths_to_try(self.gap, self.layout, tokenizer) if lengths is None else lengths
        canvases = steps = 0
        if len(lengths) > FINALISTS:
            brief = replace(settings, max_steps=min(PROBE_STEPS, settings.max_steps))
            probes, steps = yield from denoise(lengths, self.first_canvas, role="probe", settings=brief)
            canvases = len(lengths)
            ranked = sorted(range(len(lengths)), key=lambda row: -probes[row].score)
            lengths = tuple(sorted(lengths[row] for row in ranked[:FINALISTS]))
        found: dict[tuple[int, ...], Candidate] = {}
        for _ in range(wanted):
            finalists, more = yield from denoise(
                lengths, self.first_canvas + canvases, role="candidate", settings=settings
            )
            canvases += len(lengths)
            steps += more
            found.update((candidate.ids, candidate) for candidate in finalists if candidate.ids not in found)
            if len(found) >= wanted:
                break
        best_first = sorted(found.values(), key=lambda candidate: -candidate.score)
        return Outcome(ranked=tuple(best_first), canvases=canvases, steps=steps)

    def _denoise(
        self,
        lengths: Sequence[int],
        first_canvas: int,
        *,
        role: str,
        settings: DenoiseSettings,
        forbidden: tuple[int, ...],
        predict: Predict,
        judge: Cache,
    ) -> Generator[CanvasStart | Step, None, tuple[tuple[Candidate, ...], int]]:
        """Denoise a hole of each length as one batch: the candidates in order, and the steps that the batch took."""
        width = max(self.layout.width(length) for length in lengths)
        canvases: dict[int, Canvas] = {}
        for index, length in enumerate(lengths, first_canvas):
            canvases[index] = self.layout.canvas(length, width)
            yield CanvasStart(
                canvas=index,
                role=role,
                prompt=self.layout.prompt,
                width=width,
                hole=self.number,
                holes=self.holes,
                forbidden=forbidden,
            )
        last: dict[int, Step] = {}
        for steps in denoise_rows(predict, canvases, settings, self.session.draws):
            for step in steps:
                last[step.canvas] = step
                yield step
        ids = [last[index].fill for index in canvases]
        candidates = tuple(
            Candidate(index, fill, score, last[index].settled)
            for index, fill, score in zip(canvases, ids, self._score(ids, judge), strict=True)
        )
        return candidates, max(step.step for step in last.values())

    def _forbidden(self) -> frozenset[int]:
        """What a fill may not hold: control tokens, and where text stands on the hole's line, the end of the line."""
        tokenizer = self.session.chat.tokenizer
        return tokenizer.control | (tokenizer.line_breaking if self.gap.inline else frozenset())

    def _score(self, fills: Sequence[tuple[int, ...]], judge: Cache) -> list[float]:
        suffix = self.layout.right[:SUFFIX_TOKENS]
        rows = self.session.engine.score([(*fill, *suffix) for fill in fills], judge)
        return [
            sum(row[len(fill) : len(fill) + len(suffix)]) + FILL_WEIGHT * sum(row[: len(fill)]) / len(fill)
            for fill, row in zip(fills, rows, strict=True)
        ]
