"""A model in training: its losses, its steps, its checkpoints."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from choices import OPTIONS, SCALE, WEIGHT, Choices
from loss import head_loss, row_losses
from model import build, text_weights
from network import denoise, encode, soft_embeddings
from optimizer import Optimizer

from examples import Batch

STAGES = ("language", "tasks", "rewrites")
MakeBatch = Callable[[np.random.Generator, np.random.Generator, int], Batch | Choices]


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
        self.self_conditioning = self_conditioning
        self.weights = {"denoiser": 1.0, "encoder": encoder_weight, "choice": WEIGHT}
        self.model = build(seed, dtype, device, size)
        self.optimizer = Optimizer(text_weights(self.model), matrix_rate=0.02, rate=3e-3)
        self.vocabulary = self.model.config.text_config.vocab_size
        self.progress = {"step": 0, "tokens": 0, "seconds": 0.0}

    def losses(self, batch: Batch | Choices, rng: np.random.Generator) -> dict[str, torch.Tensor]:
        """Those that the batch has, of the denoiser, the encoder and the choice among fills."""
        if isinstance(batch, Choices):
            found, encoder_loss = self.choose(batch)
            return {"choice": -found[:, 0].mean(), "encoder": encoder_loss}
        prompt, length, target, canvas = map(self._put, (batch.prompt, batch.prompt_length, batch.target, batch.canvas))
        weight, held = self._put(batch.weight), self._put(batch.held)
        head = self.model.lm_head.weight
        hidden, past = encode(self.model, prompt)
        follows = torch.cat([prompt[:, 1:], prompt[:, :1]], dim=1)
        follows.scatter_(1, length[:, None] - 1, target[:, :1] if target.shape[1] else prompt[:, :1])
        to_read_alone = not target.shape[1]  # no canvas: the last token is followed by nothing
        inside = torch.arange(prompt.shape[1], device=self.device) < length[:, None] - int(to_read_alone)
        encoder_loss = head_loss(hidden, head, follows, inside.float())
        if to_read_alone:
            return {"encoder": encoder_loss}
        soft = None
        if rng.random() < self.self_conditioning:
            with torch.no_grad():
                soft = soft_embeddings(self.model, denoise(self.model, canvas, past, length, held=held))
        states = denoise(self.model, canvas, past, length, held=held, self_conditioning=soft)
        return {"denoiser": head_loss(states, head, target, weight), "encoder": encoder_loss}

    def choose(self, choices: Choices) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probability of each option to be right, [B, OPTIONS], and the encoder's loss on those that are."""
        rows, length, begin, end = map(self._put, (choices.rows, choices.length, choices.begin, choices.end))
        alone, opening = self._put(choices.alone), self._put(choices.opening)
        head = self.model.lm_head.weight
        place = torch.arange(1, rows.shape[1], device=self.device)
        scored = (place >= begin[:, None]) & (place < length[:, None])
        hidden, _ = encode(self.model, rows)
        found = torch.zeros(scored.shape, device=self.device)
        found[scored] = -row_losses(hidden[:, :-1][scored], head, rows[:, 1:][scored])
        with torch.no_grad():
            hidden, _ = encode(self.model, alone)
            place = torch.arange(1, alone.shape[1], device=self.device)
            expected = (place > opening[:, None]) & (place <= (end - begin)[:, None])
            without_text = -(row_losses(hidden[:, :-1], head, alone[:, 1:]) * expected).sum(1)
        score = SCALE * (found.sum(1) - without_text).view(-1, OPTIONS)
        return score.log_softmax(1), -found[::OPTIONS].sum() / scored[::OPTIONS].sum()

    def step(self, make_batch: MakeBatch, stage: str, size: int, scale: float) -> dict[str, float]:
        """One training step, and its losses. Its examples depend on the seed, the stage and the step's number alone."""
        key = [self.seed, STAGES.index(stage), self.progress["step"]]
        shapes = np.random.default_rng([*key, 0])  # the same in all workers, so that none waits for the others
        batch = make_batch(shapes, np.random.default_rng([*key, 1 + self.optimizer.worker]), size)
        losses = self.losses(batch, shapes)
        torch.stack([self.weights[name] * loss for name, loss in losses.items()]).sum().backward()
        self.optimizer.step(scale)
        self.progress["step"] += 1
        self.progress["tokens"] += self.optimizer.of * batch.tokens
        return {name: loss.item() for name, loss in losses.items()}

    def _put(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(array).to(self.device)

    @torch.no_grad()
    def held_out(self, batches: list[Batch | Choices], unigram: torch.Tensor) -> str:
        """Losses on held-out text, with what word frequencies alone give on the same tokens; and the right choices."""
        head = self.model.lm_head.weight
        sums = dict.fromkeys(("encoder", "noise", "hole"), (0.0, 0.0, 0))
        right: list[bool] = []
        for batch in batches:
            if isinstance(batch, Choices):
                right += (self.choose(batch)[0].argmax(1) == 0).tolist()
                continue
            target = torch.from_numpy(batch.target)
            prompt, length, canvas = map(self._put, (batch.prompt, batch.prompt_length, batch.canvas))
            hidden, past = encode(self.model, prompt)
            states = hidden[:, :0]
            if target.shape[1]:
                states = denoise(self.model, canvas, past, length, held=self._put(batch.held))
            inside = torch.arange(prompt.shape[1] - 1) < torch.from_numpy(batch.prompt_length)[:, None] - 1
            holes = torch.from_numpy(batch.held).any(1, keepdim=True)
            noised = torch.from_numpy((batch.canvas != batch.target) & (batch.weight > 0) & (batch.target > 2))
            for name, some, tokens, chosen in (
                ("encoder", hidden[:, :-1], torch.from_numpy(batch.prompt)[:, 1:], inside),
                ("noise", states, target, noised & ~holes),
                ("hole", states, target, noised & holes),
            ):
                loss = row_losses(some, head, tokens.to(self.device)).cpu()[chosen]
                a, b, c = sums[name]
                sums[name] = (a + float(loss.sum()), b - float(unigram[tokens[chosen]].sum()), c + len(loss))
        parts = [f"{name} {a / c:.3f} (word frequencies {b / c:.3f})" for name, (a, b, c) in sums.items() if c]
        if right:
            parts.append(f"right choices {sum(right) / len(right):.3f}")
        return ", ".join(parts)

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


def word_frequencies(tokens: np.ndarray, vocabulary: int) -> torch.Tensor:
    """Log-probability of each token by its count."""
    counts = np.bincount(tokens, minlength=vocabulary) + 1.0
    return torch.from_numpy(np.log(counts / counts.sum()))
