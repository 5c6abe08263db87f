"""What a run goes on from: one file, which takes the old one's place when it is whole."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dgcli.errors import ModelError
from dgcli.platform.backend import mx
from dgcli.tune.optimiser import Learned
from dgcli.tune.pairs import Parameters

STATE = "state.safetensors"
NEW = "new.safetensors"  # what is not whole yet
_KEY = "run"
_PARTS = ("parameters", "mean", "square")


@dataclass(frozen=True)
class Best:
    """The held-out losses of a run so far, nats a token."""

    before: float
    """Of the model as it was."""
    loss: float
    """The lowest."""
    step: int
    """That it was measured at."""
    misses: int
    """Measurements since then."""
    measured: int
    """The step of the last one."""

    def with_loss(self, loss: float, step: int) -> Best:
        """After another measurement."""
        if loss < self.loss:
            return Best(self.before, loss, step, 0, step)
        return Best(self.before, self.loss, self.step, self.misses + 1, step)


@dataclass(frozen=True, eq=False)
class State:
    """A run between two steps."""

    learned: Learned
    best: Best | None
    """None before the first measurement."""
    elapsed: float
    """Seconds of training."""

    def keep(self, folder: Path) -> None:
        """Raises OSError."""
        parts = {part: getattr(self.learned, part) for part in _PARTS}
        arrays = {f"{part}:{name}": array for part, all_ in parts.items() for name, array in all_.items()}
        told = {
            "step": self.learned.step,
            "elapsed": self.elapsed,
            "best": None if self.best is None else asdict(self.best),
        }
        save_whole(folder / STATE, arrays, {_KEY: json.dumps(told)})


def save_whole(path: Path, arrays: Parameters, metadata: dict[str, str]) -> None:
    """Write a safetensors file, which gets its name when it is whole. Raises OSError."""
    mx.eval(arrays)
    try:
        mx.save_safetensors(str(path.with_name(NEW)), arrays, metadata)
    except RuntimeError as error:  # what mlx says of a full disk, or of a folder that may not be written
        with suppress(OSError):
            path.with_name(NEW).unlink()
        raise OSError(None, str(error).strip().splitlines()[0], str(path)) from error
    path.with_name(NEW).replace(path)


def forget_state(folder: Path) -> None:
    """Of a run that is over and does not go on. Raises OSError."""
    (folder / STATE).unlink(missing_ok=True)


def read_state(folder: Path, begun: Parameters) -> State | None:
    """What was kept of a run whose pairs were `begun`; None where nothing was.

    Raises ModelError where it is of another run, or damaged.
    """
    path = folder / STATE
    if not path.exists():
        return None
    try:
        loaded: Any = mx.load(str(path), format="safetensors", return_metadata=True)
        arrays, metadata = loaded
        told = json.loads(metadata[_KEY])
        first, second, third = ({name: arrays[f"{part}:{name}"] for name in begun} for part in _PARTS)
        learned = Learned(first, second, third, int(told["step"]))
        mx.eval(first, second, third)
        if any(first[name].shape != array.shape for name, array in begun.items()):
            raise ValueError
        best = None if told["best"] is None else Best(**told["best"])
        return State(learned, best, float(told["elapsed"]))
    except (RuntimeError, KeyError, ValueError, TypeError, AttributeError):
        raise ModelError(
            f"{path} is damaged, or belongs to another run.", "Start again: delete the folder, or name another one."
        ) from None
