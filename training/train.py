"""Train the small model on one CPU or one CUDA device; stop and go on at any time.

    python train.py PACKED_FOLDER RUN_FOLDER --stage language --minutes 60
    python train.py PACKED_FOLDER RUN_FOLDER --stage tasks --tokenizer TOKENIZER_FOLDER --resume --minutes 60

Learning rates rise over the first steps, stay, and fall to nothing over the last part of `--minutes` (`--decay`).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
import torch.distributed as workers
from choices import ChoiceExamples
from model import text_weights
from pack import load
from trainer import STAGES, MakeBatch, Trainer, word_frequencies

from examples import Sampler, language

CHOICES = {"tasks": 0.0, "rewrites": 0.12}  # shares of the batches; the others are tasks


def schedule(step: int, warmup: int, elapsed: float, decay: float) -> float:
    """Factor on the rates: up over the first `warmup` steps, 1, then down over the last `decay` of the time."""
    rise = min(1.0, (step + 1) / warmup)
    fall = 1.0 if decay <= 0 else min(1.0, max(0.02, (1 - elapsed) / decay))
    return rise * fall


def means(losses: Sequence[dict[str, float]]) -> str:
    """Of each loss its mean over the steps that have it."""
    names = sorted({name for step in losses for name in step})
    return " ".join(f"{name} {fmean(step[name] for step in losses if name in step):.3f}" for name in names)


def batch_maker(stage: str, sampler: Sampler, vocabulary: int, packed: Path, tokenizer: Path | None) -> MakeBatch:
    """How the stage makes its examples."""
    if stage == "language":
        return lambda shapes, rng, size: language(sampler, shapes, rng, size, vocabulary)
    if tokenizer is None:
        raise SystemExit(f"--stage {stage} needs --tokenizer")
    from pairs import Pairs
    from tasks import KINDS, MOSTLY_RESTYLE, TaskExamples

    kinds = {"tasks": KINDS, "rewrites": MOSTLY_RESTYLE}[stage]
    tasks = TaskExamples(sampler, Pairs.load(packed), tokenizer, vocabulary, kinds)
    choices = ChoiceExamples(sampler, tokenizer)
    share = CHOICES[stage]
    return lambda shapes, rng, size: (choices if shapes.random() < share else tasks)(shapes, rng, size)


def settings() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("packed", type=Path, help="folder written by pack.py")
    parser.add_argument("run", type=Path, help="folder for the checkpoint")
    parser.add_argument("--stage", choices=STAGES, default="language")
    parser.add_argument("--tokenizer", type=Path, help="folder written by tokenizer.py (for all stages but language)")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in the run folder")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--steps", type=int, help="stop after so many steps of this run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--warmup", type=int, default=60)
    parser.add_argument("--decay", type=float, default=0.2, help="part of the time over which the rates fall")
    parser.add_argument("--self-conditioning", type=float, default=0.5, help="share of the batches")
    parser.add_argument("--encoder-weight", type=float, default=0.5)
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="bfloat16")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--workers", type=int, default=1, help="processes that share each step (on a CPU, one a core)")
    parser.add_argument("--threads", type=int, default=1, help="of each worker")
    parser.add_argument("--save-minutes", type=float, default=4)
    return parser.parse_args()


def main() -> None:
    """Train for so many minutes."""
    args = settings()
    if args.workers == 1:
        train(0, args, "")
        return
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(train, (args, f"file://{folder}/meet"), nprocs=args.workers)


def agreed(elapsed: float) -> float:
    """The first worker's clock, for all of them."""
    if not workers.is_initialized():
        return elapsed
    clock = torch.tensor([elapsed], dtype=torch.float64)
    workers.broadcast(clock, 0)
    return float(clock)


def train(worker: int, args: argparse.Namespace, meeting: str) -> None:
    """One worker's training. The first one reports and saves."""
    if meeting:
        workers.init_process_group("gloo", init_method=meeting, rank=worker, world_size=args.workers)
    torch.set_num_threads(args.threads)
    trainer = Trainer(
        args.seed,
        getattr(torch, args.dtype),
        args.device,
        self_conditioning=args.self_conditioning,
        encoder_weight=args.encoder_weight,
    )
    if args.resume:
        trainer.load(args.run)
    packed = load(args.packed)
    make_batch = batch_maker(args.stage, Sampler(packed), trainer.vocabulary, args.packed, args.tokenizer)
    judge = batch_maker(args.stage, Sampler(packed, held_out=True), trainer.vocabulary, args.packed, args.tokenizer)
    held_out = [
        judge(np.random.default_rng([2, number]), np.random.default_rng([1, number]), 24) for number in range(8)
    ]
    unigram = word_frequencies(packed.tokens, trainer.vocabulary)
    size = sum(weight.numel() for weight in text_weights(trainer.model).values())
    if worker == 0:
        print(f"{size / 1e6:.1f}M parameters, {len(packed.tokens) / 1e6:.1f}M tokens of text", flush=True)

    began = saved = told = time.monotonic()
    first_step, before = trainer.progress["step"], trainer.progress["seconds"]
    told_tokens, recent = trainer.progress["tokens"], []
    while (elapsed := agreed(time.monotonic() - began)) < 60 * args.minutes:
        done = trainer.progress["step"] - first_step
        if args.steps is not None and done >= args.steps:
            break
        scale = schedule(trainer.progress["step"], args.warmup, elapsed / (60 * args.minutes), args.decay)
        recent.append(trainer.step(make_batch, args.stage, args.batch // args.workers, scale))
        if worker != 0:
            continue
        now = time.monotonic()
        trainer.progress["seconds"] = before + now - began
        step = trainer.progress["step"]
        if step % 20 == 0 or step <= 5:
            rate = (trainer.progress["tokens"] - told_tokens) / (now - told)
            print(
                f"{args.stage} step {step} {means(recent)} scale {scale:.2f} "
                f"{rate:.0f} tokens/s {trainer.progress['tokens'] / 1e6:.2f}M tokens "
                f"{args.minutes - (now - began) / 60:.1f} min left",
                flush=True,
            )
            told, told_tokens, recent = now, trainer.progress["tokens"], []
        if step % 200 == 0:
            print(f"  held out: {trainer.held_out(held_out, unigram)}", flush=True)
        if now - saved > 60 * args.save_minutes:
            trainer.save(args.run)
            saved = now
    if worker != 0:
        return
    trainer.save(args.run)
    print(f"  held out: {trainer.held_out(held_out, unigram)}\nsaved step {trainer.progress['step']}", flush=True)


if __name__ == "__main__":
    main()
