"""Train the small model on one CPU or one CUDA device; stop and go on at any time.

    python train.py PACKED_FOLDER RUN_FOLDER --stage language --minutes 60
    python train.py PACKED_FOLDER RUN_FOLDER --stage tasks --tokenizer TOKENIZER_FOLDER --resume --minutes 60

Learning rates rise over the first steps, stay, and fall to nothing over the last part of `--minutes` (`--decay`).
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as workers
from loss import head_loss, row_losses
from model import build, denoise, encode, logits, text_weights
from optimizer import Optimizer
from pack import load

from examples import Batch, Sampler, language

STAGES = ("language", "tasks")
MakeBatch = Callable[[np.random.Generator, np.random.Generator, int], Batch]


class Trainer:
    """A model, its optimiser and its place in the training."""

    def __init__(
        self,
        seed: int,
        dtype: torch.dtype,
        device: str,
        *,
        self_conditioning: float,
        encoder_weight: float,
        size: dict[str, Any] | None = None,
    ):
        self.seed, self.device = seed, device
        self.self_conditioning, self.encoder_weight = self_conditioning, encoder_weight
        self.model = build(seed, dtype, device, size)
        self.optimizer = Optimizer(text_weights(self.model), matrix_rate=0.02, rate=3e-3)
        self.vocabulary = self.model.config.text_config.vocab_size
        self.progress = {"step": 0, "tokens": 0, "seconds": 0.0}

    def losses(self, batch: Batch, rng: np.random.Generator | None) -> tuple[torch.Tensor, torch.Tensor]:
        """The denoiser's and the encoder's loss."""
        put = lambda array: torch.from_numpy(array).to(self.device)  # noqa: E731
        prompt, length, target, canvas = map(put, (batch.prompt, batch.prompt_length, batch.target, batch.canvas))
        weight, held = put(batch.weight), put(batch.held)
        head = self.model.lm_head.weight
        hidden, cache = encode(self.model, prompt, length)
        follows = torch.cat([prompt[:, 1:], prompt[:, :1]], dim=1)
        follows.scatter_(1, length[:, None] - 1, target[:, :1] if target.shape[1] else prompt[:, :1])
        to_read_alone = not target.shape[1]  # no canvas: the last token is followed by nothing
        inside = torch.arange(prompt.shape[1], device=self.device) < length[:, None] - int(to_read_alone)
        encoder_loss = head_loss(hidden, head, follows, inside.float())
        if to_read_alone:
            return encoder_loss.new_zeros(()), encoder_loss
        found = None
        if rng is not None and rng.random() < self.self_conditioning:
            with torch.no_grad():
                found = logits(self.model, denoise(self.model, canvas, cache, length, held=held))
        states = denoise(self.model, canvas, cache, length, held=held, self_conditioning=found)
        return head_loss(states, head, target, weight), encoder_loss

    def step(self, make_batch: MakeBatch, stage: str, size: int, scale: float) -> tuple[float, float]:
        """One training step. Its examples depend on the seed, the stage and the step's number alone."""
        key = [self.seed, STAGES.index(stage), self.progress["step"]]
        shapes = np.random.default_rng([*key, 0])  # the same in all workers, so that none waits for the others
        batch = make_batch(shapes, np.random.default_rng([*key, 1 + self.optimizer.worker]), size)
        denoiser_loss, encoder_loss = self.losses(batch, shapes)
        (denoiser_loss + self.encoder_weight * encoder_loss).backward()
        self.optimizer.step(scale)
        self.progress["step"] += 1
        self.progress["tokens"] += self.optimizer.of * (int(batch.prompt_length.sum()) + batch.target.size)
        return denoiser_loss.item() if batch.target.size else np.nan, encoder_loss.item()

    @torch.no_grad()
    def held_out(self, batches: list[Batch], unigram: torch.Tensor) -> str:
        """Losses on held-out text, with what word frequencies alone give on the same tokens."""
        head = self.model.lm_head.weight
        sums = dict.fromkeys(("encoder", "noise", "hole"), (0.0, 0.0, 0))
        for batch in batches:
            prompt, length, target, canvas = map(
                torch.from_numpy, (batch.prompt, batch.prompt_length, batch.target, batch.canvas)
            )
            hidden, cache = encode(self.model, prompt.to(self.device), length.to(self.device))
            found = hidden[:, :0]
            if target.shape[1]:
                held = torch.from_numpy(batch.held).to(self.device)
                found = denoise(self.model, canvas.to(self.device), cache, length.to(self.device), held=held)
            inside = torch.arange(prompt.shape[1] - 1) < length[:, None] - 1
            holes = torch.from_numpy(batch.held).any(1, keepdim=True)
            noised = (canvas != target) & (torch.from_numpy(batch.weight) > 0) & (target > 2)
            for name, states, tokens, chosen in (
                ("encoder", hidden[:, :-1], prompt[:, 1:], inside),
                ("noise", found, target, noised & ~holes),
                ("hole", found, target, noised & holes),
            ):
                loss = row_losses(states, head, tokens.to(self.device)).cpu()[chosen]
                a, b, c = sums[name]
                sums[name] = (a + float(loss.sum()), b - float(unigram[tokens[chosen]].sum()), c + len(loss))
        return ", ".join(f"{name} {a / c:.3f} (word frequencies {b / c:.3f})" for name, (a, b, c) in sums.items() if c)

    def save(self, folder: Path) -> None:
        """Write a checkpoint, replacing the last one only when it is complete."""
        folder.mkdir(parents=True, exist_ok=True)
        torch.save({"optimizer": self.optimizer.state(), "progress": self.progress}, folder / "new.pt")
        os.replace(folder / "new.pt", folder / "checkpoint.pt")
        (folder / "progress.json").write_text(json.dumps(self.progress) + "\n")

    def load(self, folder: Path) -> None:
        """Go on from the folder's checkpoint."""
        state = torch.load(folder / "checkpoint.pt", map_location=self.device, weights_only=True)
        self.optimizer.load(state["optimizer"])
        self.progress = state["progress"]


