"""What a run tells while it goes on. All times are seconds of training, with those of earlier parts of the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Ending = Literal["steps", "minutes", "patience", "stopped"]
"""Why a run ended: all its steps, all its time, no better held-out loss for long, or the person."""


@dataclass(frozen=True)
class Progress:
    """A step was done."""

    step: int
    """Steps done, counted from 1."""
    steps: int | None
    """Of the whole run; an estimate where only minutes are given, None while nothing can be told yet."""
    loss: float
    """Of the step's batches, before it; nats a token."""
    rate: float
    norm: float
    """Of the gradients, before they are cut to `CLIP`."""
    tokens: int
    """Computed by this step, those of both modes."""
    elapsed: float
    left: float | None
    """Seconds until the end, as far as that can be told."""


@dataclass(frozen=True)
class Measured:
    """The held-out loss was measured: before the first step, between steps, and at the end."""

    step: int
    loss: float
    """Nats a token, each kind of example counting as often as it has tokens."""
    by_kind: Mapping[str, float]
    best: float
    """The lowest so far, this one included."""
    elapsed: float


@dataclass(frozen=True)
class Done:
    """The run is over, and the adapter's files are whole: the best that was measured."""

    ending: Ending
    step: int
    best_step: int
    """The step that the adapter is from; 0: nothing was better than the model as it was."""
    before: float
    """The held-out loss of the model without the adapter."""
    after: float
    """That with it."""
    folder: Path
    elapsed: float


Event = Progress | Measured | Done
