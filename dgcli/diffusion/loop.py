"""The denoise loop: canvases in, a stream of frozen steps out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from dgcli.diffusion.belief import believe
from dgcli.diffusion.denoise_settings import DenoiseSettings
from dgcli.diffusion.draws import Draws, Site
from dgcli.diffusion.own_token import OwnToken
from dgcli.diffusion.predict import Predict, unfinished
from dgcli.diffusion.sampler import Guess, Move, Standing
from dgcli.events import Canvas, Step
from dgcli.platform.backend import mx

_T = TypeVar("_T")


def denoise(
    predict: Predict, canvas: Canvas, settings: DenoiseSettings, draws: Draws, index: int = 0
) -> Iterator[Step]:
    """Denoise one canvas; its noise depends on `index`, its number in the run. The last step has `last` set.

    Raises:
        ModelError: the logits are not finite numbers.
    """
    for steps in denoise_rows(predict, {index: canvas}, settings, draws):
        yield from steps


def denoise_rows(
    predict: Predict, canvases: dict[int, Canvas], settings: DenoiseSettings, draws: Draws
) -> Iterator[tuple[Step, ...]]:
    """Denoise several canvases of one width as one batch, each as it would go by itself.

    Args:
        canvases: by their number in the run. Free positions start from their own tokens, of which noise replaces the
            schedule's share, usually all; held ones are never written.

    Yields:
        For each step, the steps of the canvases that were not finished before, in the order of `canvases`.

    Raises:
        ModelError: the logits are not finite numbers.
    """
    schedule = settings.schedule
    rows = [_Row.begin(index, canvas, schedule.noise, draws) for index, canvas in canvases.items() if any(canvas.free)]
    previous: mx.array | None = None
    for number in range(1, schedule.steps + 1):
        if not rows:
            return
        started = time.perf_counter()
        free = [row.canvas.free_positions for row in rows]
        logits = unfinished(predict, [row.tokens for row in rows], free, previous)  # [F, V]
        previous = None  # here and below, what is as large goes as soon as it can
        now = [row.standing(number, schedule.steps) for row in rows]
        belief = believe(
            logits,
            schedule.temperature(schedule.steps - number + 1),
            _own(settings.own_token, now),
            partial(_sample, draws, number, [site for row in rows for site in row.sites]),
        )
        del logits
        steps: list[Step] = []
        start = 0
        for row, standing in zip(rows, now, strict=True):
            end = start + len(row.sites)
            guess = Guess(
                belief.sampled[start:end],
                belief.argmax[start:end],
                belief.entropy[start:end],
                belief.probability[start:end],
            )
            move = settings.sampler.move(standing, guess, row.noised(draws.noise(number, row.sites)))
            steps.append(_step(row, number, guess, move, settings))
            start = end
        previous = _surviving(belief.probability, rows, steps)
        ended, known_at = time.perf_counter(), belief.known_at
        del belief, guess
        seconds, sampling = (ended - started) / len(rows), (ended - known_at) / len(rows)
        yield tuple(replace(step, seconds=seconds, sampling=sampling) for step in steps)
        rows = [row.after(step) for row, step in zip(rows, steps, strict=True) if not step.last]


@dataclass(frozen=True)
class _Row:
    """A canvas on its way: what the denoiser reads next, what is accepted, and how long its argmax stood still."""

    index: int
    canvas: Canvas
    sites: tuple[Site, ...]  # [F]
    replaced: tuple[bool, ...]  # [F] where noise stands in place of the canvas's own token
    tokens: tuple[int, ...] = ()  # [L]
    accepted: tuple[bool, ...] = ()  # [F]
    fill: tuple[int, ...] = ()  # [F] the argmax of the last step
    still: int = 0  # steps before that one that had the same

    @classmethod
    def begin(cls, index: int, canvas: Canvas, noise: float, draws: Draws) -> _Row:
        """A canvas of which noise replaces such a share of the free tokens."""
        sites = tuple(Site(index, position) for position in canvas.free_positions)
        replaced = (True,) * len(sites)
        if noise < 1:
            chosen = draws.sample(0, sites, mx.array([[1 - noise, noise]] * len(sites)))
            replaced = tuple(map(bool, chosen))
        row = cls(index=index, canvas=canvas, sites=sites, replaced=replaced, accepted=(False,) * len(sites))
        return replace(row, tokens=canvas.filled(row.noised(draws.initial(sites))).tokens)

    def noised(self, noise: Sequence[int]) -> list[int]:
        """The canvas's own tokens [F] with noise in the places that it replaces, the same ones at every step.

        So where the denoiser is not sure, most of a given text comes back. With noise in all places, what is not
        accepted at the first step would be lost.
        """
        own = (self.canvas.tokens[site.position] for site in self.sites)
        return [fresh if new else token for token, fresh, new in zip(own, noise, self.replaced, strict=True)]

    def standing(self, number: int, of: int) -> Standing:
        """What the free positions hold when step `number` begins."""
        tokens = tuple(self.tokens[site.position] for site in self.sites)
        return Standing(number, of, self.sites, tokens, self.accepted, width=len(self.tokens))

    def still_with(self, fill: tuple[int, ...]) -> int:
        """How many steps right before one with this argmax had the same."""
        return self.still + 1 if fill == self.fill else 0

    def after(self, step: Step) -> _Row:
        """The canvas as the next step finds it."""
        accepted = tuple(step.accepted[site.position] for site in self.sites)
        fill = step.fill
        return replace(self, tokens=step.next_input, accepted=accepted, fill=fill, still=self.still_with(fill))


def _sample(draws: Draws, number: int, sites: Sequence[Site], which: range, probability: mx.array) -> Sequence[int]:
    """Tokens [N] drawn from rows [N, V], which are those of some of the sites."""
    return draws.sample(number, sites[which.start : which.stop], probability)


def _own(own_token: OwnToken, now: Sequence[Standing]) -> list[tuple[int, float]] | None:
    """The own token of each position [F], and the nats that are taken back of it; None: nothing is."""
    found = [own_token.discount(standing) for standing in now]
    if not any(found):
        return None
    tokens = [token for standing in now for token in standing.tokens]
    nats = [nats for standing, one in zip(now, found, strict=True) for nats in one or (0.0,) * len(standing.tokens)]
    return list(zip(tokens, nats, strict=True))


def _step(row: _Row, number: int, guess: Guess, move: Move, settings: DenoiseSettings) -> Step:
    """The record of one canvas at step `number`; `guess` and `move` are of its free positions."""
    canvas, positions, steps = row.canvas, row.canvas.free_positions, settings.schedule.steps
    step = Step(
        canvas=row.index,
        step=number,
        of=steps,
        temperature=settings.schedule.temperature(steps - number + 1),
        input=row.tokens,
        sampled=canvas.filled(guess.sampled).tokens,
        argmax=canvas.filled(guess.argmax).tokens,
        accepted=_spread(positions, move.accepted, False, len(row.tokens)),
        entropy=_spread(positions, guess.entropy, 0.0, len(row.tokens)),
        free=canvas.free,
        next_input=canvas.filled(move.tokens).tokens,
        settled=False,
    )
    return replace(step, settled=settings.stopping.settled(step, row.still_with(step.fill)))


def _spread(positions: Sequence[int], values: Sequence[_T], default: _T, length: int) -> tuple[_T, ...]:
    """`values` at `positions`, `default` elsewhere."""
    spread = [default] * length
    for position, value in zip(positions, values, strict=True):
        spread[position] = value
    return tuple(spread)


def _surviving(probability: mx.array, rows: Sequence[_Row], steps: Sequence[Step]) -> mx.array:
    """The rows of `probability` [F, V] that belong to canvases which go on."""
    if not any(step.last for step in steps):
        return probability
    kept: list[int] = []
    start = 0
    for row, step in zip(rows, steps, strict=True):
        end = start + len(row.sites)
        kept += [] if step.last else range(start, end)
        start = end
    return probability[mx.array(kept, dtype=mx.int32)]
