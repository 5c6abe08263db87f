"""Begin a run with the weights of a checkpoint folder, the packaged one among them, instead of fresh ones.

    python start.py MODEL_FOLDER RUN_FOLDER

Where the model to be trained is wider in its feed-forward layers, what is added is fresh but leads nowhere yet: the
new model computes what the old one does. What the optimiser had learned about the weights is not in the folder.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from trainer import Trainer

from dgcli.backend import mx
from dgcli.model.config import read_config

PREFIXES = ("model.encoder.language_model.", "model.decoder.")  # the same weights: a folder has the second


def stored_weights(folder: Path) -> dict[str, Tensor]:
    """The folder's weights in float32, by their names in the reference."""
    quantisation = read_config(folder).quantisation
    stored = mx.load(str(folder / "model.safetensors"))
    found = {}
    for name, value in stored.items():
        base = name.removesuffix(".weight")
        if name.endswith((".scales", ".biases")):
            continue
        if f"{base}.scales" in stored:
            layout = quantisation.of(base)
            scales, biases = (stored.get(f"{base}.{part}") for part in ("scales", "biases"))
            if layout.has_biases:  # products of narrower numbers would be rounded
                scales, biases = scales.astype(mx.float32), biases.astype(mx.float32)
            exact = mx.dequantize(value, scales, biases, **asdict(layout))
            found[base if ".experts." in base else name] = _tensor(exact)
        else:
            found[name] = _tensor(value)
    return found


def _tensor(array: mx.array) -> Tensor:
    return torch.from_numpy(np.array(array.astype(mx.float32)))


def widened(small: Tensor, fresh: Tensor, name: str) -> Tensor:
    """The small weights in the place of the first fresh ones; what reads the fresh middle reads nothing of it yet."""
    wide = torch.zeros_like(fresh) if "down_proj" in name else fresh.clone()
    if "gate_up_proj" in name:  # both halves are widened
        halves = zip(small.chunk(2, 1), fresh.chunk(2, 1), strict=True)
        return torch.cat([widened(*half, "gate_proj") for half in halves], 1)
    wide[tuple(slice(0, size) for size in small.shape)] = small
    return wide


def fill(folder: Path, weights: Mapping[str, Tensor]) -> None:
    """Give the weights, by their names in the reference, the folder's values."""
    stored = stored_weights(folder)
    with torch.no_grad():
        for name, weight in weights.items():
            if "vision" not in name:
                weight.copy_(widened(stored[name if name in stored else name.replace(*PREFIXES)], weight, name))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("model", type=Path, help="folder with config.json and model.safetensors")
    parser.add_argument("run", type=Path, help="folder for the checkpoint")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    trainer = Trainer(args.seed, torch.float32, "cpu", self_conditioning=0.0, encoder_weight=0.0)
    optimizer = trainer.optimizer
    fill(args.model, optimizer.exact)
    optimizer.average = {name: value.clone() for name, value in optimizer.exact.items()}
    trainer.save(args.run)


if __name__ == "__main__":
    main()
