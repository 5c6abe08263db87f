"""What a recording tells about its run, as text: steps, positions, entropy, time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dgcli.events import Doing
from dgcli.platform.environment import one_line, visible
from dgcli.watch.history import History, histories
from dgcli.watch.page import level
from dgcli.watch.plot import bars, share
from dgcli.watch.recording import Recording
from dgcli.watch.status import clock, sparkline
from dgcli.watch.tried import listed, time_of, tried
from dgcli.watch.width import columns, cut

_HEIGHT = 5  # rows of a plot


def report(recording: Recording, width: int) -> str:
    """The whole report, no line wider than `width`."""
    found = histories(recording)
    lines = [*_summary(recording, found)]
    for history in found:
        if history.kept:
            lines += ["", *_canvas(recording, history, width)]
    if not any(history.kept for history in found) and found:
        lines += ["", *_canvas(recording, found[-1], width)]
    texts = tried(recording)
    if texts:
        lines += ["", "── texts tried ──", *listed(texts, _hole(recording))]
    lines += ["", *_lengths(recording, found, width), *_time(recording)]
    return "\n".join(cut(one_line(line), width).rstrip() for line in lines) + "\n"


def _summary(recording: Recording, found: Sequence[History]) -> Iterator[str]:
    seed = "" if recording.seed is None else f", seed {recording.seed}"
    yield f"dg {recording.command} with {recording.model}{seed}"
    kept = [history for history in found if history.kept]
    steps = sum(len(history.steps) for history in kept)
    tokens = sum(len(history.positions) for history in kept)
    texts = tried(recording)
    numbers = {history.hole for history in found} or {each.hole for each in texts}
    counts = [_count(len(numbers), _hole(recording))] if recording.draft is not None and numbers else []
    if texts and not found:
        counts.append(f"no canvas, {_count(sum(len(each.new) for each in texts), 'text')} of the encoder judged")
    else:
        written = not kept and any(each.taken for each in texts)
        taken = "none kept: the encoder wrote what was taken" if written else f"{len(kept)} kept"
        counts += [_count(len(found), "canvas", "canvases"), taken]
    yield ", ".join(counts)
    if steps:
        yield f"kept: {_count(tokens, 'token')} in {_count(steps, 'step')}, {tokens / steps:.2f} tokens per step"
    if recording.result:
        converged = recording.result.get("converged")
        yield "every canvas settled" if converged is True else "not every canvas settled before its steps ran out"
        if recording.result.get("again") is True:
            yield "the model only thought at first, and was asked again, not to think"
        if isinstance(again := recording.result.get("tried_again"), int):
            yield f"where a word was due and none came, holes were tried again {_count(again, 'time')}"


def _hole(recording: Recording) -> str:
    """What a hole is called."""
    return "block" if recording.draft is not None and recording.draft.rewrites else "hole"


def _canvas(recording: Recording, history: History, width: int) -> Iterator[str]:
    place = f"{_hole(recording)} {history.hole}, " if recording.draft is not None else ""
    steps = f"{_count(len(history.steps), 'step')} of {history.last.of}"
    kept = "" if history.kept else ", not kept"
    yield f"── {place}canvas {history.canvas}{kept}: {_count(len(history.positions), 'token')}, {steps} ──"
    yield "entropy, mean of the free tokens, in nats by step"
    yield from bars(history.entropies, width=min(width - 12, 72), height=_HEIGHT)
    yield "tokens accepted by step"
    yield from bars(history.accepted, width=min(width - 12, 72), height=3)
    yield "tokens settled for good by step"
    settled = Counter(position.settled for position in history.positions)
    yield from bars([settled[step] for step in range(1, len(history.steps) + 1)], width=min(width - 12, 72), height=3)
    returns = [position.returns for position in history.positions]
    back = sum(1 for count in returns if count)
    often = f"{sum(returns)} times in all, at most {max(returns, default=0)} each"
    yield f"went back to noise: {_count(back, 'token')}, {often}"
    yield f"{'token':<18} settled at  went back  last entropy"
    texts = recording.pieces([position.token for position in history.positions])
    for text, position in list(zip(texts, history.positions, strict=True))[:_MOST]:
        shown = cut(repr(text)[1:-1].replace(" ", "␣") if text else "(none)", 18)
        pad = " " * (18 - columns(visible(shown)))
        shade = "▁▂▃▄▅▆▇███"[level(position.entropy)]
        yield f"{shown}{pad} {position.settled:>10}  {position.returns:>9}  {position.entropy:>8.4f} {shade}"
    if len(texts) > _MOST:
        yield f"… and {len(texts) - _MOST} more"


_MOST = 40  # tokens that are listed one by one


def _lengths(recording: Recording, found: Sequence[History], width: int) -> Iterator[str]:
    """What was tried for each hole."""
    if recording.draft is None or not found:
        return
    yield "── lengths tried ──"
    for hole in sorted({history.hole for history in found}):
        yield f"{_hole(recording)} {hole}"
        for history in found:
            if history.hole != hole:
                continue
            text = "".join(recording.pieces(history.last.fill)).replace("\n", "⏎")
            kept = "→" if history.kept else " "
            line = sparkline(history.entropies, 8)
            size = f"{history.role:<9} {len(history.positions):>3} tokens {len(history.steps):>3} steps"
            yield cut(f" {kept} {size} {line:<8} {history.entropies[-1]:.3f}  {visible(text)}", width)
    yield ""


def _time(recording: Recording) -> Iterator[str]:
    """Where the time went."""
    steps = recording.steps
    network = sum(step.seconds - step.sampling for step in steps)
    sampling = sum(step.sampling for step in steps)
    drawing = _milliseconds(recording, "drawing_ms") / 1000
    head = _milliseconds(recording, "head_ms_per_token") / 1000 * sum(sum(step.free) for step in steps)
    head = min(head, network)
    total = max(recording.moments[-1].ms / 1000 if recording.moments else 0.0, network + sampling + drawing)
    within = "from the first canvas to the last step" if steps else "in all"
    yield f"── time: {total:.2f} s ({clock(total)}) {within} ──"
    texts = time_of(recording)
    told = [(f"{doing.value} texts", texts[doing]) for doing in Doing if texts[doing]]
    parts = (
        *(
            (("denoiser", network - head), ("head (measured by itself)", head))
            if head
            else (("denoiser and head", network),)
        ),
        ("sampling, accepting", sampling),
        ("drawing", drawing),
        *told,
        ("reading, scoring, recording", max(0.0, total - network - sampling - drawing - sum(texts.values()))),
    )
    for name, seconds in parts if steps or not told else parts[-len(told) - 1 :]:
        percent = 100 * seconds / total if total > 0 else 0.0
        yield f"{name:<28} {seconds:>8.3f} s {percent:>5.1f}%  {share(seconds, total)}"
    if steps:
        yield f"{1000 * (network + sampling) / len(steps):.1f} ms per step of one canvas, its share of the batch's"


def _milliseconds(recording: Recording, key: str) -> float:
    """A time of the last line; 0 where it has none that makes sense."""
    value = recording.result.get(key)
    return float(value) if isinstance(value, int | float) and 0 <= value < 1e12 else 0.0


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
