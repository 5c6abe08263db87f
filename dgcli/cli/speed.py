"""What `dg bench` measures."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import dgcli
from dgcli.cli.progress import size
from dgcli.diffusion import PhiloxDraws, denoise
from dgcli.engine.loading import load
from dgcli.errors import UsageError
from dgcli.events import Canvas
from dgcli.platform.backend import mx, this_backend

_SEED = 1  # the same work every time
_FIRST_ID = 16  # of the prompt's made-up ids: control tokens come before it


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Times in seconds but for `ms_per_step`, memory in bytes."""

    version: str
    mlx: str
    machine: str
    device: str
    blas: str | None
    cores: int
    model: str
    parameters: int
    weights: int
    load: float
    prompt: int
    prefill: float
    width: int
    first_step: float
    """With what the device compiles and allocates once."""
    ms_per_step: float
    """Median of the steps after the first."""
    steps: int
    converged: bool
    tokens_per_second: float
    """Tokens of the canvas by the time of all its steps."""
    peak_memory: int


def measure(
    folder: Path,
    name: str,
    *,
    width: int | None = None,
    prompt: int = 512,
    steps: int | None = None,
    force: bool = False,
) -> Speed:
    """Load the model in `folder`, read `prompt` tokens, and denoise a canvas of `width` free tokens until it settles.

    Raises:
        ModelError: the model is missing or unusable.
        UsageError: the canvas is wider than the model's.
    """
    started = time.perf_counter()
    model = load(folder, context=prompt, force=force)
    read = time.perf_counter()
    width = model.canvas_length if width is None else width
    if width > model.canvas_length:
        raise UsageError(
            f"--width is {width}, but the model's canvas has {model.canvas_length} tokens.", "Ask for a narrower one."
        )
    settings = model.settings if steps is None else model.settings.with_steps(steps)
    ids = [_FIRST_ID + index % max(1, model.vocab_size - _FIRST_ID) for index in range(prompt)]
    reading = time.perf_counter()
    predict = model.predictor(model.encode(ids))
    times = [time.perf_counter()]
    draws = PhiloxDraws(seed=_SEED, vocab_size=model.vocab_size)
    converged = False
    for step in denoise(predict, Canvas.blank(width), settings, draws):
        times.append(time.perf_counter())
        converged = step.settled
    taken = [after - before for before, after in pairwise(times)]
    return Speed(
        version=dgcli.__version__,
        mlx=version("mlx"),
        machine=_machine(),
        device=this_backend().device,
        blas=this_backend().blas,
        cores=_cores(),
        model=name,
        parameters=model.parameters,
        weights=model.nbytes,
        load=round(read - started, 3),
        prompt=prompt,
        prefill=round(times[0] - reading, 3),
        width=width,
        first_step=round(taken[0], 4),
        ms_per_step=round(1000 * statistics.median(taken[1:] or taken), 2),
        steps=len(taken),
        converged=converged,
        tokens_per_second=round(width / sum(taken), 2),
        peak_memory=peak_memory(),
    )


def line(speed: Speed) -> str:
    """All of it that is worth quoting."""
    backend = speed.device if speed.blas is None or speed.device != "cpu" else f"{speed.device} with {speed.blas}"
    settled = "" if speed.converged else " (not settled)"
    return (
        f"dg {speed.version}, mlx {speed.mlx}, {speed.machine}, {speed.cores} cores, {backend}; "
        f"{speed.model}, {speed.parameters / 1e6:.0f}M parameters: "
        f"load {speed.load:.2f} s, prefill {speed.prompt / speed.prefill:.0f} tok/s of {speed.prompt}, "
        f"{speed.ms_per_step:.1f} ms/step of {speed.width} tokens (first {1000 * speed.first_step:.1f}), "
        f"{speed.steps} steps{settled}, {speed.tokens_per_second:.1f} tok/s, peak {size(speed.peak_memory)}"
    )


def _machine() -> str:
    name = mx.device_info().get("device_name") if this_backend().device == "metal" else platform.machine()
    return f"{name}, {platform.system()}"


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def peak_memory() -> int:
    """Of this process, and on Metal of what mlx held for it."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return max(peak, int(mx.get_peak_memory())) if this_backend().device == "metal" else peak
