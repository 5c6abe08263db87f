"""The denoise loop: canvases in, a stream of frozen steps out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from dgcli.diffusion.belief import believe, discounted
from dgcli.diffusion.draws import Draws, Site
from dgcli.diffusion.samplers import Guess, Move, Sampler, Standing, sampler_of
from dgcli.diffusion.stopping import settled
from dgcli.events import Canvas, Step
from dgcli.platform.backend import mx
from dgcli.settings import DenoiseSettings

_T = TypeVar("_T")


class Predict(Protocol):
    """The denoiser after a prompt."""

    def __call__(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> mx.array:
        """Logits of the free positions.

        Args:
            tokens: a batch of canvases of one width [B, L].
            free: the free positions of each row, ascending; F in all.
            previous: [F, V] the probabilities that the positions got at the step before, at its temperature; None at
                the first step. Held positions are conditioned on their own token.

        Returns:
            [F, V] float32, row after row.
        """
        ...


def denoise(
    predict: Predict, canvas: Canvas, settings: DenoiseSettings, draws: Draws, index: int = 0
) -> Iterator[Step]:
    """Denoise one canvas; its noise depends on `index`, its number in the run. The last step has `last` set."""
    for steps in denoise_rows(predict, {index: canvas}, settings, draws):
        yield from steps


def denoise_rows(
    predict: Predict, canvases: dict[int, Canvas], settings: DenoiseSettings, draws: Draws
) -> Iterator[tuple[Step, ...]]:
    """Denoise several canvases of one width as one batch, each as it would go by itself.

    Args:
        canvases: by their number in the run. Free positions start from noise; held ones are never written.

    Yields:
        For each step, the steps of the canvases that were not finished before, in the order of `canvases`.
    """
    rows = [_Row.begin(index, canvas, draws) for index, canvas in canvases.items()]
    rows = [row for row in rows if row.sites]
    sampler = sampler_of(settings)
    previous: mx.array | None = None
    for number in range(1, settings.max_steps + 1):
        if not rows:
            return
        started = time.perf_counter()
        temperature = settings.temperature(settings.max_steps - number + 1)
        logits = predict([row.tokens for row in rows], [row.canvas.free_positions for row in rows], previous)  # [F, V]
        now = [row.standing(number, settings.max_steps) for row in rows]
        logits = _taken_back(sampler, logits, now)
        belief = believe(logits, temperature)
        sampled = draws.sample(number, [site for row in rows for site in row.sites], belief.probability)
        steps: list[Step] = []
        start = 0
        for row, standing in zip(rows, now, strict=True):
            end = start + len(row.sites)
            guess = Guess(
                sampled[start:end], belief.argmax[start:end], belief.entropy[start:end], belief.probability[start:end]
            )
            steps.append(_step(row, number, guess, sampler.move(standing, guess, draws), settings))
            start = end
        ended = time.perf_counter()
        seconds, sampling = (ended - started) / len(rows), (ended - belief.known_at) / len(rows)
        yield tuple(replace(step, seconds=seconds, sampling=sampling) for step in steps)
        previous = _surviving(belief.probability, rows, steps)
        rows = [row.after(step, settings) for row, step in zip(rows, steps, strict=True) if not step.last]


@dataclass(frozen=True)
class _Row:
    """A canvas on its way: what the denoiser reads next, what of it is accepted, and the argmax of the steps before."""

    index: int
    canvas: Canvas
    tokens: tuple[int, ...]  # [L]
    sites: tuple[Site, ...]
    accepted: tuple[bool, ...]  # [F]
    earlier: tuple[tuple[int, ...], ...] = ()

    @classmethod
    def begin(cls, index: int, canvas: Canvas, draws: Draws) -> _Row:
        sites = tuple(Site(index, position) for position in canvas.free_positions)
        tokens = canvas.filled(draws.initial(sites)).tokens
        return cls(index=index, canvas=canvas, tokens=tokens, sites=sites, accepted=(False,) * len(sites))

    def standing(self, number: int, of: int) -> Standing:
        """What the free positions hold when step `number` begins."""
        positions = self.canvas.free_positions
        tokens = tuple(self.tokens[position] for position in positions)
        return Standing(number, of, self.sites, tokens, self.accepted, held=len(self.tokens) - len(positions))

    def after(self, step: Step, settings: DenoiseSettings) -> _Row:
        earlier = (*self.earlier, step.fill)[-settings.stability_threshold :] if settings.stability_threshold else ()
        accepted = tuple(step.accepted[position] for position in self.canvas.free_positions)
        return replace(self, tokens=step.next_input, accepted=accepted, earlier=earlier)


def _taken_back(sampler: Sampler, logits: mx.array, now: Sequence[Standing]) -> mx.array:
    """The logits [F, V] without what the sampler takes back of the positions' own tokens."""
    found = [sampler.discount(standing, logits.shape[-1]) for standing in now]
    if not any(found):
        return logits
    tokens = [token for standing in now for token in standing.tokens]
    return discounted(logits, tokens, [nats for standing, one in zip(now, found, strict=True) for nats in one or ()])


def _step(row: _Row, number: int, guess: Guess, move: Move, settings: DenoiseSettings) -> Step:
    """The record of one canvas at step `number`; `guess` and `move` are of its free positions."""
    canvas, positions = row.canvas, row.canvas.free_positions
    mean_entropy = sum(guess.entropy) / len(guess.entropy)
    return Step(
        canvas=row.index,
        step=number,
        of=settings.max_steps,
        temperature=settings.temperature(settings.max_steps - number + 1),
        input=row.tokens,
        sampled=canvas.filled(guess.sampled).tokens,
        argmax=canvas.filled(guess.argmax).tokens,
        accepted=_spread(positions, move.accepted, False, len(row.tokens)),
        entropy=_spread(positions, guess.entropy, 0.0, len(row.tokens)),
        free=canvas.free,
        next_input=canvas.filled(move.tokens).tokens,
        settled=move.finished or settled(row.earlier, guess.argmax, mean_entropy, settings),
    )


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
