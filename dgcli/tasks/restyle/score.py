"""What the ways of rewriting a passage have in common."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from statistics import fmean
from typing import TypeVar

from dgcli.events import CanvasStart, Event
from dgcli.tasks.drawn import drawn
from dgcli.tasks.engine import Cache, Session
from dgcli.tasks.infill.layout import end_tokens
from dgcli.tasks.restyle.manner import Passage, rewrite_request
from dgcli.tasks.restyle.passage import Unit
from dgcli.text.signs import printable

ANY = "Say the same in other words."  # what is asked for where no register is
TEXTS = 5  # that the encoder writes
TEMPERATURE = 0.7  # that its logits are divided by for all but the first
_ROOM, _MORE = 1.5, 4  # most tokens of such a text: so many for each of the passage, and so many more

_Result = TypeVar("_Result")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the encoder finds of a text as the rewriting of a passage."""

    score: float  # nats for each token of the passage; more is better
    likeness: float  # mean log-probability of its tokens after the passage, and of the passage's tokens after it; nats


@dataclass(frozen=True, kw_only=True)
class Job:
    """A passage that is to be rewritten."""

    session: Session
    passage: Passage
    units: tuple[Unit, ...]  # of the passage
    strength: float  # above 0, to 1
    faults: Callable[[str], tuple[str, ...]]  # what speaks against a text in the passage's place
    context: int  # tokens of the text before it that the model reads
    unlike: str = ""  # the register that words are told from, described; any if empty
    contrast: float = 0.25  # weight of what tells the register from `unlike`, in `score`
    back: float = 0.5  # weight of how well the passage can be told from its rewording
    hole: int = 1  # which block of the document it belongs to, counted from 1
    holes: int = 1

    def score(self, texts: Sequence[str]) -> list[float]:
        """How well each text does as the rewriting of the passage, in nats for each token of the passage."""
        return [judged.score for judged in self.judged(texts)]

    def judged(self, texts: Sequence[str]) -> list[Judged]:
        """How well each text does, and how much it is like the passage.

        The score is the log-probability of the text after the request; how much larger it is than after a request for
        the register `unlike`; and the log-probability of the passage as a rewriting of the text, which falls when words
        are lost.
        """
        passage, *rows = map(self.row, (self.passage.text, *texts))
        wanted = self.read(rows)
        told_apart = self._told_apart(wanted, rows)
        back = [self._asked(self.unlike or ANY, text).read([passage])[0] for text in texts]
        return [
            Judged(score=(sum(apart) + self.back * sum(again)) / len(passage), likeness=fmean(own) + fmean(again))
            for apart, own, again in zip(told_apart, wanted, back, strict=True)
        ]

    def told_apart(self, rows: Sequence[Sequence[int]]) -> list[list[float]]:
        """Log-probability of each token of each row after the request, and what tells the register from `unlike`."""
        return self._told_apart(self.read(rows), rows)

    def _told_apart(self, wanted: Sequence[Sequence[float]], rows: Sequence[Sequence[int]]) -> list[list[float]]:
        if not self.contrast:
            return [list(row) for row in wanted]
        pairs = zip(wanted, self.other.read(rows), strict=True)
        return [[a + self.contrast * (a - b) for a, b in zip(*pair, strict=True)] for pair in pairs]

    @cached_property
    def other(self) -> Job:
        """The same passage to be put into the register that words are told from."""
        return self._asked(self.unlike or ANY, self.passage.text)

    @cached_property
    def written(self) -> tuple[str, ...]:
        """Texts that the encoder draws as the rewriting of the passage, after the likeliest one.

        It does not read what stands before the passage: it would go on with that.
        """
        session, tokenizer = self.session, self.session.chat.tokenizer
        never = (tokenizer.control | tokenizer.line_breaking) - session.stop_ids
        cache = replace(self, passage=replace(self.passage, before="")).cache
        rows: list[list[int]] = [[] for _ in range(TEXTS)]
        growing = set(range(TEXTS))
        most = _MORE + round(_ROOM * len(tokenizer.encode(self.passage.text)))
        places = drawn(session, cache, TEXTS, forbidden=never, temperature=TEMPERATURE, likeliest=True)
        for _, tokens in islice(places, most):
            growing = {row for row in growing if tokens[row] not in session.stop_ids}
            for row in growing:
                rows[row].append(tokens[row])
            if not growing:
                break
        return tuple(dict.fromkeys(printable(tokenizer.decode(row)) for row in rows))

    def read(self, rows: Sequence[Sequence[int]]) -> list[list[float]]:
        """Log-probability of each token of each row, read after the request."""
        return self.session.engine.score_rows(rows, self.cache)

    def _asked(self, register: str, text: str) -> Job:
        return replace(self, passage=replace(self.passage, register=register, text=text, examples=()))

    def row(self, text: str) -> tuple[int, ...]:
        """The tokens of a text in the passage's place, its end included."""
        close, _ = end_tokens(self.session.chat.tokenizer)
        return (*self.session.chat.tokenizer.encode(text), close)

    @cached_property
    def prompt(self) -> tuple[int, ...]:
        """The request in tokens, up to where the rewriting begins."""
        chat = self.session.chat
        return chat.prompt(rewrite_request(self.passage, chat.tokenizer, self.context))

    @cached_property
    def cache(self) -> Cache:
        """The encoder's, of the request."""
        return self.session.engine.encode(self.prompt)


@dataclass(frozen=True)
class Rewording:
    """What a passage came to, and what that used up."""

    text: str
    canvas: int | None = None  # the last one that something was taken from
    tokens: int = 0  # taken from canvases
    canvases: int = 0
    steps: int = 0
    converged: bool = True

    def after(self, earlier: Rewording) -> Rewording:
        """This text, and what both used up."""
        return Rewording(
            text=self.text,
            canvas=earlier.canvas if self.canvas is None else self.canvas,
            tokens=earlier.tokens + self.tokens,
            canvases=earlier.canvases + self.canvases,
            steps=earlier.steps + self.steps,
            converged=earlier.converged and self.converged,
        )


Way = Callable[[Job, int], Generator[Event, None, Rewording]]  # of a passage; canvases are numbered from the int


def in_place(events: Generator[Event, None, _Result]) -> Generator[Event, None, _Result]:
    """The same events; the canvases stand for the whole passage, and not for their free positions only."""
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            result: _Result = end.value
            return result
        yield replace(event, place=(0, event.width)) if isinstance(event, CanvasStart) else event
