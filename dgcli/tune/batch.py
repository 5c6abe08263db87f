"""Examples of several lengths as arrays, to be computed at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dgcli.checkpoint.config import ModelConfig
from dgcli.platform.backend import mx
from dgcli.tune.example import UNCHANGED, Example
from dgcli.tune.noise import Noised


@dataclass(frozen=True, eq=False)
class Targets:
    """Tokens that are to be predicted, F of them, and the states that predict them."""

    states: mx.array  # [F], indices into the states [B * L] of the stream
    before: mx.array | None  # [F], indices into the encoder's [B * P] where that is the state, else -1; None: nowhere
    wanted: mx.array  # [F], ids
    places: mx.array  # [F], indices of the tokens themselves into [B * L]


@dataclass(frozen=True, eq=False)
class Canvases:
    """What the denoiser reads: all canvases of each row, one behind the other."""

    ids: mx.array  # [B, D], noised; what is beyond the end of a row's turn is not seen by what is not
    places: mx.array  # [B, D], positions in the text
    starts: mx.array  # [B, D], the position at which each token's own canvas begins
    ends: mx.array  # [B, 1], the position behind the turn
    end: int  # the last of `places`, and one
    read: int  # positions of the encoder that the denoiser may see, at most; those that are shared are among them
    learned: Targets
    free: Targets  # all that are not held


@dataclass(frozen=True, eq=False)
class Batch:
    """B rows: the clean text that the encoder reads, and the canvases of the denoiser.

    What all rows begin with is read once, and all of it is before the first state that predicts a token.
    """

    shared: mx.array = field(repr=False)  # [1, S]
    clean: mx.array = field(repr=False)  # [B, P], from position S on
    canvases: Canvases | None = field(repr=False)  # None: the denoiser does not learn
    written: Targets | None = field(repr=False)  # of the encoder; None: it does not learn
    tokens: int  # computed for both
    unchanged: bool = False  # the aim of all rows is what the model believed before


def make_batch(
    config: ModelConfig, examples: Sequence[Example], noised: Sequence[Noised] | None, *, encoder: bool, every: bool
) -> Batch:
    """Arrays of examples [B] of one kind, and their noised turns where the denoiser learns.

    `encoder`: whether that learns.
    `every`: the denoiser's loss counts all tokens that are not held, not only those that are noise.
    """
    read = max(last_start(each, config.canvas_length) for each in examples) if noised is not None else 0
    length = max(read, max(len(each.ids) for each in examples) - 1 if encoder else 0)
    start = shared_length(examples)
    shared = mx.array([examples[0].ids[:start]], dtype=mx.int32)
    clean = mx.array([_padded(each.ids[start:], length - start) for each in examples], dtype=mx.int32)
    written = _written(examples, start, length - start) if encoder else None
    unchanged = examples[0].kind == UNCHANGED
    if noised is None:
        return Batch(shared, clean, None, written, start + clean.size, unchanged)
    width = max(len(each.canvas) for each in noised)
    steps = mx.arange(width)[None]  # [1, D]
    given = mx.array([[each.given] for each in examples], dtype=mx.int32)  # [B, 1]
    told = _Told(config, examples, width, start, length - start)
    free = [[index - each.given for index in each.learned] for each in examples]
    canvases = Canvases(
        ids=mx.array([_padded(each.canvas, width) for each in noised], dtype=mx.int32),
        places=given + steps,
        starts=given + steps // config.canvas_length * config.canvas_length,
        ends=mx.array([[len(each.ids)] for each in examples], dtype=mx.int32),
        end=max(each.given for each in examples) + width,
        read=read,
        learned=told.of(free if every else [each.noised for each in noised]),
        free=told.of(free),
    )
    return Batch(shared, clean, canvases, written, start + clean.size + canvases.ids.size, unchanged)


@dataclass(frozen=True)
class _Told:
    """Which states of a batch predict the tokens of its turns."""

    config: ModelConfig
    examples: Sequence[Example]
    width: int  # D
    start: int  # S
    length: int  # P

    def of(self, places: Sequence[Sequence[int]]) -> Targets:
        """For places in the turn of each row. With a shifted head the state before a canvas is the encoder's."""
        shift = self.config.head_shift
        found = [(row, place) for row, own in enumerate(places) for place in own]
        first = [place % self.config.canvas_length < shift for _, place in found]
        skipped = self.start + shift
        begins = [row * self.length + self.examples[row].given + place - skipped for row, place in found]
        before = [begin if is_first else -1 for begin, is_first in zip(begins, first, strict=True)]
        return Targets(
            states=_array([row * self.width + max(place - shift, 0) for row, place in found]),
            before=_array(before) if any(first) else None,
            wanted=_array([self.examples[row].ids[self.examples[row].given + place] for row, place in found]),
            places=_array([row * self.width + place for row, place in found]),
        )


def _written(examples: Sequence[Example], start: int, length: int) -> Targets:
    """What the encoder predicts: all tokens that are not given and not held, each by the state before it."""
    found = [(row, index, each.ids[index]) for row, each in enumerate(examples) for index in each.learned]
    places = [row * length + index - start for row, index, _ in found]
    return Targets(
        _array([place - 1 for place in places]), None, _array([token for *_, token in found]), _array(places)
    )


def shared_length(examples: Sequence[Example]) -> int:
    """Tokens that all examples begin with, all of them before the last one that is given; 0 for a single example."""
    if len(examples) == 1:
        return 0
    longest = min(each.given for each in examples) - 1
    rows = zip(*(each.ids[:longest] for each in examples), strict=True)
    return next((index for index, tokens in enumerate(rows) if len(set(tokens)) > 1), longest)


def last_start(example: Example, canvas_length: int) -> int:
    """The position at which its last canvas begins: what stands before it is read."""
    turn = len(example.ids) - example.given
    return example.given + (turn - 1) // canvas_length * canvas_length


def _padded(ids: Sequence[int], length: int) -> list[int]:
    return [*ids[:length], *(0,) * (length - len(ids))]


def _array(values: list[int]) -> mx.array:
    return mx.array(values, dtype=mx.int32)
