"""Training examples: what the encoder reads, the canvas as it should be, and the canvas as the denoiser sees it.

Stage `language` takes bare stretches of text: a prefix for the encoder, a canvas for the denoiser. Stage `tasks` lays
prompts and canvases out as the command line does, by calling its code (see `tasks.py`). In both, either the whole
canvas is noised at one level, or only its holes are while the text around them is clean, as when a hole is filled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from pack import Packed

_T = TypeVar("_T")

PAD, EOS, BOS = 0, 1, 2
READ_ALONE = 0.8  # share of the batches of bare text
REPEATED = 0.12  # share of the rows to read that say stretches of a text again
READ_WIDTH = 255  # with the begin token a multiple of 32, as are most prefixes: products are faster so
PREFIXES = {1: 0.25, 31: 0.3, 63: 0.2, 127: 0.15, 159: 0.1}  # no 0: a width of one token is compiled apart
SHUFFLED = 0.5  # share of these whose words are in no order, so that only what was said before tells what comes
HOLE_WEIGHT = 2.0  # a position in a hole against one of a canvas noised throughout, of which most are easy


@dataclass(frozen=True)
class Batch:
    """Arrays of one step. Prompts are padded on the right; `weight` is each canvas position's part in the loss."""

    prompt: np.ndarray  # [B, P]
    prompt_length: np.ndarray  # [B]
    target: np.ndarray  # [B, C]
    canvas: np.ndarray  # [B, C]
    weight: np.ndarray  # [B, C]
    held: np.ndarray  # [B, C] whether the position is known to be right

    @property
    def tokens(self) -> int:
        """How many are read."""
        return int(self.prompt_length.sum()) + self.target.size


class Sampler:
    """Draws texts: a source by its share in the mixture, then a text of it by its length."""

    def __init__(self, packed: Packed, held_out: bool = False):
        self.packed = packed
        self.held_out = held_out
        self._eligible: dict[int, tuple[np.ndarray, dict[int, tuple[np.ndarray, np.ndarray]]]] = {}

    def draw(self, rng: np.random.Generator, shortest: int) -> np.ndarray:
        """A text of at least `shortest` tokens."""
        return self.draw_from(rng, shortest)[1]

    def draw_from(self, rng: np.random.Generator, shortest: int, source: int | None = None) -> tuple[int, np.ndarray]:
        """A source, drawn too unless it is given, and a text of it of at least `shortest` tokens."""
        shares, sources = self._tables(shortest)
        if source not in sources:
            source = list(sources)[np.searchsorted(shares, rng.random(), side="right")]
        numbers, cumulative = sources[source]
        return source, self.packed.text(int(numbers[np.searchsorted(cumulative, rng.random(), side="right")]))

    def _tables(self, shortest: int) -> tuple[np.ndarray, dict[int, tuple[np.ndarray, np.ndarray]]]:
        if shortest not in self._eligible:
            packed = self.packed
            usable = (packed.length >= shortest) & (packed.held_out == self.held_out)
            shares, sources = [], {}
            for source in range(len(packed.names)):
                numbers = np.flatnonzero(usable & (packed.source == source))
                if len(numbers):
                    weights = packed.length[numbers].cumsum()
                    sources[source] = (numbers, weights / weights[-1])
                    shares.append(packed.shares[source])
            self._eligible[shortest] = (np.cumsum(shares) / np.sum(shares), sources)
        return self._eligible[shortest]


