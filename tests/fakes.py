"""Stand-ins small enough to read: a denoiser that knows its text, draws that were written down."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dgcli.checkpoint.chat_template import Chat
from dgcli.diffusion import DenoiseSettings, PhiloxDraws, Predict, Site
from dgcli.events import Event
from dgcli.platform.backend import mx
from dgcli.tasks.engine import Session

_Result = TypeVar("_Result")


@dataclass
class Oracle:
    """A denoiser that believes in `target` with a confidence that may depend on the step, and writes down its calls."""

    target: Sequence[int]  # [L]
    vocab_size: int
    sharpness: Callable[[int], float] = lambda step: 20.0
    calls: list[tuple[list[list[int]], list[list[int]], bool]] = field(default_factory=list)

    def __call__(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> mx.array:
        self.calls.append(([list(row) for row in tokens], [list(row) for row in free], previous is not None))
        wanted = [self.target[position] for row in free for position in row]
        assert previous is None or previous.shape == (len(wanted), self.vocab_size)
        logits = [
            [self.sharpness(len(self.calls)) * (token == one) for token in range(self.vocab_size)] for one in wanted
        ]
        return mx.array(logits, dtype=mx.float32)


@dataclass(frozen=True)
class RecordedDraws:
    """Draws that repeat a recording: what was sampled at each step, and what the denoiser read at each step."""

    inputs: Sequence[Sequence[int]]  # [steps + 1, L]; what stood before the first step, then after each
    sampled: Sequence[Sequence[int]]  # [steps, L]

    def initial(self, sites: Sequence[Site]) -> Sequence[int]:
        return [self.inputs[0][site.position] for site in sites]

    def sample(self, step: int, sites: Sequence[Site], probabilities: mx.array) -> Sequence[int]:
        return [self.sampled[step - 1][site.position] for site in sites]

    def noise(self, step: int, sites: Sequence[Site]) -> Sequence[int]:
        return [self.inputs[step][site.position] for site in sites]


class Letters:
    """A tokenizer of single characters: ids 0 … 9 are control tokens, everything else is a character."""

    names = (
        "<pad>",
        "<eos>",
        "<bos>",
        "<unk>",
        "<mask>",
        "<|turn>",
        "<turn|>",
        "<|channel>",
        "<channel|>",
        "<|think|>",
    )
    vocab_size = 200
    control = frozenset(range(10))
    unused: frozenset[int] = frozenset()
    line_breaking = frozenset({20})
    spaced: frozenset[int] = frozenset()

    def encode(self, text: str) -> tuple[int, ...]:
        return tuple(10 + ord(character) % 190 for character in text)

    def encode_template(self, text: str) -> tuple[int, ...]:
        return self.encode(text)

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(chr(token - 10) for token in ids if token not in self.control)

    def pieces(self, ids: Sequence[int]) -> tuple[str, ...]:
        return tuple(self.decode([token]) for token in ids)

    def holding(self, strings: Collection[str]) -> frozenset[int]:
        return frozenset(token for token in range(10, self.vocab_size) if self.decode([token]) in strings)

    def named(self, name: str) -> int | None:
        return self.names.index(name) if name in self.names else None

    def head(self, text: str, limit: int) -> str:
        return text[:limit]

    def tail(self, text: str, limit: int) -> str:
        return text[len(text) - limit :] if limit < len(text) else text


class Spaced(Letters):
    """It tells which of its tokens begin a word."""

    spaced = frozenset(Letters().encode(" \n"))


@dataclass(frozen=True)
class Written:
    """A cache of rows that the encoder writes, and how many tokens of each."""

    rows: int
    length: int


@dataclass
class Parrot:
    """An engine that writes `phrase` over and over into whatever is free, and likes holes of `favourite` tokens best.

    After so many tokens as it `writes`, it pads with token 0.
    A cache is the tuple of all ids read so far.
    """

    tokenizer: Letters
    phrase: str = " word"
    favourite: int = 5
    writes: int = 1000
    canvas_length: int = 48
    context_length: int = 64
    max_positions: int = 100_000
    prompts: list[tuple[int, ...]] = field(default_factory=list)

    def encode_rows(self, rows: Sequence[Sequence[int]], cache: Any, continued: Sequence[int] | None = None) -> Any:
        return Written(len(rows), len(rows[0]) + (cache.length if isinstance(cache, Written) else 0))

    def following(self, cache: Any) -> mx.array:
        found = cache if isinstance(cache, Written) else Written(1, 0)
        wanted = self.after(found.length)
        return mx.array([[30.0 * (token == wanted) for token in range(self.vocab_size)]] * found.rows)

    def after(self, length: int) -> int:
        """The token that the encoder writes after so many others."""
        phrase = self.tokenizer.encode(self.phrase)
        return phrase[length % len(phrase)]

    def read(self, ids: Sequence[int], cache: tuple[int, ...]) -> Read:
        raise AssertionError("it does not write from the left")

    @property
    def vocab_size(self) -> int:
        return self.tokenizer.vocab_size

    def encode(self, ids: Sequence[int], cache: tuple[int, ...] | None = None) -> tuple[int, ...]:
        return (*(cache or ()), *ids)

    def predictor(self, cache: tuple[int, ...]) -> Predict:
        self.prompts.append(cache)
        phrase = self.tokenizer.encode(self.phrase)

        def predict(
            tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
        ) -> mx.array:
            assert all(len(row) <= self.canvas_length for row in tokens)
            text = [phrase[index % len(phrase)] if index < self.writes else 0 for index in range(self.canvas_length)]
            wanted = [token for row in free for token in text[: len(row)]]
            return mx.array([[30.0 * (token == one) for token in range(self.vocab_size)] for one in wanted])

        return predict

    def score_rows(self, rows: Sequence[Sequence[int]], cache: tuple[int, ...]) -> list[list[float]]:
        shortest = min(map(len, rows))
        return [[-float(abs(len(row) - shortest - self.favourite + 1))] * len(row) for row in rows]


@dataclass
class Bigrams:
    """An engine whose encoder's next token depends on the last two, and whose denoiser drafts whatever it is told to.

    A cache is the tuple of all ids read so far.
    """

    table: Sequence[Sequence[Sequence[float]]]  # [V, V, V] logits
    drafts: Sequence[int]  # what the denoiser believes at each place of a canvas, over and over
    canvas_length: int = 12
    context_length: int = 64
    max_positions: int = 100_000
    passes: int = 0

    @property
    def vocab_size(self) -> int:
        return len(self.table)

    def encode(self, ids: Sequence[int], cache: tuple[int, ...] | None = None) -> tuple[int, ...]:
        return (*(cache or ()), *ids)

    def encode_rows(self, rows: Sequence[Sequence[int]], cache: Any, continued: Sequence[int] | None = None) -> Any:
        raise AssertionError("it fills no holes")

    def following(self, cache: tuple[int, ...]) -> mx.array:
        return mx.array(self.table[cache[-2]][cache[-1]])[None]

    def read(self, ids: Sequence[int], cache: tuple[int, ...]) -> Read:
        self.passes += 1
        text = (*cache, *ids)
        ends = range(len(cache) + 1, len(text) + 1)
        return Read(mx.concatenate([self.following(text[:end]) for end in ends]), cache, ids)

    def predictor(self, cache: tuple[int, ...]) -> Predict:
        def predict(
            tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
        ) -> mx.array:
            assert all(len(row) <= self.canvas_length for row in tokens)
            wanted = [self.drafts[(len(cache) + place) % len(self.drafts)] for row in free for place in row]
            return mx.array([[9.0 * (token == one) for token in range(self.vocab_size)] for one in wanted])

        return predict

    def score_rows(self, rows: Sequence[Sequence[int]], cache: tuple[int, ...]) -> list[list[float]]:
        raise AssertionError("nothing is scored")


@dataclass(frozen=True)
class Read:
    """What was read by `Bigrams`."""

    logits: mx.array
    before: tuple[int, ...]
    ids: Sequence[int]

    def kept(self, count: int) -> tuple[int, ...]:
        assert 1 <= count <= len(self.ids)
        return (*self.before, *self.ids[:count])


def finished(task: Generator[Event, None, _Result]) -> tuple[list[Event], _Result]:
    """What a task yields, and what it returns."""
    events: list[Event] = []
    while True:
        try:
            events.append(next(task))
        except StopIteration as end:
            return events, end.value


def session_of(engine: Parrot, *, steps: int = 2) -> Session:
    """A session of few steps, of which all random numbers are those of seed 1."""
    return Session(
        engine=engine,
        chat=Chat(tokenizer=engine.tokenizer, before=(2, 5), after=(6, 5)),
        settings=DenoiseSettings().with_steps(steps),
        draws=PhiloxDraws(seed=1, vocab_size=engine.vocab_size),
        stop_ids=frozenset({1, 6}),
        pad_id=0,
    )
