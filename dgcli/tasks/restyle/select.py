"""Which of what is proposed for a passage is taken: a text of the encoder as a whole, or else the best changes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import partial

from dgcli.events import Event, Trial
from dgcli.tasks.engine import Session
from dgcli.tasks.restyle.passage import Passage
from dgcli.tasks.restyle.propose import Change, Cost, changed, proposed, written
from dgcli.tasks.restyle.score import BACK, CONTRAST, Scorer

ATTEMPTS = 4  # until a rewriting is sound
ALIKE = -3.6  # nats: of what is less like the passage, most says something else (`benchmarks/meaning.py`)
_WORD = re.compile(r"\w(?:[\w'’]*\w)?")


@dataclass(frozen=True, kw_only=True)
class Rewritten:
    """What a passage, or a whole paragraph, came to."""

    text: str  # as it was where nothing sound came of it
    canvas: int | None = None  # the last one that something was taken from
    others: tuple[str, ...] = ()  # further rewritings, the best first
    faults: tuple[str, ...] = ()  # why it, or a part of it, was left as it was
    score: float = 0.0  # nats for each token: the likeness of the best of several candidates; 0 where there is one
    cost: Cost = field(default_factory=Cost)


Attempt = Callable[[int], Generator[Event, None, Rewritten]]  # its canvases are numbered from the int


def rewrite(
    session: Session, passage: Passage, first_canvas: int, *, contrast: float = CONTRAST, back: float = BACK
) -> Generator[Event, None, Rewritten]:
    """Rewrite a passage. What the encoder writes for it comes first; it is edited where that is not enough.

    Args:
        first_canvas: the number of the first canvas in the run; the others follow.
        contrast, back: weights of the score, see `Scorer`.

    Raises:
        ModelError: the vocabulary lacks the tokens that end the model's turn.
    """
    scorer = Scorer(session=session, text=passage.text, manner=passage.manner, contrast=contrast, back=back)
    texts = yield from written(scorer)
    attempt = partial(edited, scorer, passage, texts)
    sound = yield from whole(scorer, passage, texts)
    return (yield from best_of(scorer, passage, sound, attempt, first_canvas))


def best_of(
    scorer: Scorer, passage: Passage, texts: Sequence[str], attempt: Attempt, first_canvas: int
) -> Generator[Event, None, Rewritten]:
    """The rewriting that is most like the passage, of as many sound ones as there are to be candidates.

    These are `texts`, the best first, and then what comes of attempts, until enough are sound or too many were not.
    What is left of `texts` then is spare.
    """
    candidates = passage.manner.candidates
    found = {text: Rewritten(text=text) for text in texts[:candidates]}
    cost = Cost()
    faults: tuple[str, ...] = ()
    sound = len(found)
    for _ in range(candidates + ATTEMPTS - 1):
        if sound == candidates:
            break
        made = yield from attempt(first_canvas + cost.canvases)
        cost += made.cost
        if faults_now := passage.faults(made.text):
            faults = faults_now
        else:
            sound += 1
            found.setdefault(made.text, made)
    if not found:
        return Rewritten(text=passage.text, faults=faults, cost=cost)
    judged = (yield from scorer.judged(list(found))) if len(found) > 1 else []
    scores = dict(zip(found, [each.likeness for each in judged] or [0.0], strict=True))
    first, *others = sorted(found, key=lambda text: -scores[text])
    best = found[first]
    others += texts[candidates : candidates + passage.manner.spare]
    return replace(best, others=tuple(others), score=scores[first], cost=replace(cost, converged=best.cost.converged))


def whole(scorer: Scorer, passage: Passage, texts: Sequence[str]) -> Generator[Trial, None, tuple[str, ...]]:
    """The texts that may stand in the passage's place, first those that are most like it.

    None changes more words than the strength allows, says something else as far as that can be told, or is no better
    than the passage.
    """
    may_stand = [text for text in texts if text != passage.text and _may_stand(passage, text)]
    if not may_stand:
        return ()
    before, *found = yield from scorer.judged([passage.text, *may_stand])
    likeness = {
        text: each.likeness
        for text, each in zip(may_stand, found, strict=True)
        if each.score > before.score and each.likeness >= ALIKE
    }
    return tuple(sorted(likeness, key=lambda text: -likeness[text]))


def edited(
    scorer: Scorer, passage: Passage, texts: Sequence[str], first_canvas: int
) -> Generator[Event, None, Rewritten]:
    """The passage with those of the changes proposed for it that make it better."""
    found, cost = yield from proposed(scorer, passage, texts, first_canvas)
    made = yield from adopted(scorer, passage, found)
    last = max((change.canvas for change in made if change.canvas is not None), default=None)
    return Rewritten(text=changed(passage.units, made), canvas=last, cost=cost)


def adopted(scorer: Scorer, passage: Passage, found: Sequence[Change]) -> Generator[Trial, None, tuple[Change, ...]]:
    """The changes that make the passage better by the score of `Scorer.judged`, one after the other.

    Those come first that look best by themselves; what they cost in meaning is only looked at then.
    """
    units = passage.units
    texts = {change: changed(units, [change]) for change in dict.fromkeys(found)}
    texts = {change: text for change, text in texts.items() if text != passage.text and not passage.faults(text)}
    if not texts:
        return ()
    base, *gains = (sum(apart) for _, apart in (yield from scorer.compared([passage.text, *texts.values()])))
    promising = {change: gain for change, gain in zip(texts, gains, strict=True) if gain > base}
    taken: list[Change] = []
    (best,) = yield from scorer.judged([passage.text])
    for change in sorted(promising, key=lambda change: -promising[change]):
        if any(map(change.overlaps, taken)):
            continue
        text = changed(units, [*taken, change])
        if passage.faults(text):
            continue
        (judged,) = yield from scorer.judged([text])
        if judged.score > best.score:
            taken.append(change)
            best = judged
    return tuple(sorted(taken, key=lambda change: (change.start, change.end)))


def _may_stand(passage: Passage, text: str) -> bool:
    """Whether a text has all that is held, changes no more words than the strength allows, and is sound."""
    held = Counter(unit.text.casefold() for unit in passage.units if unit.held)
    said = text.casefold()
    return (
        all(said.count(string) >= count for string, count in held.items())
        and _share_changed(passage.text, text) <= passage.manner.strength
        and not passage.faults(text)
    )


def _share_changed(before: str, after: str) -> float:
    """The share of a text's words that are others in another, or not there; marks and capitals do not count."""
    old, new = (_WORD.findall(one.casefold()) for one in (before, after))
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return 1 - sum(block.size for block in blocks) / max(1, len(old))
