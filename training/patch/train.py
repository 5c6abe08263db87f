"""Teach the denoiser's adapter; stop and go on at any time.

    python -m training.patch.train PACKED_FOLDER RUN_FOLDER --minutes 60
    torchrun --nproc-per-node 2 -m training.patch.train PACKED_FOLDER RUN_FOLDER --minutes 60   # two cores

The run's folder has `state.pt`, all that is needed to go on, and `adapter/`, a folder for `dg --adapter`. With
`--adapter` a run begins with such a folder. The examples of a step depend on the seed, the step and the worker alone.
Rates rise over the first steps and fall over the last part of `--minutes` (`--decay`; 0 where more is to follow).
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.distributed as workers
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from training.patch.base import load_base
from training.patch.examples import NOISE, PAD, Batch, Texts, batch, shape_of
from training.patch.network import EMBEDDING, ROWS, Patched, Shape, adapter, load_adapter
from training.patch.options import PACKED, options, parsed
from training.patch.text import load_texts

RANK, ALPHA = 32, 64
WARM_UP = 40  # steps
PAD_WEIGHT = 0.3  # of the loss on padding, of which there is much and which is easy
SAVED_EVERY, TOLD_EVERY = 240.0, 25.0  # seconds
HOLES = (1, 3, 6, 12)  # tokens, of the holes that are measured
WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"


@dataclass(frozen=True)
class Losses:
    """Cross-entropy of the noised tokens, in nats."""

    mean: torch.Tensor  # what is trained
    each: torch.Tensor  # [N]
    is_pad: torch.Tensor  # [N]


def losses(model: Patched, made: Batch) -> Losses:
    """The denoiser's on one batch."""
    device = model.embedding.device
    prefix, canvas, target, noised = (
        torch.as_tensor(array, device=device) for array in (made.prefix, made.canvas, made.target, made.noised)
    )
    with torch.no_grad():
        _, cache = model.encode(prefix)
        each = len(canvas) // len(prefix)
        cache = [(keys.repeat_interleave(each, 0), values.repeat_interleave(each, 0)) for keys, values in cache]
    states = model.denoise(canvas, cache)[:, :-1][noised[:, 1:]]  # the state before each noised place
    wanted = target[:, 1:][noised[:, 1:]]
    found = F.cross_entropy(model.logits(states).float(), wanted, reduction="none")
    weight = torch.where(wanted == PAD, PAD_WEIGHT, 1.0)
    return Losses((found * weight).sum() / weight.sum(), found.detach(), wanted == PAD)


@torch.no_grad()
def measured(model: Patched, texts: Texts, rows: int = 16, batches: int = 2) -> dict[str, float]:
    """Losses on held-out text: of holes of some lengths that are all noise, and of examples as in training."""
    found = {}
    for hole in HOLES:
        rng = np.random.default_rng(5)
        made = [losses(model, batch(texts, rng, rows, shape=(64, 64), hole=hole)) for _ in range(batches)]
        found[f"hole of {hole}"] = float(torch.cat([one.each for one in made]).mean())
    rng = np.random.default_rng(6)
    made = [losses(model, batch(texts, rng, rows, shape=(64, 64))) for _ in range(batches)]
    each, is_pad = torch.cat([one.each for one in made]), torch.cat([one.is_pad for one in made])
    found["words"], found["padding"] = float(each[~is_pad].mean()), float(each[is_pad].mean())
    return found


class Run:
    """A model on its way, and what is kept of it."""

    def __init__(
        self, folder: Path, base: Path, rate: float, start: Path | None, *, mode: str = "denoiser", rank: int = RANK
    ) -> None:
        """`mode` is the one that is adapted."""
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self.folder, self.rate, self.mode = folder, rate, mode
        tensors = load_base(base)
        self.model = Patched(Shape(vocab_size=len(tensors[EMBEDDING])), rank, (NOISE, PAD))
        self.model.rows.requires_grad_(mode == "denoiser")
        self.model.load_base(tensors)
        if start is not None:
            begun = {name: one.float() for name, one in load_file(start / WEIGHTS).items()}
            load_adapter(self.model, begun, mode)
        self.model.to(device)
        if device == "cuda":  # what is frozen; what is trained stays float32
            for module in self.model.modules():
                for name, buffer in module._buffers.items():
                    if buffer is not None and buffer.is_floating_point():
                        module._buffers[name] = buffer.bfloat16()
        self.parameters = [each for each in self.model.parameters() if each.requires_grad]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
        self.step = self.tokens = 0
        if (state := folder / "state.pt").exists():
            saved = torch.load(state, map_location=device)
            load_adapter(self.model, saved["adapter"], mode)
            self.optimizer.load_state_dict(saved["optimizer"])
            self.step, self.tokens = saved["step"], saved["tokens"]

    def take(self, made: Batch, factor: float) -> float:
        """One step; the loss before it."""
        loss = self.go_on(losses(self.model, made).mean, factor)
        self.tokens += (made.prefix.size + made.canvas.size) * _count()
        return loss

    def go_on(self, loss: torch.Tensor, factor: float) -> float:
        """Change what is trained by a loss, at a part of the rate."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * factor
        loss.backward()
        _average(self.parameters)
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        return float(loss.detach())

    def save(self) -> None:
        """Write the state, whole or not at all, and the adapter."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = adapter(self.model, self.mode)
        state = {"adapter": kept, "optimizer": self.optimizer.state_dict(), "step": self.step, "tokens": self.tokens}
        torch.save(state, self.folder / "new.pt")
        (self.folder / "new.pt").replace(self.folder / "state.pt")
        write_adapter(kept, self.folder / "adapter")


