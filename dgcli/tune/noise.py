"""What the denoiser reads in the place of the text that it is to write."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from dgcli.tune.example import Example
from dgcli.tune.plan import LEAST_LEVEL

_ALL = 0.5  # the share of canvases that are all noise, where noise has a token of its own


@dataclass(frozen=True)
class Noised:
    """The turn of an example [D], with noise."""

    canvas: tuple[int, ...]  # [D]
    noised: tuple[int, ...]  # indices into the turn, ascending; at least one


@dataclass(frozen=True)
class Noise:
    """How a checkpoint's canvases are noised: by tokens of its vocabulary, or by one of its own."""

    canvas_length: int
    vocab_size: int
    token: int | None

    def __call__(self, example: Example, numbers: Random) -> Noised:
        """Each canvas has a level of its own, and each of its tokens that are not held is noise with that chance.

        Any token may stand for noise where it has none of its own, also the one that was there.
        """
        turn = example.ids[example.given :]
        free = [index - example.given for index in example.learned]
        levels = [self._level(numbers) for _ in range(0, len(turn), self.canvas_length)]
        noised = [index for index in free if numbers.random() < levels[index // self.canvas_length]]
        noised = noised or [numbers.choice(free)]
        canvas = list(turn)
        for index in noised:
            canvas[index] = numbers.randrange(self.vocab_size) if self.token is None else self.token
        return Noised(tuple(canvas), tuple(noised))

    def _level(self, numbers: Random) -> float:
        if self.token is not None and numbers.random() < _ALL:
            return 1.0
        return numbers.uniform(LEAST_LEVEL, 1.0)
