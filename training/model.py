"""The model that is trained: the reference DiffusionGemma of transformers, small."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion, DynamicCache

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
SOFTCAP = 30.0


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
    model.set_attn_implementation("eager" if device == "cpu" else "sdpa")  # short rows: plain products are faster
    return model.to(device=device, dtype=dtype)


def text_weights(model: nn.Module) -> dict[str, nn.Parameter]:
    """The weights of the text model by name, shared ones once."""
    return {name: weight for name, weight in model.named_parameters() if "vision" not in name}


def encode(model: DiffusionGemmaForBlockDiffusion, prompt: Tensor, length: Tensor) -> tuple[Tensor, DynamicCache]:
    """The encoder's hidden states and its cache, for prompts padded on the right."""
    cache = DynamicCache(config=model.config.get_text_config(decoder=True))
    mask = None
    if int(length.min()) < prompt.shape[1]:
        mask = (torch.arange(prompt.shape[1], device=prompt.device) < length[:, None]).long()
    output = model.model.encoder(input_ids=prompt, attention_mask=mask, past_key_values=cache)
    return output.last_hidden_state, output.past_key_values


def denoise(
    model: DiffusionGemmaForBlockDiffusion,
    canvas: Tensor,
    cache: DynamicCache,
    length: Tensor,
    *,
    held: Tensor,
    self_conditioning: Tensor | None = None,
) -> Tensor:
    """The denoiser's hidden states for canvases that follow the prompts in the cache.

    Held positions are self-conditioned on their own token at every pass, the first included, as `dg` does: that tells
    the model which tokens are text and which may be noise.
    """
    width = cache.get_seq_length()
    mask = None
    if int(length.min()) < width:
        known = torch.arange(width, device=canvas.device) < length[:, None]
        mask = torch.cat([known, torch.ones_like(canvas, dtype=torch.bool)], dim=1)

    def certain(module: nn.Module, inputs: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        embeddings, soft = inputs
        return embeddings, torch.where(held[..., None], embeddings, soft)

    with model.model.decoder.self_conditioning.register_forward_pre_hook(certain):
        return model.model.decoder(
            decoder_input_ids=canvas,
            past_key_values=cache,
            self_conditioning_logits=self_conditioning,
            decoder_attention_mask=mask,
            decoder_position_ids=length[:, None] + torch.arange(canvas.shape[1], device=canvas.device),
        ).last_hidden_state


def logits(model: DiffusionGemmaForBlockDiffusion, hidden: Tensor) -> Tensor:
    """Softcapped logits."""
    return SOFTCAP * torch.tanh(model.lm_head(hidden) / SOFTCAP)
