"""What infill and restyle both do: several canvases after one prompt are denoised as one batch."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping

from dgcli.checkpoint.memory import free_at_once
from dgcli.diffusion import denoise_rows
from dgcli.events import Canvas, CanvasStart, Step
from dgcli.tasks.engine import Cache, Session, without


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

    Those whose logits take much memory are denoised in several batches, one after the other, which changes nothing in
    what comes of each but rounding.

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
    predict = without(engine.predictor(cache), forbidden, engine.vocab_size)
    last: dict[int, Step] = {}
    for part in _parts(canvases, free_at_once(engine.vocab_size, engine.canvas_length)):
        for steps in denoise_rows(predict, part, session.settings, session.draws):
            for step in steps:
                last[step.canvas] = step
                yield step
    return last


def _parts(canvases: Mapping[int, Canvas], most: int) -> Iterator[dict[int, Canvas]]:
    """The canvases in their order, in as few parts as have at most so many free positions each, or one canvas."""
    part: dict[int, Canvas] = {}
    free = 0
    for number, canvas in canvases.items():
        if part and free + sum(canvas.free) > most:
            yield part
            part, free = {}, 0
        part[number] = canvas
        free += sum(canvas.free)
    yield part
