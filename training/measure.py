"""Losses of a run's averaged weights (those that are exported) on held-out text, beside those of word frequencies.

python measure.py PACKED_FOLDER RUN_FOLDER TOKENIZER_FOLDER
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from pack import load
from train import batch_maker
from trainer import STAGES, Trainer, word_frequencies

from examples import Sampler


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("packed", type=Path, help="folder written by pack.py")
    parser.add_argument("run", type=Path, help="folder with checkpoint.pt")
    parser.add_argument("tokenizer", type=Path, help="folder written by tokenizer.py")
    parser.add_argument("--batches", type=int, default=24)
    args = parser.parse_args()
    trainer = Trainer(0, torch.float32, "cpu", self_conditioning=0.0, encoder_weight=0.0)
    trainer.load(args.run)
    with torch.no_grad():
        for name, weight in trainer.optimizer.weights.items():
            weight.copy_(trainer.optimizer.average[name])
    packed = load(args.packed)
    unigram = word_frequencies(packed.tokens, trainer.vocabulary)
    print(json.dumps(trainer.progress))
    for stage in STAGES:
        make_batch = batch_maker(stage, Sampler(packed, held_out=True), trainer.vocabulary, args.packed, args.tokenizer)
        batches = [
            make_batch(np.random.default_rng([2, n]), np.random.default_rng([1, n]), 16) for n in range(args.batches)
        ]
        print(f"{stage}: {trainer.held_out(batches, unigram)}", flush=True)


if __name__ == "__main__":
    main()
