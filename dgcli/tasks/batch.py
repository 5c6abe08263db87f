"""What infill and restyle both do: several canvases after one prompt are denoised as one batch."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from dgcli.diffusion import denoise_rows
from dgcli.events import Canvas, CanvasStart, Step
from dgcli.tasks.engine import Cache, Restricted, Session


def denoise_batch(
    session: Session,
    cache: Cache,
    canvases: Mapping[int, Canvas],
    *,
    prompt: tuple[int, ...],
    forbidden: frozenset[int],
    hole: int,
    holes: int,
    whole: bool = False,
) -> Generator[CanvasStart | Step, None, dict[int, Step]]:
    """Announce and denoise canvases of one width L, by their number in the run; return the last step of each.

    Args:
        cache: what the encoder read before the canvases; `prompt` are its ids.
        forbidden: ids that are never proposed.
        hole, holes: which hole of the document they are for, counted from 1, and of how many.
        whole: the canvas stands in the hole from end to end; otherwise from its first free position to its last.
    """
    for number, canvas in canvases.items():
        width = len(canvas.tokens)
        yield CanvasStart(
            canvas=number,
            role="candidate",
            prompt=prompt,
            width=width,
            hole=hole,
            holes=holes,
            forbidden=tuple(sorted(forbidden)),
            place=(0, width) if whole else None,
        )
    engine = session.engine
    predict = Restricted.without(engine.predictor(cache), forbidden, engine.vocab_size)
    last: dict[int, Step] = {}
    for steps in denoise_rows(predict, dict(canvases), session.settings, session.draws):
        for step in steps:
            last[step.canvas] = step
            yield step
    return last
