"""Examples for the denoiser: text that the encoder has read, and a canvas with holes in the text behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BEGIN, NOISE, PAD = 0, 15, 16  # `<|endoftext|>`; `<jupyter_script>` and `<empty_output>` of the base, unused in chat
PREFIXES = (16, 32, 48, 64, 96, 160)  # tokens that the encoder reads
CANVASES = (32, 48, 64)
TWICE = 2  # canvases of one stretch, with other holes: the encoder reads what stands before them once


@dataclass(frozen=True)
class Batch:
    """Rows of one shape."""

    prefix: np.ndarray  # [B / R, P], read once for R canvases in a row
    canvas: np.ndarray  # [B, C], noised
    target: np.ndarray  # [B, C], what belongs there
    noised: np.ndarray  # [B, C]


@dataclass(frozen=True)
class Texts:
    """Packed texts, and how often each source is drawn."""

    tokens: np.ndarray
    start: np.ndarray
    length: np.ndarray
    of_source: tuple[np.ndarray, ...]  # indices of its texts
    shares: np.ndarray

    def stretch(self, rng: np.random.Generator, length: int) -> np.ndarray:
        """Some tokens in a row, behind the sign that a text begins; a text that is too short goes on with another."""
        found = [np.array([BEGIN])]
        room = length - 1
        while room > 0:
            texts = self.of_source[rng.choice(len(self.shares), p=self.shares)]
            weights = self.length[texts]
            text = texts[np.searchsorted(np.cumsum(weights), rng.integers(weights.sum()), side="right")]
            late = max(0, int(self.length[text]) - length)
            begin = int(self.start[text]) + (0 if rng.random() < 0.2 else int(rng.integers(late + 1)))
            end = int(self.start[text] + self.length[text])
            found += [self.tokens[begin : min(end, begin + room)].astype(np.int64), np.array([BEGIN])]
            room -= len(found[-2]) + 1
        return np.concatenate(found)[:length]


def shape_of(rng: np.random.Generator) -> tuple[int, int]:
    """Tokens of the prefix and of the canvas of a batch."""
    return int(rng.choice(PREFIXES)), int(rng.choice(CANVASES))


def batch(
    texts: Texts, rng: np.random.Generator, rows: int, *, shape: tuple[int, int], hole: int | None = None
) -> Batch:
    """`rows` canvases with one to three holes, or with one of `hole` tokens that is all noise."""
    prefix_length, canvas_length = shape
    each = 1 if hole else TWICE
    prefix = np.empty((rows // each, prefix_length), np.int64)
    canvas = np.empty((rows, canvas_length), np.int64)
    target, noised = canvas.copy(), np.zeros((rows, canvas_length), bool)
    for row in range(rows):
        if row % each == 0:
            text = texts.stretch(rng, prefix_length + canvas_length)
            prefix[row // each] = text[:prefix_length]
        target[row], noised[row] = (
            _one_hole(text[prefix_length:], rng, hole) if hole else _holes(text[prefix_length:], rng)
        )
        canvas[row] = np.where(noised[row], NOISE, target[row])
    return Batch(prefix, canvas, target, noised)


def _one_hole(text: np.ndarray, rng: np.random.Generator, length: int) -> tuple[np.ndarray, np.ndarray]:
    noised = np.zeros(len(text), bool)
    start = int(rng.integers(1, len(text) - length - 4))
    noised[start : start + length] = True
    return text, noised


def _holes(text: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The text with holes, a third of them with padding behind what belongs there."""
    parts: list[tuple[np.ndarray, bool]] = []  # tokens, and whether they are a hole
    done = 0
    room = len(text)
    holes = int(rng.choice((1, 2, 3), p=(0.35, 0.35, 0.3)))
    for number in range(holes):
        length = int(min(24, 1 + rng.geometric(0.13)))
        extra = int(rng.integers(1, 3 + length)) if rng.random() < 0.33 else 0
        later = (room - (holes - number - 1) * 4) // (holes - number)
        if later < length + extra + 5:
            length, extra = max(1, min(length, later - 5)), 0
        start = done + int(rng.integers(1, max(2, later - length - extra - 2)))
        padding = np.full(extra, PAD)
        parts += [(text[done:start], False), (np.concatenate([text[start : start + length], padding]), True)]
        room -= start - done + length + extra
        done = start + length
    parts.append((text[done:], False))
    target = np.concatenate([part for part, _ in parts])[: len(text)]
    noised = np.concatenate([_noise(len(part), rng) if hole else np.zeros(len(part), bool) for part, hole in parts])
    noised = noised[: len(text)]
    noised[0] = False
    if not noised.any():
        noised[len(text) // 2] = True
    return target, noised


def _noise(length: int, rng: np.random.Generator) -> np.ndarray:
    """Which tokens of a hole are noise: all of them, or as many as a level between says."""
    return rng.random(length) < (1.0 if rng.random() < 0.5 else rng.random())
