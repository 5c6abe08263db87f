"""Muon for the weight matrices, AdamW for the rest, over float32 copies of the weights.

Muon (Jordan and others, 2024) makes the update of a matrix orthogonal by a Newton-Schulz iteration; at a given amount
of text it learns markedly faster than AdamW, and here it costs a few percent of a step.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as workers
from torch import Tensor, nn

MATRICES = ("_proj.weight", "experts.gate_up_proj", "experts.down_proj")


def orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """The nearest matrix with singular values near 1; leading dimensions are a batch."""
    x = matrix.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        product = x @ x.mT
        x = 3.4445 * x + (-4.7750 * product + 2.0315 * product @ product) @ x
    return (x.mT if tall else x).float()


class Optimizer:
    """Steps a model whose weights may be of low precision; `average` is a running mean of the exact weights."""

    def __init__(
        self,
        weights: dict[str, nn.Parameter],
        *,
        matrix_rate: float,
        rate: float,
        decay: float = 0.05,
        momentum: float = 0.95,
        average_over: float = 200,
    ):
        self.weights = weights
        self.exact = {name: weight.detach().float().clone() for name, weight in weights.items()}
        self.average = {name: value.clone() for name, value in self.exact.items()}
        self.matrices = [n for n in weights if n.endswith(MATRICES) and "router" not in n]
        self.matrix_rate, self.decay, self.momentum, self.average_over = matrix_rate, decay, momentum, average_over
        self.velocity = {name: torch.zeros_like(self.exact[name]) for name in self.matrices}
        self.others = [name for name in weights if name not in self.velocity]
        self.adam = torch.optim.AdamW(
            [self.exact[name] for name in self.others], lr=rate, betas=(0.9, 0.98), weight_decay=0.0
        )
        self.rate = rate
        self.steps = 0
        self.worker, self.of = (workers.get_rank(), workers.get_world_size()) if workers.is_initialized() else (0, 1)

    @torch.no_grad()
    def step(self, scale: float) -> None:
        """One step from the gradients in the model; `scale` is the schedule's factor on the learning rates.

        Several workers take the mean of their gradients and share out the matrices among them.
        """
        gradients = {
            name: torch.zeros_like(self.exact[name]) if weight.grad is None else weight.grad.float()
            for name, weight in self.weights.items()
        }
        self._sum(gradients, 1 / self.of)
        for group in self.adam.param_groups:
            group["lr"] = self.rate * scale
        for name in self.others:
            self.exact[name].grad = gradients[name]
        torch.nn.utils.clip_grad_norm_([self.exact[name] for name in self.others], 1.0)
        self.adam.step()
        updates = {name: torch.zeros_like(self.exact[name]) for name in self.matrices}
        for number, name in enumerate(self.matrices):
            velocity = self.velocity[name].lerp_(gradients[name], 1 - self.momentum)
            if number % self.of == self.worker:
                updates[name] = orthogonal(gradients[name].lerp(velocity, self.momentum))
        self._sum(updates)
        rate = self.matrix_rate * scale
        for name in self.matrices:
            exact = self.exact[name]
            shape = max(1.0, exact.shape[-2] / exact.shape[-1]) ** 0.5
            exact.mul_(1 - rate * self.decay).sub_(updates[name], alpha=rate * shape)
        self.steps += 1
        blend = max(1 / self.average_over, 1 / self.steps)
        for name, weight in self.weights.items():
            weight.copy_(self.exact[name])
            weight.grad = None
            self.average[name].lerp_(self.exact[name], blend)

    def _sum(self, tensors: dict[str, Tensor], factor: float = 1.0) -> None:
        """Add up the tensors of all workers, in place."""
        if self.of == 1:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors.values()])
        workers.all_reduce(flat)
        parts = flat.mul_(factor).split([tensor.numel() for tensor in tensors.values()])
        for (name, tensor), part in zip(list(tensors.items()), parts, strict=True):
            tensors[name] = part.view(tensor.shape)

    def state(self) -> dict[str, Any]:
        """All that is needed to go on."""
        return {
            "exact": self.exact,
            "average": self.average,
            "velocity": self.velocity,
            "adam": self.adam.state_dict(),
            "steps": self.steps,
        }

    @torch.no_grad()
    def load(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        for name, value in state["exact"].items():
            self.exact[name].copy_(value)
            self.weights[name].copy_(value)
            self.average[name].copy_(state["average"][name])
        for name, value in state["velocity"].items():
            self.velocity[name].copy_(value)
        self.adam.load_state_dict(state["adam"])
        self.steps = state["steps"]
