"""The reference model's slow parts on a CPU, done faster with the same results.

The norms become one compiled kernel. Where every token goes to every expert (`top_k_experts == num_experts`), the
experts are one wide feed-forward layer whose middle is scaled by the router, instead of a sort, a gather and a scatter.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers.models.diffusion_gemma import modeling_diffusion_gemma as reference


def _norm(x: Tensor, weight: Tensor | None, eps: float) -> Tensor:
    wide = x.float()
    normed = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return (normed if weight is None else normed * weight.float()).type_as(x)


torch._dynamo.config.recompile_limit = 64
_compiled_norm = torch.compile(_norm, dynamic=True)


def _norm_forward(self: reference.DiffusionGemmaRMSNorm, hidden_states: Tensor) -> Tensor:
    rows = hidden_states.reshape(-1, hidden_states.shape[-1])
    return _compiled_norm(rows, self.weight if self.with_scale else None, self.eps).view(hidden_states.shape)


def _experts_forward(
    self: reference.DiffusionGemmaTextExperts, hidden_states: Tensor, top_k_index: Tensor, top_k_weights: Tensor
) -> Tensor:
    count, width = self.num_experts, self.intermediate_dim
    scale = torch.zeros(len(hidden_states), count, dtype=top_k_weights.dtype, device=hidden_states.device)
    scale = scale.scatter(1, top_k_index, top_k_weights)  # zero for experts that a token does not go to
    middle = F.linear(hidden_states, self.gate_up_proj.flatten(0, 1)).unflatten(-1, (count, 2, width))
    middle = self.act_fn(middle[:, :, 0]) * middle[:, :, 1] * scale[..., None].to(middle.dtype)
    return F.linear(middle.flatten(1), self.down_proj.transpose(0, 1).flatten(1)).to(hidden_states.dtype)


def install() -> None:
    """Use the faster parts in every model of this process."""
    reference.DiffusionGemmaRMSNorm.forward = _norm_forward
    reference.DiffusionGemmaTextExperts.forward = _experts_forward
