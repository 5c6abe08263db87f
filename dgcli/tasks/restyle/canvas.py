"""Canvases that stand for a whole passage, some of its words free and all others held."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from dgcli.events import Canvas, Event, Step
from dgcli.tasks.batch import denoise_batch
from dgcli.tasks.engine import Session
from dgcli.tasks.restyle.score import Job


def settle(
    job: Job, canvases: Mapping[int, Canvas], session: Session | None = None, *, padded: bool = False
) -> Generator[Event, None, dict[int, Step]]:
    """Denoise canvases of one width, by their number in the run, as one batch; the last step of each.

    Args:
        session: in place of the job's, for other settings or draws.
        padded: the model may leave positions empty.
    """
    session = session or job.session
    tokenizer = session.chat.tokenizer
    forbidden = tokenizer.control | tokenizer.line_breaking
    if padded:
        forbidden -= {session.pad_id}
    last = yield from denoise_batch(
        session,
        job.cache,
        canvases,
        prompt=job.prompt,
        forbidden=forbidden,
        hole=job.hole,
        holes=job.holes,
        whole=True,
    )
    return last
