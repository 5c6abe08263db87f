"""Canvases that stand for a whole passage, some of its words free and all others held."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from dgcli.diffusion import denoise_rows
from dgcli.events import Canvas, CanvasStart, Event, Step
from dgcli.tasks.engine import Restricted, Session
from dgcli.tasks.restyle.job import Job


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
    for number, canvas in canvases.items():
        yield CanvasStart(
            canvas=number,
            role="candidate",
            prompt=job.prompt,
            width=len(canvas.tokens),
            hole=job.hole,
            holes=job.holes,
            forbidden=tuple(sorted(forbidden)),
            place=(0, len(canvas.tokens)),
        )
    engine = session.engine
    predict = Restricted.without(engine.predictor(job.cache), forbidden, engine.vocab_size)
    last: dict[int, Step] = {}
    for steps in denoise_rows(predict, dict(canvases), session.settings, session.draws):
        for step in steps:
            last[step.canvas] = step
            yield step
    return last
