"""Cross-entropy through the softcapped tied head, some rows at a time, so that no table of all logits is ever held."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

SOFTCAP = 30.0
ROWS = 256


def _row_losses(raw: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Of each row the log of the sum of the probabilities' numerators, less the cap; and all but the target's part of
    the gradient of the weighted sum of losses with respect to the raw logits."""
    capped = 1 - 2 / (1 + torch.exp(raw.float() * (2 / SOFTCAP)))  # tanh
    numerator = torch.exp(SOFTCAP * capped - SOFTCAP)  # none is above 1, so the greatest need not be looked for
    total = numerator.sum(-1, keepdim=True)
    return total[:, 0].log(), (numerator * (1 - capped * capped) * (weight[:, None] / total)).to(raw.dtype)


_compiled_row_losses = torch.compile(_row_losses, dynamic=True)


class _HeadLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, head: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        weight = weight / weight.sum()
        hidden_gradient = torch.empty_like(hidden)
        head_gradient = torch.zeros(head.shape, dtype=torch.float32, device=head.device)
        total = torch.zeros((), device=hidden.device)
        for start in range(0, len(hidden), ROWS):
            rows = slice(start, start + ROWS)
            raw, hit = hidden[rows] @ head.T, target[rows, None]
            log_total, gradient = _compiled_row_losses(raw, weight[rows])
            capped = torch.tanh(raw.gather(1, hit)[:, 0].float() / SOFTCAP)
            total += ((log_total + SOFTCAP - SOFTCAP * capped) * weight[rows]).sum()
            gradient.scatter_add_(1, hit, ((capped * capped - 1) * weight[rows])[:, None].to(gradient.dtype))
            hidden_gradient[rows] = gradient @ head
            head_gradient += gradient.T @ hidden[rows]
        ctx.save_for_backward(hidden_gradient, head_gradient.to(head.dtype))
        return total

    @staticmethod
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor, Tensor, None, None]:
        hidden_gradient, head_gradient = ctx.saved_tensors
        return hidden_gradient * outer, head_gradient * outer, None, None


def head_loss(hidden: Tensor, head: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean cross-entropy of `target` under the head. Rows of weight 0 cost nothing.

    Args:
        hidden: [..., H]; target and weight [...].
    """
    used = weight.flatten() > 0
    return _HeadLoss.apply(hidden.flatten(0, -2)[used], head, target.flatten()[used], weight.flatten()[used].float())


def row_losses(hidden: Tensor, head: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy of each row: holds the table of logits, so for few rows, or without gradients."""
    raw = (hidden @ head.T).float()
    return F.cross_entropy(
        (SOFTCAP * torch.tanh(raw / SOFTCAP)).flatten(0, -2), target.flatten(), reduction="none"
    ).view(target.shape)