def schedule(step: int, warmup: int, elapsed: float, decay: float) -> float:
    """Factor on the rates: up over the first `warmup` steps, 1, then down over the last `decay` of the time."""
    rise = min(1.0, (step + 1) / warmup)
    fall = 1.0 if decay <= 0 else min(1.0, max(0.02, (1 - elapsed) / decay))
    return rise * fall


def word_frequencies(tokens: np.ndarray, vocabulary: int) -> torch.Tensor:
    """Log-probability of each token by its count."""
    counts = np.bincount(tokens, minlength=vocabulary) + 1.0
    return torch.from_numpy(np.log(counts / counts.sum()))


def mean(losses: Sequence[float]) -> float:
    """The mean of those that there are: a batch that is only read has no loss of the denoiser."""
    known = [loss for loss in losses if not np.isnan(loss)]
    return sum(known) / len(known) if known else np.nan


def batch_maker(stage: str, sampler: Sampler, vocabulary: int, packed: Path, tokenizer: Path | None) -> MakeBatch:
    """How the stage makes its examples."""
    if stage == "language":
        return lambda shapes, rng, size: language(sampler, shapes, rng, size, vocabulary)
    if tokenizer is None:
        raise SystemExit("--stage tasks needs --tokenizer")
    from pairs import Pairs
    from tasks import TaskExamples

    return TaskExamples(sampler, Pairs.load(packed), tokenizer, vocabulary)


def settings() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("packed", type=Path, help="folder written by pack.py")
    parser.add_argument("run", type=Path, help="folder for the checkpoint")
    parser.add_argument("--stage", choices=STAGES, default="language")
    parser.add_argument("--tokenizer", type=Path, help="folder written by tokenizer.py (for --stage tasks)")
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
    if args.device == "cpu":
        import fast

        fast.install()
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
            denoiser_loss, encoder_loss = map(mean, zip(*recent, strict=True))
            rate = (trainer.progress["tokens"] - told_tokens) / (now - told)
            print(
                f"{args.stage} step {step} denoiser {denoiser_loss:.3f} encoder {encoder_loss:.3f} scale {scale:.2f} "
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
