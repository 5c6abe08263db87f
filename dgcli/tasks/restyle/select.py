"""Rewriting one passage: several attempts, checked, and the best of them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

from dgcli.events import Event
from dgcli.tasks.restyle.score import Job, Rewording, Way
from dgcli.tasks.restyle.written import written

ATTEMPTS = 4  # until a rewording is sound


@dataclass(frozen=True)
class Rewritten:
    """The end of a rewriting."""

    rewording: Rewording  # the passage as it was where none was sound
    others: tuple[str, ...] = ()  # sound ones, the best first
    faults: tuple[str, ...] = ()  # of the last rewording where none was sound
    score: float = 0.0


def rewrite(
    job: Job, way: Way, first_canvas: int, candidates: int = 1, *, by_encoder: bool = True
) -> Generator[Event, None, Rewritten]:
    """Rewrite a passage until `candidates` rewordings are sound, or too many were not; the best of them.

    What the encoder writes for it comes first (`by_encoder`), and the way is taken where that is not enough.
    """
    texts = written(job)[:candidates] if by_encoder else ()
    found = {text: Rewording(text) for text in texts}
    used = Rewording("")
    faults: tuple[str, ...] = ()
    sound = len(found)
    for _ in range(candidates + ATTEMPTS - 1):
        if sound == candidates:
            break
        rewording = yield from way(job, first_canvas + used.canvases)
        used = rewording.after(used)
        if faults_now := job.faults(rewording.text):
            faults = faults_now
        else:
            sound += 1
            found.setdefault(rewording.text, rewording)
    if not found:
        return Rewritten(replace(used, text=job.passage.text, canvas=None), faults=faults)
    judged = [each.likeness for each in job.judged(list(found))] if len(found) > 1 else [0.0]
    scores = dict(zip(found, judged, strict=True))
    first, *others = sorted(found, key=lambda text: -scores[text])
    best = replace(used, text=first, canvas=found[first].canvas, converged=found[first].converged)
    return Rewritten(best, tuple(others), score=scores[first])
