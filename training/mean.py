"""The mean of what several runs came to, as a run of its own: to be measured and exported.

    python mean.py RUN_FOLDER RUN=SHARE RUN=SHARE ...

Weights that were trained on from the same ones lie close, and their mean can be better than each of them (Wortsman and
others, 2022, arXiv 2203.05482). The optimiser's state is that of the first run.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from trainer import Trainer


def mean(averages: Sequence[dict[str, Tensor]], shares: Sequence[float]) -> dict[str, Tensor]:
    """Of each weight its mean; `shares` are taken for parts of their sum."""
    parts = [share / sum(shares) for share in shares]
    return {
        name: torch.stack([part * average[name] for part, average in zip(parts, averages, strict=True)]).sum(0)
        for name in averages[0]
    }


def run_and_share(text: str) -> tuple[Path, float]:
    """`RUN=SHARE`, or a run by itself, which counts once."""
    run, equals, share = text.rpartition("=")
    return (Path(run), float(share)) if equals else (Path(text), 1.0)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("out", type=Path, help="folder for the checkpoint")
    parser.add_argument("runs", type=run_and_share, nargs="+", metavar="RUN=SHARE", help="folder with checkpoint.pt")
    args = parser.parse_args()
    trainer = Trainer(0, torch.float32, "cpu", self_conditioning=0.0, encoder_weight=0.0)
    averages = []
    for run, _ in reversed(args.runs):  # the first one's state stays
        trainer.load(run)
        averages.append({name: value.clone() for name, value in trainer.optimizer.average.items()})
    found = mean(averages, [share for _, share in reversed(args.runs)])
    trainer.optimizer.exact = trainer.optimizer.average = found
    trainer.save(args.out)


if __name__ == "__main__":
    main()