def write_adapter(tensors: Mapping[str, torch.Tensor], folder: Path) -> None:
    """A folder as PEFT writes it, in 16 bits."""
    rank = next(len(one) for name, one in tensors.items() if ".lora_A." in name)
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: one.half().contiguous().cpu() for name, one in tensors.items()}, folder / WEIGHTS)
    config = {"peft_type": "LORA", "r": rank, "lora_alpha": ALPHA * rank // RANK}
    if ROWS in tensors:
        config["trainable_token_indices"] = [NOISE, PAD]
    (folder / CONFIG).write_text(json.dumps(config) + "\n", encoding="utf-8")


def factor(step: int, elapsed: float, decay: float, warm_up: int = WARM_UP) -> float:
    """Of the rate: up over the first steps, 1, then down over the last `decay` of the time."""
    fall = 1.0 if decay <= 0 else min(1.0, max(0.03, (1 - elapsed) / decay))
    return min(1.0, (step + 1) / warm_up) * fall


def train(run: Run, texts: Texts, args: argparse.Namespace) -> None:
    begun = saved = told = _now()
    first, tokens, losses_since = run.step, run.tokens, []
    for now in _until(begun + 60 * args.minutes):
        shape = shape_of(np.random.default_rng((args.seed, run.step)))
        made = batch(texts, np.random.default_rng((args.seed, run.step, _rank())), args.rows, shape=shape)
        elapsed = (now - begun) / (60 * args.minutes)
        losses_since.append(run.take(made, factor(run.step - first, elapsed, args.decay)))
        if now - told > TOLD_EVERY and _rank() == 0:
            speed = (run.tokens - tokens) / (time.time() - begun)
            mean = sum(losses_since) / len(losses_since)
            print(f"step {run.step}  {run.tokens / 1e6:.3f}M tokens  {speed:.0f} tokens/s  loss {mean:.3f}", flush=True)
            told, losses_since = now, []
        if now - saved > SAVED_EVERY and _rank() == 0:
            run.save()
            saved = now


def main() -> None:
    rows = 256 if torch.cuda.is_available() else 8
    parser = options(__doc__, ("packed", PACKED), minutes=60, rows=rows, rate=8e-4, decay=0.3, row="canvases")
    parser.add_argument("--unmeasured", action="store_true", help="do without losses on held-out text at the end")
    args = parsed(parser)
    if "WORLD_SIZE" in os.environ:
        workers.init_process_group("gloo")
    run = Run(args.run, args.base, args.rate, args.adapter)
    train(run, load_texts(args.packed, held_out=False), args)
    if _rank() == 0:
        run.save()
        if not args.unmeasured:
            print(json.dumps(measured(run.model, load_texts(args.packed, held_out=True))), flush=True)
    if workers.is_initialized():
        workers.destroy_process_group()


def _until(end: float) -> Iterator[float]:
    """The time, for each step that still begins; the same for all workers."""
    while (now := _now()) < end:
        yield now


def _now() -> float:
    now = torch.tensor(time.time(), dtype=torch.float64)
    if workers.is_initialized():
        workers.broadcast(now, 0)
    return float(now)


def _average(parameters: list[torch.nn.Parameter]) -> None:
    if not workers.is_initialized():
        return
    flat = torch.cat([each.grad.flatten() for each in parameters])
    workers.all_reduce(flat)
    flat /= _count()
    for each, grad in zip(parameters, flat.split([each.numel() for each in parameters]), strict=True):
        each.grad.copy_(grad.view_as(each))


def _rank() -> int:
    return workers.get_rank() if workers.is_initialized() else 0


def _count() -> int:
    return workers.get_world_size() if workers.is_initialized() else 1


if __name__ == "__main__":
    main()
