"""Compare sizes of the model by short runs on bare text, each over the same examples.

python sizes.py PACKED_FOLDER [--steps 300] [--batch 8]

Prints, for each size, its parameters, those that a token uses (without the table of embeddings, but with the head),
the time of a step, and the losses on held-out text after so many steps.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from model import text_weights
from pack import load
from train import schedule
from trainer import Trainer, word_frequencies

from examples import Sampler, language


def size(hidden: int, layers: int, experts: int, used: int, expert: int) -> dict[str, Any]:
    """A config: three layers in turn are sliding, sliding, full; heads of 64."""
    kinds = (["sliding_attention"] * 2 + ["full_attention"]) * layers
    return {
        "hidden_size": hidden,
        "intermediate_size": 2 * hidden,
        "moe_intermediate_size": expert,
        "num_experts": experts,
        "top_k_experts": used,
        "num_hidden_layers": layers,
        "layer_types": kinds[-layers:],
        "num_attention_heads": hidden // 64,
        "num_key_value_heads": 2,
        "num_global_key_value_heads": 2,
    }


SIZES = {
    "256 wide, 6 layers, 2 experts of 256, both used": size(256, 6, 2, 2, 256),
    "256 wide, 6 layers, 8 experts of 128, 2 used": size(256, 6, 8, 2, 128),
    "256 wide, 10 layers, 2 experts of 128, both used": size(256, 10, 2, 2, 128),
    "384 wide, 4 layers, 2 experts of 256, both used": size(384, 4, 2, 2, 256),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packed", type=Path)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch", type=int, default=8)
    options = parser.parse_args()
    torch.set_num_threads(1)
    packed = load(options.packed)
    for name, entries in SIZES.items():
        print(f"{name}: {trained(packed, entries, options.steps, options.batch)}", flush=True)


def trained(packed: Any, entries: dict[str, Any], steps: int, batch: int) -> str:
    """What a size comes to."""
    trainer = Trainer(1, torch.bfloat16, "cpu", self_conditioning=0.05, encoder_weight=0.6, size=entries)
    vocabulary = trainer.vocabulary
    sampler, judge = Sampler(packed), Sampler(packed, held_out=True)
    make_batch = lambda shapes, rng, count: language(sampler, shapes, rng, count, vocabulary)  # noqa: E731
    began = time.process_time()
    for step in range(steps):
        scale = schedule(step, 30, step / steps, 0.5)
        trainer.step(make_batch, "language", batch, scale)
    seconds = (time.process_time() - began) / steps
    batches = [
        language(judge, np.random.default_rng([2, i]), np.random.default_rng([1, i]), 24, vocabulary) for i in range(8)
    ]
    weights = text_weights(trainer.model)
    total = sum(weight.numel() for weight in weights.values())
    experts = sum(weight.numel() for key, weight in weights.items() if ".experts." in key)
    active = total - experts + experts * entries["top_k_experts"] // entries["num_experts"]
    losses = trainer.held_out(batches, word_frequencies(packed.tokens, vocabulary))
    tokens = trainer.progress["tokens"] / 1e6
    parameters = f"{total / 1e6:.1f}M parameters, {active / 1e6:.1f}M used"
    return f"{parameters}, {tokens:.2f}M tokens, {seconds:.2f} s a step; {losses}"


if __name__ == "__main__":
    main()
