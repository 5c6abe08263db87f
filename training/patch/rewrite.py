"""Teach the encoder to rewrite, as an adapter of the encoder alone; stop and go on at any time.

    python -m training.patch.rewrite STYLE_FOLDER RUN_FOLDER --minutes 30

Teacher forcing: of each example the encoder reads the request that `dg restyle` makes, and the answer, whose tokens it
learns. The run's folder is as that of `training.patch.train`, whose options these are. What all requests of a batch
begin with is read once.
"""

from __future__ import annotations

import random

import torch
from torch.nn import functional as F

from dgcli.checkpoint.chat_template import Chat
from dgcli.checkpoint.tokenizer import FileTokenizer
from training.patch.network import Patched
from training.patch.options import options, parsed
from training.patch.rewrites import Pairs, Rows, batches, held_out_rows
from training.patch.teach import teach, tell
from training.patch.train import Run, factor

RANK = 8
WARM_UP = 12  # steps
MEASURED_EVERY = 1200.0  # seconds


def loss(model: Patched, rows: Rows) -> torch.Tensor:
    """Cross-entropy of the tokens of the answers, in nats; [N]."""
    device = model.embedding.device
    prefix, tokens, target, counts = (
        torch.as_tensor(array, device=device) for array in (rows.prefix, rows.tokens, rows.target, rows.counts)
    )
    _, cache = model.encode(prefix, scale=model.scale)
    cache = [(keys.expand(len(tokens), -1, -1, -1), values.expand(len(tokens), -1, -1, -1)) for keys, values in cache]
    states, _ = model.encode(tokens, cache, scale=model.scale)
    logits = F.linear(states[counts], model.embedding)
    return F.cross_entropy(logits.float(), target[counts], reduction="none")


@torch.no_grad()
def measured(model: Patched, rows: list[Rows]) -> float:
    """Nats a token of the answers."""
    return float(torch.cat([loss(model, each) for each in rows]).mean())


def main() -> None:
    material = ("style", "folder of pairs, see `training.patch.rewrites`")
    args = parsed(options(__doc__, material, minutes=30, rows=8, rate=6e-4, decay=0.4))
    run = Run(args.run, args.base, args.rate, args.adapter, mode="encoder", rank=RANK)
    chat = Chat.load(args.base, FileTokenizer.load(args.base))
    pairs, others = Pairs.read(args.style), Pairs.read(args.style, held_out=True)
    held_out = {kind: held_out_rows(others, kind, chat, args.rows) for kind in others.kinds}
    coming: list[Rows] = []

    def step(elapsed: float) -> tuple[float, int]:
        nonlocal coming
        coming = coming or batches(pairs, chat, random.Random(f"{args.seed} {run.step}"), args.rows)
        made = coming.pop()
        found = run.go_on(loss(run.model, made).mean(), factor(run.step, elapsed, args.decay, WARM_UP))
        return found, made.prefix.size + made.tokens.size

    def measure() -> dict[str, float]:
        return {f"held-out {kind}": measured(run.model, rows) for kind, rows in held_out.items()}

    tell(run, measure())
    teach(run, args.minutes, step, measure, measured_every=MEASURED_EVERY)


if __name__ == "__main__":
    main()
