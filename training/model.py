"""The model that is trained: the reference DiffusionGemma of transformers, small."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion

SIZE: dict[str, Any] = {
    "vocab_size": 8192,
    "hidden_size": 256,
    "intermediate_size": 512,
    "moe_intermediate_size": 256,
    "num_experts": 2,
    "top_k_experts": 2,
    "num_hidden_layers": 6,
    "layer_types": (["sliding_attention"] * 2 + ["full_attention"]) * 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "num_global_key_value_heads": 2,
    "head_dim": 64,
    "global_head_dim": 64,
    "sliding_window": 512,
    "max_position_embeddings": 4096,
    "use_bidirectional_attention": "vision",
    "pad_token_id": 0,
    "eos_token_id": 1,
    "bos_token_id": 2,
}
VISION = {  # the architecture has a vision tower; this one is never used and not saved
    "model_type": "gemma4_vision",
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "position_embedding_size": 16,
}
CANVAS_LENGTH = 128


def build(
    seed: int, dtype: torch.dtype, device: str, size: dict[str, Any] | None = None
) -> DiffusionGemmaForBlockDiffusion:
    """A model with fresh weights; `size` changes entries of its config."""
    torch.manual_seed(seed)
    config = DiffusionGemmaConfig(
        text_config=SIZE | (size or {}),
        vision_config=VISION,
        canvas_length=CANVAS_LENGTH,
        boi_token_id=10,
        eoi_token_id=11,
        image_token_id=12,
    )
    model = DiffusionGemmaForBlockDiffusion(config)
    return model.to(device=device, dtype=dtype)


def text_weights(model: nn.Module) -> dict[str, nn.Parameter]:
    """The weights of the text model by name, shared ones once."""
    return {name: weight for name, weight in model.named_parameters() if "vision" not in name}
