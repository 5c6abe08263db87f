"""The causal encoder as the judge of what may stand in a passage's place."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean

from dgcli.events import Doing, Trial
from dgcli.tasks.engine import JUDGED_AT_ONCE, Cache, Session
from dgcli.tasks.infill.layout import end_tokens
from dgcli.tasks.restyle.manner import Manner, rewrite_request
from dgcli.tasks.restyle.passage import Unit

ANY = "Say the same in other words."  # what is asked for where no register is
CONTRAST = 0.25  # weight of what tells the register from the one that it is unlike
BACK = 0.5  # weight of how well the passage can be told from its rewriting


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the encoder finds of a text as the rewriting of a passage."""

    score: float  # nats for each token of the passage; more is better
    likeness: float  # mean log-probability of its tokens after the passage, and of the passage's tokens after it; nats


@dataclass(frozen=True, kw_only=True)
class Scorer:
    """The encoder, that has read the request to rewrite a passage. `contrast` and `back` are weights of its score."""

    session: Session
    text: str  # the passage
    manner: Manner
    contrast: float = CONTRAST
    back: float = BACK

    def judged(self, texts: Sequence[str]) -> Generator[Trial, None, list[Judged]]:
        """How well each text does as the passage's rewriting, and how much it is like the passage.

        The score is the log-probability of the text after the request; how much larger it is than after a request for
        the register `unlike` (contrastive decoding, arXiv 2210.15097); and the log-probability of the passage as a
        rewriting of the text, which falls when words are lost (the noisy channel).

        Raises:
            ModelError: the vocabulary has no token that ends the model's turn.
        """
        passage = self.row(self.text)
        read = yield from self.compared(texts)
        again: list[list[float]] = []
        for number, text in enumerate(texts):
            yield _trial(texts, number)
            again += self._asked_for_other(text).read([passage])
        return [
            Judged(score=(sum(apart) + self.back * sum(back)) / len(passage), likeness=fmean(own) + fmean(back))
            for (own, apart), back in zip(read, again, strict=True)
        ]

    def compared(self, texts: Sequence[str]) -> Generator[Trial, None, list[tuple[list[float], list[float]]]]:
        """Nats for each token of each text, its end included: after the request, and as `told_apart` has them."""
        found: list[tuple[list[float], list[float]]] = []
        for start in range(0, len(texts), JUDGED_AT_ONCE):
            rows = [self.row(text) for text in texts[start : start + JUDGED_AT_ONCE]]
            yield _trial(texts, start)
            wanted = self.read(rows)
            if self.contrast and len(rows) > 1:
                yield _trial(texts, start + 1)
            found += zip(wanted, self._told_apart(wanted, rows), strict=True)
        return found

    def told_apart(self, rows: Sequence[Sequence[int]]) -> list[list[float]]:
        """Nats for each token of each row: its log-probability after the request, and what tells it from `unlike`.

        Both are as long as `rows`: one list for each row [L], which need not be of one length.
        """
        return self._told_apart(self.read(rows), rows)

    def disagreements(self, units: Sequence[Unit]) -> list[float]:
        """How unlikely each of the passage's units is in its rewriting, and how much less likely than in `unlike`.

        In nats, after the units before: [units + 1]. The last number is that of the end: it is large where more is
        expected behind the last unit.
        """
        encode = self.session.chat.tokenizer.encode
        rows = [*(encode(unit.whole) for unit in units), (self._close,)]
        (flat,) = self.told_apart([[token for row in rows for token in row]])
        found, start = [], 0
        for row in rows:
            found.append(-sum(flat[start : start + len(row)]))
            start += len(row)
        return found

    def read(self, rows: Sequence[Sequence[int]]) -> list[list[float]]:
        """Log-probability in nats of each token of each row [L], read after the request."""
        return self.session.engine.score_rows(rows, self.cache)

    def row(self, text: str) -> tuple[int, ...]:
        """The tokens of a text in the passage's place, its end included."""
        return (*self.session.chat.tokenizer.encode(text), self._close)

    @cached_property
    def prompt(self) -> tuple[int, ...]:
        """The request in tokens, up to where the rewriting begins."""
        manner, brief = self.manner, self.session.holes.bare
        return self.session.chat.prompt(rewrite_request(self.text, manner.register, manner.examples, brief=brief))

    @cached_property
    def cache(self) -> Cache:
        """The encoder's, of the request."""
        return self.session.engine.encode(self.prompt)

    def _told_apart(self, wanted: Sequence[Sequence[float]], rows: Sequence[Sequence[int]]) -> list[list[float]]:
        if not self.contrast:
            return [list(row) for row in wanted]
        pairs = zip(wanted, self._other.read(rows), strict=True)
        return [[a + self.contrast * (a - b) for a, b in zip(*pair, strict=True)] for pair in pairs]

    @cached_property
    def _other(self) -> Scorer:
        """The same passage to be put into the register that words are told from."""
        return self._asked_for_other(self.text)

    def _asked_for_other(self, text: str) -> Scorer:
        """A text to be put into the register that words are told from."""
        return replace(self, text=text, manner=replace(self.manner, register=self.manner.unlike or ANY, examples=()))

    @property
    def _close(self) -> int:
        return end_tokens(self.session.chat.tokenizer)[0]


def _trial(texts: Sequence[str], number: int) -> Trial:
    return Trial(text=texts[number], doing=Doing.JUDGING, which=number + 1, count=len(texts))
