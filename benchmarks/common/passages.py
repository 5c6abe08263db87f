"""Passages with holes and their answers: `segments` of text around the holes, `answers`, and how a fill is compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from typing import Any, TypeVar

from dgcli.tasks.engine import Session
from dgcli.tasks.infill.filled import LATER_GAP
from dgcli.tasks.infill.layout import Gap, text_begin
from dgcli.tasks.infill.length import is_whole
from dgcli.text.marks import MARK
from dgcli.text.seams import fit, left_text

FREE = 2  # tokens of an option that may be common in themselves, within a sentence

_T = TypeVar("_T")


def free(here: Gap) -> int:
    """How many tokens of an option may be common in themselves: none where whole sentences are missing."""
    return 0 if is_whole(here) else FREE


def read(session: Session, here: Gap) -> Any:
    """The encoder's cache of the text before a hole, without a prompt."""
    left = session.chat.tokenizer.encode(left_text(here.left))[-session.engine.context_length :]
    return session.engine.encode((text_begin(session.chat.tokenizer), *left))


def holes(item: dict[str, Any]) -> Iterable[tuple[Gap, str]]:
    """The holes of a passage and their answers; answers before a hole are given, holes after it are open."""
    return ((gap(item, number), answer) for number, answer in enumerate(item["answers"]))


def fill_ids(session: Session, here: Gap, text: str) -> tuple[int, ...]:
    """A text as a fill: with the space before the hole, if there is one."""
    return session.chat.tokenizer.encode(here.left[len(left_text(here.left)) :] + text)


def text_of(session: Session, here: Gap, ids: Sequence[int]) -> str:
    """A fill as a text that fits the hole."""
    text = session.chat.tokenizer.decode(ids)
    return fit(text, left=here.left, right=here.right, inline=here.inline, newline="\n", marker=MARK)


def finish(run: Generator[Any, None, _T]) -> tuple[_T, list[Any]]:
    """What a run comes to, and what it tells on its way."""
    events = []
    while True:
        try:
            events.append(next(run))
        except StopIteration as end:
            return end.value, events


def gap(item: dict[str, Any], number: int) -> Gap:
    """Hole `number` of a passage: answers before it, gaps after it."""
    segments, answers = item["segments"], item["answers"]
    left = "".join(segment + answer for segment, answer in zip(segments, answers[:number], strict=False))
    right = "".join(segment + (LATER_GAP if last else "") for segment, last in _tail(segments[number + 1 :]))
    return Gap(left=left + segments[number], right=right)


def _tail(segments: Sequence[str]) -> Iterable[tuple[str, bool]]:
    return ((segment, index < len(segments) - 1) for index, segment in enumerate(segments))


def compare(text: str, answer: str) -> dict[str, float]:
    """Token F1, ROUGE-L (F1 of the longest common subsequence) and exact match."""
    ours, theirs = tokens(text), tokens(answer)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return {
        "f1": _f1(shared, len(ours), len(theirs)),
        "rouge_l": _f1(longest_common(ours, theirs), len(ours), len(theirs)),
        "exact": float(ours == theirs),
    }


def tokens(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text.lower())


def longest_common(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(b) + 1)
    for x in a:
        previous = 0
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], previous + 1 if x == y else max(row[j], row[j - 1])
    return row[-1]


def _f1(shared: int, ours: int, theirs: int) -> float:
    return 2 * shared / (ours + theirs) if shared else 0.0
