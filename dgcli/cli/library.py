"""The models on this machine: the bundled one, those in folders that config.toml names, those in the Hub's cache."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from dgcli.checkpoint.config import ModelConfig, read_config
from dgcli.checkpoint.memory import Need, need
from dgcli.checkpoint.tensors import parameter_count, tensor_table
from dgcli.checkpoint.weights import Weights
from dgcli.cli.names import models_here
from dgcli.errors import ModelError
from dgcli.platform.environment import Environment
from dgcli.platform.memory import usable_memory


@dataclass(frozen=True)
class Entry:
    """A checkpoint that `-m` could name."""

    name: str
    place: str
    """"bundled", "folder" or "hub"."""
    folder: Path
    format: str
    """Of most of its weights: 4bit, mxfp4, bf16, ..."""
    parameters: int
    disk: int
    """Bytes of its files."""
    need: Need

    @property
    def fits(self) -> bool:
        return self.need.total <= usable_memory()


@dataclass(frozen=True)
class Unusable:
    """A checkpoint that cannot be loaded, and why."""

    name: str
    folder: Path
    problem: str


def library(env: Environment) -> list[Entry | Unusable]:
    """Every model on this machine, by place and name."""
    found: list[Entry | Unusable] = []
    for name, place, folder in models_here(env):
        try:
            found.append(entry(name, place, folder))
        except ModelError as error:
            found.append(Unusable(name, folder, error.problem))
    return found


def entry(name: str, place: str, folder: Path) -> Entry:
    """What the headers and the config of a checkpoint say. Raises ModelError as loading does."""
    config = read_config(folder)
    return Entry(
        name=name,
        place=place,
        folder=folder,
        format=_format(config, Weights(folder)),
        parameters=parameter_count(config),
        disk=sum(path.stat().st_size for path in folder.iterdir() if path.is_file()),
        need=need(folder),
    )


def _format(config: ModelConfig, weights: Weights) -> str:
    """The format that most weights have."""
    counts: Counter[str] = Counter()
    for tensor in tensor_table(config).values():
        if (packing := weights.packing(tensor, config.quantisation)) is not None:
            label = f"{packing.bits}bit" if packing.has_biases else packing.mode
        else:
            (part,) = weights.parts(tensor, None)
            label = weights.info(part.name).dtype.lower()
        counts[label] += tensor.size
    return counts.most_common(1)[0][0]
