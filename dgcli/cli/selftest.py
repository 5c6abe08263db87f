"""`dg doctor --selftest`: whether this device computes what it should, on a small checkpoint that comes with dg.

It has random weights in the shape of the 26B model, packed to four and eight bits. Both modes run over it in each way
that a model may be held and computed here, and are compared with what float32 on the CPU made of it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import dgcli
from dgcli.checkpoint.config import read_config
from dgcli.checkpoint.tensors import tensor_table
from dgcli.checkpoint.weights import Weights
from dgcli.engine.engine import Engine
from dgcli.errors import ModelError
from dgcli.model.build import build_network, held_bytes
from dgcli.platform.backend import mx

FOLDER = Path(dgcli.__file__).parent / "bundled" / "selftest"
EXPECTED = "expected.safetensors"
FLOAT32, BFLOAT16 = 0.02, 0.1  # relative errors that rounding stays below; some Macs multiply float32 with ten bits
_PROMPT = tuple(range(20, 60))  # ids; more than the sliding window has room for
_CANVAS = tuple(range(100, 124))
_SCORED = tuple(range(200, 216))
_STEPS = 10  # that are timed


@dataclass(frozen=True)
class Outcome:
    """What came of one way to hold and compute the weights."""

    way: str
    error: float
    """The largest of hidden states, logits and scores: root mean square of what differs, by that of what is right."""
    bound: float
    """What the error has to stay below."""
    seconds: float
    """Of a step, the median."""

    @property
    def passed(self) -> bool:
        return self.error < self.bound  # not so where it is not a number


def outcomes() -> Iterator[Outcome]:
    """One for each way, packed or expanded, in float32 and bfloat16. Raises ModelError where a file is missing."""
    path = FOLDER / EXPECTED
    try:
        expected = cast("dict[str, mx.array]", mx.load(str(path)))
    except (OSError, RuntimeError):  # as mlx has it
        raise ModelError(f"{path} is missing or damaged.", "It comes with dg: install dg again.") from None
    for expand in (False, True):
        for dtype, bound in ((mx.float32, FLOAT32), (mx.bfloat16, BFLOAT16)):
            engine = load(FOLDER, dtype, expand=expand)
            found = computed(engine)
            yield Outcome(
                way=f"{'expanded' if expand else 'packed'} weights in {str(dtype).rpartition('.')[2]}",
                error=max(_error(found[name], expected[name]) for name in expected),
                bound=bound,
                seconds=_seconds(engine),
            )


def load(folder: Path, dtype: mx.Dtype, *, expand: bool) -> Engine:
    """The checkpoint in `folder`, in a type of its own. Raises ModelError."""
    config, weights = read_config(folder), Weights(folder)
    network = build_network(config, weights, tensor_table(config), expand=expand, dtype=dtype)
    return Engine(path=folder, network=network, parameters=0, nbytes=held_bytes(network))


def computed(engine: Engine) -> dict[str, mx.array]:
    """What both modes make of fixed ids.

    Hidden states of the prompt [40, H], logits of the first step and of one that is conditioned on it [24, V], scores
    of a continuation [16], all in float32.
    """
    cache = engine.encode(_PROMPT, chunk=16)
    first = engine.denoise(_CANVAS, cache)
    found = {
        "hidden": cache.hidden.astype(mx.float32),
        "first": first,
        "second": engine.denoise(_CANVAS, cache, first / 0.8),
        "scores": engine.score(_SCORED, cache),
    }
    mx.eval(found)
    return found


def _error(found: mx.array, expected: mx.array) -> float:
    difference = mx.sqrt(mx.mean((found - expected) ** 2)) / mx.sqrt(mx.mean(expected**2))
    return cast("float", difference.item())


def _seconds(engine: Engine) -> float:
    cache, times = engine.encode(_PROMPT), []
    for _ in range(_STEPS):
        started = time.perf_counter()
        mx.eval(engine.denoise(_CANVAS, cache))
        times.append(time.perf_counter() - started)
    return statistics.median(times)
