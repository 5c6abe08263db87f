"""What the encoder writes anew for a passage, where that may stand in its place as a whole."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher

from dgcli.tasks.restyle.score import Job

_WORD = re.compile(r"\w(?:[\w'’]*\w)?")
ALIKE = -2.8  # nats: of what is less like the passage, most says something else (`benchmarks/meaning.py`)


def written(job: Job) -> tuple[str, ...]:
    """The texts that the encoder writes for the passage and that may stand there, first those that are most like it.

    None changes more words than the strength allows, says something else as far as that can be told, or is no better
    than the passage.
    """
    texts = [text for text in dict.fromkeys(job.written) if text != job.passage.text and _may_stand(job, text)]
    if not texts:
        return ()
    before, *found = job.judged([job.passage.text, *texts])
    likeness = {
        text: each.likeness
        for text, each in zip(texts, found, strict=True)
        if each.score > before.score and each.likeness >= ALIKE
    }
    return tuple(sorted(likeness, key=lambda text: -likeness[text]))


def _may_stand(job: Job, text: str) -> bool:
    """Whether a text has all that is held, changes no more words than the strength allows, and is sound."""
    held = Counter(unit.text.casefold() for unit in job.units if unit.held)
    said = text.casefold()
    return (
        all(said.count(string) >= count for string, count in held.items())
        and _changed(job, text) <= job.strength
        and not job.faults(text)
    )


def _changed(job: Job, text: str) -> float:
    """The share of the passage's words that are others in a text, or not there; marks and capitals do not count."""
    old, new = (_WORD.findall(one.casefold()) for one in (job.passage.text, text))
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return 1 - sum(block.size for block in blocks) / max(1, len(old))
