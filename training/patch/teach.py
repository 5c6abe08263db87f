"""Teach for some minutes: a line on how it goes, the state kept, held-out text measured, each every so often."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from training.patch.train import SAVED_EVERY, TOLD_EVERY, Run


def teach(
    run: Run,
    minutes: float,
    step: Callable[[float], tuple[float, int]],
    measure: Callable[[], dict[str, float]],
    *,
    measured_every: float,
) -> None:
    """Take steps until the time is up, and end with a measurement.

    Args:
        step: takes one, where so much of the time is gone, from 0 to 1. Gives its loss, in nats, and its tokens.
        measure: losses on held-out text, by name.
        measured_every: seconds.
    """
    begun = saved = told = tried = time.time()
    tokens, since = run.tokens, []
    while (now := time.time()) < begun + 60 * minutes:
        loss, count = step((now - begun) / 60 / minutes)
        since.append(loss)
        run.tokens += count
        if now - told > TOLD_EVERY:
            rate = (run.tokens - tokens) / (now - begun)
            line = {"step": run.step, "loss": sum(since) / len(since), "tokens": run.tokens, "tokens/s": round(rate)}
            print(json.dumps(line), flush=True)
            told, since = now, []
        if now - saved > SAVED_EVERY:
            run.save()
            saved = now
        if now - tried > measured_every:
            tell(run, measure())
            tried = now
    run.save()
    tell(run, measure())


def tell(run: Run, losses: dict[str, float]) -> None:
    """A line with losses on held-out text."""
    print(json.dumps({"step": run.step, **losses}), flush=True)
