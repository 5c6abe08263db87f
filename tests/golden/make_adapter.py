"""Make a LoRA adapter of the tiny checkpoint with peft, and what the reference computes with it.

python make_adapter.py OUT [SEED] [TARGETS], with torch, transformers >= 5.23 and peft. TARGETS is a regular expression
of module names. Writes OUT/adapter_config.json, OUT/adapter_model.safetensors and OUT/forward.safetensors.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from make_golden import CANVAS, FIRST_TEXT_ID, VOCAB, denoise, encode
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import DiffusionGemmaForBlockDiffusion

TINY = Path(__file__).parent / "tiny"
TARGETS = (
    r".*(language_model|decoder)\.layers\.[0-9]+\.(self_attn\.[kqo]_proj|mlp\.up_proj)|.*self_conditioning\.down_proj"
)


@torch.no_grad()
def main(out: Path, seed: int, targets: str) -> None:
    torch.manual_seed(seed)
    model = DiffusionGemmaForBlockDiffusion.from_pretrained(TINY, dtype=torch.float32).eval()
    config = LoraConfig(
        r=2, lora_alpha=6, target_modules=targets, use_rslora=bool(seed % 2), rank_pattern={"k_proj": 1}
    )
    peft = get_peft_model(model, config).eval()
    for name, weight in peft.named_parameters():
        if "lora_B" in name:  # zeros at first
            weight.copy_(torch.randn_like(weight) * 0.2)
    peft.peft_config["default"].base_model_name_or_path = "tiny"
    peft.save_pretrained(out)
    (out / "README.md").unlink(missing_ok=True)
    prompt = torch.randint(FIRST_TEXT_ID, 400, (1, 40))
    canvas = torch.randint(0, VOCAB, (1, CANVAS))
    encoded = encode(model, prompt)
    first = denoise(model, canvas, encoded.past_key_values, prompt.shape[1])
    conditioned = denoise(model, canvas, encoded.past_key_values, prompt.shape[1], first / 0.7)
    found = {
        "prompt": prompt,
        "canvas": canvas,
        "hidden": encoded.last_hidden_state,
        "logits": first[:, ::4],
        "conditioned": conditioned[:, ::4],
    }
    save_file({name: tensor[0].contiguous() for name, tensor in found.items()}, out / "forward.safetensors")


if __name__ == "__main__":
    place, *rest = sys.argv[1:]
    main(Path(place), int(rest[0]) if rest else 0, rest[1] if len(rest) > 1 else TARGETS)
