"""The values that travel from a task through the denoise loop to whoever watches: canvases, steps, filled holes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from dgcli.errors import ArgumentError
from dgcli.platform.arguments import check_whole

_LONGEST = 2**20  # tokens of a canvas: far more than any model's


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """A row of tokens that the denoiser sees at once: some free to settle, the others held as they are.

    The loop starts a free position from noise, or where the schedule begins with less noise, from the token there.

    Raises:
        ArgumentError: there are not as many flags as tokens, or a token is not an id.
    """

    tokens: tuple[int, ...]  # [L]
    free: tuple[bool, ...]  # [L]

    def __post_init__(self) -> None:
        if len(self.tokens) != len(self.free):
            raise ArgumentError(f"A canvas has {len(self.tokens)} tokens but {len(self.free)} free flags.")
        if not all(type(token) is int and token >= 0 for token in self.tokens):
            raise ArgumentError("A canvas has a token that is not an id.")

    @classmethod
    def blank(cls, length: int) -> Canvas:
        """A canvas of which every position is free. Raises ArgumentError where its length is none."""
        check_whole("The length of a canvas", length, 0, _LONGEST)
        return cls(tokens=(0,) * length, free=(True,) * length)

    @property
    def free_positions(self) -> tuple[int, ...]:
        return tuple(position for position, free in enumerate(self.free) if free)

    def filled(self, tokens: Sequence[int]) -> Canvas:
        """The same canvas with `tokens` (one for each free position, in order) in its free positions."""
        if len(tokens) != sum(self.free):
            raise ArgumentError(f"{len(tokens)} tokens do not fill {sum(self.free)} free positions.")
        ids = list(self.tokens)
        for position, token in zip(self.free_positions, tokens, strict=True):
            ids[position] = token
        return Canvas(tokens=tuple(ids), free=self.free)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The document of a run, before its first canvas: `parts` of text with a hole between each and the next."""

    parts: tuple[str, ...]
    marks: tuple[str, ...]  # what stands in the holes at first; one less than `parts`
    rewrites: bool = False  # the holes are blocks of prose, and what stands in them is rewritten

    def __post_init__(self) -> None:
        if len(self.parts) != len(self.marks) + 1:
            raise ArgumentError(f"{len(self.parts)} parts do not go around {len(self.marks)} holes.")


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What a hole came to, as it stands in the document."""

    hole: int  # counted from 1
    text: str
    canvas: int | None = None  # the canvas that it comes from; None if from none


@dataclass(frozen=True, kw_only=True)
class CanvasStart:
    """Announces a canvas before its first step."""

    canvas: int
    role: str  # "answer", or "candidate": one of several for a hole
    prompt: tuple[int, ...]  # every id in the encoder's cache
    width: int
    hole: int = 1  # which hole of the document, counted from 1
    holes: int = 1
    forbidden: tuple[int, ...] = ()  # ids that may not be proposed here
    place: tuple[int, int] | None = None  # positions that stand in the hole; None: from the first free to the last


@dataclass(frozen=True, kw_only=True)
class Step:
    """One denoising step of one canvas. Held positions repeat their token, are never accepted, and have entropy 0."""

    canvas: int
    step: int  # 1 … of
    of: int
    temperature: float
    input: tuple[int, ...]  # [L] what the denoiser read
    sampled: tuple[int, ...]  # [L]
    argmax: tuple[int, ...]  # [L]
    accepted: tuple[bool, ...]  # [L]
    entropy: tuple[float, ...]  # [L] nats, of the temperature-divided distribution
    free: tuple[bool, ...]  # [L]
    next_input: tuple[int, ...]  # [L] what the denoiser reads next, if another step follows
    settled: bool  # the stop rule fired at this step
    seconds: float = 0.0  # its share of the batch's step
    sampling: float = 0.0  # of these: drawing tokens and accepting them, after the network

    @property
    def remaining(self) -> int:
        """Steps remaining, this one included: N … 1."""
        return self.of - self.step + 1

    @property
    def last(self) -> bool:
        return self.settled or self.step == self.of

    @property
    def mean_entropy(self) -> float:
        """Mean entropy of the free positions in nats; 0 where nothing is free."""
        free = [entropy for entropy, is_free in zip(self.entropy, self.free, strict=True) if is_free]
        return sum(free) / len(free) if free else 0.0

    @property
    def fill(self) -> tuple[int, ...]:
        """The argmax tokens of the free positions: what the canvas says if it ends here."""
        return tuple(token for token, is_free in zip(self.argmax, self.free, strict=True) if is_free)


@dataclass(frozen=True, kw_only=True)
class Focus:
    """The part of a hole that is worked on from now on. The hole holds all three texts, one after the other."""

    hole: int  # counted from 1
    holes: int
    before: str  # what comes before it in the hole, done already
    old: str  # what stands there until now
    behind: str


class Doing(Enum):
    """What is done with a text that is tried."""

    WRITING = "writing"  # it is as far as the encoder has written it
    JUDGING = "judging"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One of several texts that are tried in the hole at hand while nothing is denoised."""

    text: str
    doing: Doing
    which: int  # 1 … count
    count: int


Event = Draft | Focus | CanvasStart | Step | Trial | Filled  # what a task yields; it returns its result
Show = Callable[[Event], None]  # whoever watches