def language(
    sampler: Sampler, shapes: np.random.Generator, rng: np.random.Generator, size: int, vocabulary: int
) -> Batch:
    """Stretches of text, of widths that `shapes` draws once a batch: only the ends of short texts are padded.

    A share of the batches is read by the encoder alone: every token then carries loss, at half the cost.
    """
    if shapes.random() < READ_ALONE:
        return reading(sampler, rng, size, READ_WIDTH)
    prefix = int(shapes.choice(list(PREFIXES), p=list(PREFIXES.values())))
    width = int(shapes.choice([96, 112, 128]))
    prompt = np.full((size, prefix + 1), BOS, dtype=np.int64)
    target = np.full((size, width), EOS, dtype=np.int64)
    for row in range(size):
        text = sampler.draw(rng, prefix + 48)
        spare = max(len(text) - prefix - width, 0)
        start = int(rng.integers(spare + 1))
        prompt[row, 1:] = text[start : start + prefix]
        stretch = text[start + prefix : start + prefix + width]
        target[row, : len(stretch)] = stretch
    canvas, weight, held = target.copy(), np.ones(target.shape, np.float32), np.zeros(target.shape, bool)
    for row in range(size):
        if rng.random() < 0.3:
            canvas[row] = noise(rng, target[row], rng.random(), vocabulary)
            weight[row] = np.where(target[row] == EOS, 0.1, 1.0)
        else:
            mean = float(rng.choice([1.5, 3, 6, 12, 24], p=[0.3, 0.3, 0.2, 0.12, 0.08]))
            free = spans(rng, width, rng.uniform(0.1, 0.6), mean)
            weight[row], held[row] = HOLE_WEIGHT * free, ~free
            canvas[row, free] = noise(rng, target[row, free], hole_level(rng), vocabulary)
    return Batch(prompt, np.full(size, prefix + 1), target, canvas, weight, held)


def reading(sampler: Sampler, rng: np.random.Generator, size: int, width: int) -> Batch:
    """Texts one after another for the encoder, parted by the begin token; the canvas is empty."""
    prompt = np.full((size, width + 1), BOS, dtype=np.int64)
    for row in range(size):
        if rng.random() < REPEATED:
            prompt[row, 1:] = repeated(rng, sampler.draw(rng, width), width)
            continue
        end = 1
        while end < width + 1:
            text = sampler.draw(rng, 16)
            start = int(rng.integers(max(len(text) - (width + 1 - end), 0) + 1))
            stretch = text[start : start + width + 1 - end]
            prompt[row, end : end + len(stretch)] = stretch
            end += len(stretch) + 1
    empty = np.zeros((size, 0), dtype=np.int64)
    length = np.full(size, width + 1)
    return Batch(prompt, length, empty, empty, empty.astype(np.float32), empty.astype(bool))


def repeated(rng: np.random.Generator, text: np.ndarray, width: int) -> np.ndarray:
    """So many tokens: stretches of a text, half of the time one that was there before.

    That what followed a word once may follow it again, models find out by themselves only after billions of tokens
    (induction heads; Olsson and others, 2022, arXiv 2209.11895). Without that they see no topic and no name.
    """
    start = int(rng.integers(len(text) - width + 1))
    text = text[start : start + width]
    if rng.random() < SHUFFLED:
        text = rng.permutation(text)
    said: list[np.ndarray] = []
    row: list[np.ndarray] = []
    new = 0  # place in the text of what was not said yet
    while sum(map(len, row)) < width:
        if said and rng.random() < 0.5:
            row.append(said[int(rng.integers(len(said)))])
        else:
            said.append(text[new : new + int(rng.integers(3, 25))])
            new += len(said[-1])
            row.append(said[-1])
    return np.concatenate(row)[:width]


def noise(rng: np.random.Generator, tokens: np.ndarray, level: float, vocabulary: int) -> np.ndarray:
    """The tokens, each replaced by a uniformly random one with probability `level`."""
    return np.where(rng.random(tokens.shape) < level, rng.integers(vocabulary, size=tokens.shape), tokens)


def hole_level(rng: np.random.Generator) -> float:
    """Noise level inside holes: nothing known yet, or some of it settled."""
    return 1.0 if rng.random() < 0.6 else float(rng.random())


def spans(rng: np.random.Generator, width: int, share: float, mean: float) -> np.ndarray:
    """Random holes of about `mean` tokens that cover about `share` of `width` positions, and at least one of them."""
    free = np.zeros(width, bool)
    while free.sum() < max(1, share * width):
        start = int(rng.integers(width))
        free[start : start + int(rng.geometric(1 / mean))] = True
    return free


def collect(size: int, make: Callable[[], _T | None]) -> list[_T]:
    """So many examples; texts that do not suit are passed over."""
    examples: list[_T] = []
    while len(examples) < size:
        example = make()
        if example is not None:
            examples.append(example)
    return examples


def padded_rows(rows: Sequence[Sequence[int] | np.ndarray], padding: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of tokens as one table, padded on the right, [B, T], and their lengths, [B]."""
    length = np.array([len(row) for row in rows])
    table = np.full((len(rows), length.max()), padding, dtype=np.int64)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    return table, length
