"""All that decides a run: written into the adapter's folder, so that the run can go on."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from dgcli.checkpoint.tensors import BOTH, DENOISER, ENCODER, Mode
from dgcli.platform.files import write_whole

PlanMode = Literal["denoiser", "encoder", "both", "each"]
"""Which modes of the model are trained: one of them, both with one pair for each matrix, or each with its own."""

PLAN = "plan.json"
BETAS = (0.95, 0.99)  # of Adam
CLIP = 1.0  # the norm of all gradients together, at most
LAST = 0.1  # of the rate, at the end of the cosine
LEAST_LEVEL = 1e-3  # of noise


@dataclass(frozen=True)
class Plan:
    """Settings of one run. Rates as published for the released checkpoint."""

    mode: PlanMode = "denoiser"
    rank: int = 16
    alpha: float = 32.0
    """The correction of a matrix is alpha / rank * B A."""
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    """Last parts of the names of matrices that are corrected; experts and router never are."""
    rate: float = 1.5e-4
    """The highest; it rises over `warm_up` steps and falls to a tenth along a cosine."""
    warm_up: int = 25
    steps: int | None = None
    """Steps of the whole run, as far as `minutes` do not end it."""
    minutes: float | None = None
    """Of training in all, with what earlier parts of the run took."""
    batch_tokens: int = 1024
    """Tokens that are computed at once, those of both modes together, unless one example alone has more."""
    accumulate: int = 1
    """Times `batch_tokens` make one step: where memory is short, it is computed in about as many batches."""
    checkpointing: bool = False
    """Whether the states within layers are computed again for the gradient instead of being kept."""
    all_tokens: bool = False
    """Whether tokens that were not noised count in the denoiser's loss."""
    self_conditioning: float = 0.5
    """The share of batches with a first pass, whose beliefs the second reads. Only where a checkpoint has that part."""
    encoder_weight: float = 1.0
    """Of the encoder's loss beside the denoiser's, where both are trained."""
    measure_every: int = 25
    """Steps between two measurements of the held-out loss."""
    patience: int = 4
    """Measurements without a better loss after which the run ends."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError where nothing ends the run."""
        if self.steps is None and self.minutes is None:
            raise ValueError("neither steps nor minutes are given")


def trained_modes(plan: Plan) -> tuple[Mode, ...]:
    """Which modes of the model learn."""
    return BOTH if plan.mode in ("both", "each") else (ENCODER if plan.mode == "encoder" else DENOISER,)


def keep_plan(plan: Plan, folder: Path) -> None:
    """Raises OSError."""
    write_whole(folder / PLAN, json.dumps(asdict(plan), indent=1) + "\n")


def read_plan(folder: Path) -> Plan | None:
    """The plan of the run that a folder has; None where it has none that can be read."""
    with suppress(OSError, ValueError, TypeError, AttributeError):
        values = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        return Plan(**{**values, "targets": tuple(values["targets"])})
    return None
