"""What may become of a passage: texts that the encoder writes anew, and changes that the denoiser's fills make in it.

The words that disagree with the register are freed and all others held, few words first and then more, with more or
less room for them.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate, islice
from math import ceil

from dgcli.events import Canvas, Doing, Event, Trial
from dgcli.tasks.batch import denoise_batch
from dgcli.tasks.drawn import drawn
from dgcli.tasks.engine import Session
from dgcli.tasks.infill.layout import end_tokens
from dgcli.tasks.restyle.passage import Passage, Unit, fitted, joined, stretches
from dgcli.tasks.restyle.score import Scorer
from dgcli.text.chatter import without_chatter
from dgcli.text.habits import as_written
from dgcli.text.punctuation import printable
from dgcli.text.scripts import blank_between

TEXTS = 5  # that the encoder writes
TEMPERATURE = 0.7  # that its logits are divided by for all but the first
FEWER = (0.2, 0.4, 0.6, 0.8)  # shares of the words that are free in canvases before that of all that may be
_QUOTED = re.compile(r"[\"“](?P<inside>[^\"“”]+)[\"”]")
_QUOTES = re.compile(r"[\"“”„«»‹›「」『』]|^['‘]")
_ROOM, _MORE = 1.5, 4  # most tokens of the encoder's texts: so many for each of the passage, and so many more

Places = tuple[tuple[bool, slice], ...]  # the stretches of a passage, free and held in turn


@dataclass(frozen=True, kw_only=True)
class Change:
    """The units from `start` to `end` (none: a place between two) become `text`."""

    start: int
    end: int
    text: str
    canvas: int | None = None  # it comes from; None: from none

    def overlaps(self, other: Change) -> bool:
        """Whether there cannot be both."""
        return (self.start, self.end) == (other.start, other.end) or (self.start < other.end and other.start < self.end)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What was denoised for a text."""

    canvases: int = 0
    steps: int = 0
    tokens: int = 0  # free ones of the canvas that has the most
    converged: bool = True

    def __add__(self, more: Cost) -> Cost:
        return Cost(
            canvases=self.canvases + more.canvases,
            steps=self.steps + more.steps,
            tokens=self.tokens + more.tokens,
            converged=self.converged and more.converged,
        )


def written(scorer: Scorer) -> Generator[Trial, None, tuple[str, ...]]:
    """Up to `TEXTS` different texts of the encoder for a passage: its likeliest, and others that it draws.

    None is longer than about `_ROOM` times the passage, in tokens, and all have its capitals and its last mark.
    """
    session, tokenizer = scorer.session, scorer.session.chat.tokenizer
    never = (tokenizer.control | tokenizer.line_breaking) - session.stop_ids
    rows: list[list[int]] = [[] for _ in range(TEXTS)]
    most = _MORE + round(_ROOM * len(tokenizer.encode(scorer.text)))
    places = drawn(
        session,
        scorer.cache,
        TEXTS,
        ended=lambda text: text[-1] in session.stop_ids,
        forbidden=never,
        temperature=TEMPERATURE,
        likeliest=True,
    )
    for place in islice(places, most):
        growing = [row for row, token in place.tokens.items() if token not in session.stop_ids]
        for row in growing:
            rows[row].append(place.tokens[row])
        if not growing:
            break
        shown = growing[0]
        yield Trial(text=tokenizer.decode(rows[shown]), doing=Doing.WRITING, which=shown + 1, count=TEXTS)
    texts = (_alone(printable(tokenizer.decode(row)), scorer.text) for row in rows)
    return tuple(dict.fromkeys(as_written(scorer.text, text) for text in texts))


def _alone(text: str, passage: str) -> str:
    """A text without what is said about it, and without quotation marks around it that the passage has not."""
    text = without_chatter(text, passage)
    quoted = _QUOTED.fullmatch(text.strip())
    return quoted["inside"] if quoted and not _QUOTES.search(passage) else text


def proposed(
    scorer: Scorer, passage: Passage, texts: Sequence[str], first_canvas: int
) -> Generator[Event, None, tuple[list[Change], Cost]]:
    """Changes of a passage's units: what the denoiser fills in, each freed unit left out, and what `texts` change.

    Args:
        texts: rewritings of the whole passage.
        first_canvas: the number of the first canvas in the run; the others follow.

    Raises:
        ModelError: the vocabulary lacks the tokens that end the model's turn.
    """
    units, strength = passage.units, passage.manner.strength
    disagreement = scorer.disagreements(units)
    frees = [freed(units, disagreement, share) for share in (*(few for few in FEWER if few < strength), strength)]
    ways = [tuple(stretches(len(units) + 1, free)) for free in dict.fromkeys(frees)]
    found, cost = yield from _filled(scorer, passage, ways, first_canvas)
    for is_free, place in ways[-1]:
        found += omissions(units, place) if is_free else ()
    return [*found, *text_changes(units, texts, frees[-1])], cost


def freed(units: Sequence[Unit], disagreement: Sequence[float], strength: float) -> frozenset[int]:
    """The share `strength` of the units that are not held, those first that disagree the most.

    `disagreement` is of each unit, and of the place behind the last, which counts as one: [units + 1], see
    `Scorer.disagreements`. What is freed at one strength is freed at every larger one.
    """
    free = [place for place in range(len(units) + 1) if place == len(units) or not units[place].held]
    most = sorted(free, key=lambda place: -disagreement[place])
    return frozenset(most[: ceil(strength * len(free))])


