"""Make a Llama that is patched to denoise, and what transformers computes from the same weights.

Run by hand with torch and transformers >= 5.23:  python tests/golden/make_patched.py [SEED]
Writes beside itself patched/: config.json and model.safetensors, the weights of a small random Llama under the names of
DiffusionGemma's; adapter/, LoRA pairs and rows of its own for the denoiser, as PEFT would save them; and
forward.safetensors. The encoder is `LlamaForCausalLM` as it is. The denoiser is the same model with the pairs merged
into its weights, every position of the canvas seeing all others and what the encoder cached, its head shifted by one.
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

OUT = Path(__file__).parent / "patched"
VOCAB, CANVAS, PROMPT, RANK, ALPHA = 416, 24, 37, 2, 6
OWN_IDS = [3, 4]  # noise and padding
SIZES = {
    **{"vocab_size": VOCAB, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3},
    **{"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "rms_norm_eps": 1e-5},
    **{"max_position_embeddings": 1024, "bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0},
}
ROPE = {"rope_type": "default", "rope_theta": 100000.0}
OURS = {  # what a DiffusionGemma has and this has not, and what is another number here
    **{"global_head_dim": 16, "attention_k_eq_v": False, "layer_types": ["full_attention"] * 3},
    **{"hidden_activation": "silu", "attention_scale": 0.25, "embedding_scale": 1.0, "final_logit_softcapping": 0},
    **{"num_experts": 0, "head_shift": 1, "use_qkv_norms": False, "use_post_norms": False},
    **{"use_layer_scalars": False, "use_self_conditioning": False, "rope_parameters": {"full_attention": ROPE}},
}
NORMS = {"post_attention_layernorm": "pre_feedforward_layernorm"}  # Llama's name of the norm before its MLP


@torch.no_grad()
def main(seed: int) -> None:
    torch.manual_seed(seed)
    model = LlamaForCausalLM(LlamaConfig(**SIZES, rope_parameters=ROPE, tie_word_embeddings=True)).eval()
    for name, weight in model.named_parameters():
        random = torch.randn_like(weight)
        weight.copy_((1 + 0.2 * random if "norm" in name else random * weight.shape[-1] ** -0.5 * 1.2).half())
    (OUT / "adapter").mkdir(parents=True, exist_ok=True)
    weights = {ours(name): weight.half() for name, weight in model.model.state_dict().items()}
    save_file(weights, OUT / "model.safetensors", {"format": "pt"})
    config = {"model_type": "diffusion_gemma", "canvas_length": CANVAS, "text_config": {**SIZES, **OURS}}
    write_json(OUT / "config.json", config)
    denoiser = adapted(model)
    prompt, canvas = torch.randint(10, 400, (2, 1, PROMPT))
    canvas = canvas[:, :CANVAS].clone()
    canvas[0, 5:12] = OWN_IDS[0]
    encoded = model(prompt, use_cache=True, output_hidden_states=True)
    save_file(
        {
            "prompt": prompt[0],
            "canvas": canvas[0],
            "encoder": encoded.logits[0],
            "denoiser": denoise(denoiser, encoded, canvas)[0],
        },
        OUT / "forward.safetensors",
    )


def adapted(model: LlamaForCausalLM) -> LlamaForCausalLM:
    """The model with the pairs of a new adapter merged, and its rows; the adapter is written."""
    denoiser, tensors = copy.deepcopy(model), {}
    for name, module in denoiser.model.layers.named_modules():
        if name.endswith("_proj"):
            a = torch.randn(RANK, module.in_features) * 0.2
            b = torch.randn(module.out_features, RANK) * 0.1
            key = f"base_model.model.model.decoder.layers.{name}"
            tensors[f"{key}.lora_A.weight"], tensors[f"{key}.lora_B.weight"] = a, b
            module.weight += ALPHA / RANK * b @ a
    rows = torch.randn(len(OWN_IDS), denoiser.config.hidden_size)
    denoiser.model.embed_tokens.weight[OWN_IDS] = rows  # the head shares it
    tensors["base_model.model.model.decoder.embed_tokens.token_adapter.trainable_tokens_delta"] = rows
    save_file(tensors, OUT / "adapter" / "adapter_model.safetensors")
    write_json(
        OUT / "adapter" / "adapter_config.json",
        {
            **{"peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA, "base_model_name_or_path": "patched"},
            "trainable_token_indices": {"embed_tokens": OWN_IDS},
        },
    )
    return denoiser


def denoise(denoiser: LlamaForCausalLM, encoded: Any, canvas: torch.Tensor) -> torch.Tensor:
    """Logits [1, L, V] of each position of the canvas, from the state before it."""
    seen = torch.zeros(1, 1, CANVAS, PROMPT + CANVAS)  # added to the scores: nothing is hidden
    states = denoiser.model(
        canvas,
        past_key_values=copy.deepcopy(encoded.past_key_values),
        attention_mask=seen,
        position_ids=torch.arange(PROMPT, PROMPT + CANVAS)[None],
    ).last_hidden_state
    before = encoded.hidden_states[-1][:, -1:]  # the encoder's own last state
    return denoiser.lm_head(torch.cat([before, states[:, :-1]], dim=1))


def ours(name: str) -> str:
    """DiffusionGemma's name of a tensor of Llama."""
    for theirs, mine in NORMS.items():
        name = name.replace(theirs, mine)
    return f"model.decoder.{name}"


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
