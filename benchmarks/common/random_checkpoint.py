"""Checkpoints of random weights: one large enough that products take the time, and one with the released vocabulary.

    python -m benchmarks.common.random_checkpoint FOLDER

Float32, of the released shape, with the tokenizer and the chat template of the tests' checkpoint. Their text is noise;
their steps cost what those of trained models of that size do. `make` writes 117M parameters, with `narrow` 35M, nearly
all of them the embedding of 262,144 tokens: a step is then what is done with its logits.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from benchmarks.common.arguments import described
from dgcli.checkpoint.config import read_config
from dgcli.checkpoint.tensors import parameter_count, tensor_table
from dgcli.platform.backend import mx

TOKENIZER = Path(__file__).parents[2] / "tests" / "golden" / "tiny"
TEXT = {
    **{"model_type": "diffusion_gemma_text", "vocab_size": 32768, "hidden_size": 512, "intermediate_size": 768},
    **{"num_hidden_layers": 12, "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 64},
    **{"global_head_dim": 64, "num_global_key_value_heads": 4, "attention_k_eq_v": True},
    **{"num_experts": 16, "top_k_experts": 4, "moe_intermediate_size": 256, "sliding_window": 1024},
    **{"max_position_embeddings": 8192, "rms_norm_eps": 1e-6, "hidden_activation": "gelu_pytorch_tanh"},
    **{"pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2, "final_logit_softcapping": 30.0},
}
NARROW = {
    **{"vocab_size": 262144, "hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 6},
    **{"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32, "global_head_dim": 32},
    **{"num_global_key_value_heads": 2, "num_experts": 4, "top_k_experts": 2, "moe_intermediate_size": 64},
}
CONFIG = {
    **{"model_type": "diffusion_gemma", "architectures": ["DiffusionGemmaForBlockDiffusion"], "canvas_length": 256},
    **{"tie_word_embeddings": True, "vision_config": None, "dtype": "float32", "text_config": TEXT},
}
GENERATION = {
    **{"max_denoising_steps": 48, "t_min": 0.4, "t_max": 0.8, "stability_threshold": 1, "confidence_threshold": 0.005},
    "sampler_config": {"_cls_name": "EntropyBoundSamplerConfig", "entropy_bound": 0.1},
    **{"eos_token_id": [1, 6], "pad_token_id": 0, "bos_token_id": 2, "max_new_tokens": 256},
}
TAMED = {
    "post_attention_layernorm": 0.3,  # small steps along the residual
    "post_feedforward_layernorm.": 0.3,
    "q_norm": 0.3,  # scores of about 1, for there is no attention scale
    "k_norm": 0.3,
    "router.proj": 8.0,  # decided routers: near-ties between experts, which rounding can tip, are rare
    "self_conditioning.down_proj": 0.2,
}  # as in a trained model, what rounding does to a number hardly grows from layer to layer


def make(folder: Path, seed: int = 0, *, narrow: bool = False) -> Path:
    """Write the checkpoint into `folder`, unless it is there."""
    if (folder / "model.safetensors").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copyfile(TOKENIZER / name, folder / name)
    config = CONFIG | {"text_config": TEXT | NARROW} if narrow else CONFIG
    (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    (folder / "generation_config.json").write_text(json.dumps(GENERATION, indent=1), encoding="utf-8")
    mx.random.seed(seed)
    weights = {}
    for name, tensor in tensor_table(read_config(folder)).items():
        shape = tensor.shape
        noise = mx.random.normal(shape)
        is_vector = len(shape) == 1
        weights[name] = 1 + 0.1 * noise if is_vector else noise * shape[-1] ** -0.5
        for part, factor in TAMED.items():
            if part in name:
                weights[name] = weights[name] * factor
        mx.eval(weights[name])
    mx.save_safetensors(str(folder / "part.safetensors"), weights, {"format": "mlx"})
    (folder / "part.safetensors").replace(folder / "model.safetensors")
    return folder


def main() -> None:
    """Make the checkpoint, and print how large it is."""
    parser = described(__doc__)
    parser.add_argument("folder", type=Path, help="where the checkpoint is written")
    made = make(parser.parse_args().folder)
    print(f"{made}: {parameter_count(read_config(made)) / 1e6:.1f}M parameters")


if __name__ == "__main__":
    main()