def changes(units: Sequence[Unit], place: slice, fill: str, canvas: int | None) -> Iterator[Change]:
    """What a fill changes in the units of a place: as a whole, and each stretch of words by itself."""
    old = [unit.text for unit in units[place]]
    new = fill.split()
    if new == old:
        return
    yield Change(start=place.start, end=place.start + len(old), text=" ".join(new), canvas=canvas)
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        start = place.start + a
        parts_a_word = a == b and 0 < start < len(units) and not units[start].lead
        if tag != "equal" and not parts_a_word:
            yield Change(start=place.start + a, end=place.start + b, text=" ".join(new[c:d]), canvas=canvas)


def text_changes(units: Sequence[Unit], texts: Sequence[str], free: frozenset[int]) -> Iterator[Change]:
    """What texts for the whole passage change in its free units, as a whole and each stretch of words by itself."""
    for text in texts:
        for change in changes(units, slice(0, len(units)), text, canvas=None):
            if free.issuperset(range(change.start, change.end)) and not free.isdisjoint((change.start, change.end)):
                yield change


def omissions(units: Sequence[Unit], place: slice) -> Iterator[Change]:
    """Each unit of a place left out."""
    for start in range(place.start, place.start + len(units[place])):
        yield Change(start=start, end=start + 1, text="")


def changed(units: Sequence[Unit], made: Sequence[Change]) -> str:
    """The text of the units with changes that do not overlap."""
    text, done = "", 0
    for change in sorted(made, key=lambda change: (change.start, change.end)):
        text += joined(units[done : change.start])
        lead = units[change.start].lead if change.start < change.end else blank_between(text, change.text)
        text += fitted(change.text, lead, text)
        if change.end == 0 < len(units):  # before the first word, which has no blank of its own
            text += blank_between(text, units[0].text)
        done = change.end
    return (text + joined(units[done:])).strip()


def _filled(
    scorer: Scorer, passage: Passage, ways: Sequence[Places], first_canvas: int
) -> Generator[Event, None, tuple[list[Change], Cost]]:
    """The changes that the denoiser's fills make, for each way to free words; all ways are one batch of canvases."""
    session, tokenizer = scorer.session, scorer.session.chat.tokenizer
    rows = [row for way in ways for row in _rows(session, passage.units, way)]
    if not rows:
        return [], Cost()
    width = 1 + max(sum(lengths) for _, lengths in rows)
    padding = frozenset({session.pad_id}) if session.holes.padding else frozenset()
    last = yield from denoise_batch(
        session,
        scorer.cache,
        {number: _canvas(session, passage.units, *row, width) for number, row in enumerate(rows, first_canvas)},
        prompt=scorer.prompt,
        forbidden=(tokenizer.control | tokenizer.line_breaking) - padding,
        hole=passage.hole,
        holes=passage.holes,
        whole=True,
    )
    found: list[Change] = []
    for (way, lengths), (number, step) in zip(rows, last.items(), strict=True):
        for (is_free, place), length, end in zip(way, lengths, accumulate(lengths), strict=True):
            if is_free:
                ids = [token for token in step.argmax[end - length : end] if token != session.pad_id]
                found += changes(passage.units, place, printable(tokenizer.decode(ids)), number)
    return found, Cost(
        canvases=len(last),
        steps=max(step.step for step in last.values()),
        tokens=max(sum(step.free) for step in last.values()),
        converged=all(step.settled for step in last.values()),
    )


def _rows(session: Session, units: Sequence[Unit], way: Places) -> Iterator[tuple[Places, list[int]]]:
    """How many tokens each stretch gets in each of the canvases that it fits into."""
    old = [len(session.chat.tokenizer.encode(joined(units[place]))) for _, place in way]
    for room in zip(*(rooms(length, padded=session.holes.padding) for length in old), strict=True):
        lengths = [more if is_free else length for more, length, (is_free, _) in zip(room, old, way, strict=True)]
        if sum(lengths) < session.engine.canvas_length:
            yield way, lengths


def _canvas(session: Session, units: Sequence[Unit], way: Places, lengths: Sequence[int], width: int) -> Canvas:
    """The passage in so many tokens for each stretch; the model's turn ends behind it."""
    tokenizer = session.chat.tokenizer
    close, end = end_tokens(tokenizer)
    tokens: list[int] = []
    free: list[bool] = []
    for (is_free, place), length in zip(way, lengths, strict=True):
        tokens += [end] * length if is_free else tokenizer.encode(joined(units[place]))
        free += [is_free] * length
    spare = width - len(tokens) - 1
    return Canvas(tokens=(*tokens, close, *(end,) * spare), free=(*free, *(False,) * (spare + 1)))


def rooms(tokens: int, *, padded: bool) -> tuple[int, int, int]:
    """How many tokens a stretch of so many gets in each of three canvases: as it is, with more room, with most."""
    if padded:  # the model leaves empty what is too much
        return tokens + 1, tokens + 2 + tokens // 3, tokens + 4 + tokens // 2
    return max(1, tokens), tokens + 1 + tokens // 6, tokens + 2 + tokens // 3
