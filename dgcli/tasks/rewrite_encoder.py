"""What the encoder itself would write for a passage, from left to right: changes to propose beside the denoiser's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dgcli.tasks.rewrite_changes import Change, changes
from dgcli.tasks.rewrite_job import Job

CONTRASTS = (0.0, 0.5)  # how far each text is told from the other register
_ROOM, _MORE = 1.5, 4  # most tokens of a text: so many for each of the passage, and so many more


def written(job: Job) -> Iterator[str]:
    """Texts that the encoder finds likely as the rewriting of the passage, each token after those before it.

    It does not read what stands before the passage: it would go on with that.
    """
    alone = replace(job, passage=replace(job.passage, before=""))
    session = job.session
    tokenizer = session.chat.tokenizer
    never = (tokenizer.control | tokenizer.line_breaking) - session.stop_ids
    most = _MORE + round(_ROOM * len(tokenizer.encode(job.passage.text)))
    cache, unlike = alone.cache, alone.other.cache
    for contrast in CONTRASTS:
        ids = session.engine.continuation(cache, unlike, contrast, never=never, stop=session.stop_ids, most=most)
        yield tokenizer.decode(ids)


def proposed(job: Job, free: frozenset[int]) -> Iterator[Change]:
    """What these texts change in the free units of the passage, as a whole and each stretch of words by itself."""
    for text in written(job):
        for change in changes(job.units, slice(0, len(job.units)), text, canvas=None):
            if free.issuperset(range(change.start, change.end)) and not free.isdisjoint((change.start, change.end)):
                yield change
