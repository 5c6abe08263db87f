"""The config of the released 26B model in mlx's 4-bit conversion, with every field that it has; whole, or shrunk."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from dgcli.checkpoint.config import read_config
from dgcli.checkpoint.tensors import tensor_table
from dgcli.platform.backend import mx
from tests.checkpoints import TINY, WEIGHTS, save

_EIGHT = {"group_size": 64, "bits": 8}
_ENDS = [1, 106, 50]
_SHRUNK = {
    **{"hidden_size": 64, "intermediate_size": 64, "moe_intermediate_size": 64, "num_hidden_layers": 6},
    **{"num_attention_heads": 4, "num_key_value_heads": 2, "num_global_key_value_heads": 1, "head_dim": 16},
    **{"global_head_dim": 32, "num_experts": 8, "top_k_experts": 2, "sliding_window": 16, "vocab_size": 416},
    **{"max_position_embeddings": 1024},
}


def released_config(*, shrunk: bool = False) -> dict[str, Any]:
    """The value of config.json; shrunk, with small sizes, and ids of the vocabulary of the tests."""
    ends = [1, 6, 50] if shrunk else _ENDS
    text = _text_config() | (_SHRUNK if shrunk else {})
    text["layer_types"] = text["layer_types"][: text["num_hidden_layers"]]
    quantization = {"group_size": 64, "bits": 4, "mode": "affine", **_modules(text["layer_types"])}
    return {
        "architectures": ["DiffusionGemmaForBlockDiffusion"],
        "boi_token_id": 400 if shrunk else 255_999,
        "canvas_length": 32 if shrunk else 256,
        "dtype": "bfloat16",
        "eoi_token_id": 401 if shrunk else 258_882,
        "eos_token_id": ends,
        "image_token_id": 402 if shrunk else 258_880,
        "initializer_range": 0.02,
        "model_type": "diffusion_gemma",
        "text_config": text,
        "tie_word_embeddings": True,
        "transformers_version": "5.8.0.dev0",
        "vision_config": _vision_config(),
        "vision_soft_tokens_per_image": 280,
        "generation_config": generation_config(ends),
        "quantization": quantization,
        "quantization_config": quantization,
    }


def generation_config(ends: list[int], steps: int = 48) -> dict[str, Any]:
    """The value of generation_config.json, which the config repeats."""
    return {
        "confidence_threshold": 0.005,
        "eos_token_id": ends,
        "max_denoising_steps": steps,
        "max_new_tokens": 256,
        "pad_token_id": 0,
        "sampler_config": {"_cls_name": "EntropyBoundSamplerConfig", "entropy_bound": 0.1},
        "stability_threshold": 1,
        "t_max": 0.8,
        "t_min": 0.4,
        "transformers_version": "5.8.0.dev0",
    }


def released_checkpoint(folder: Path) -> Path:
    """A checkpoint of the shrunk config with random weights, laid out as the conversion has them, vision included."""
    folder.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copyfile(TINY / name, folder / name)
    values = released_config(shrunk=True)
    (folder / "config.json").write_text(json.dumps(values), encoding="utf-8")
    ends = values["eos_token_id"]
    (folder / "generation_config.json").write_text(json.dumps(generation_config(ends, steps=4)), encoding="utf-8")
    config = read_config(folder)
    arrays = {"model.encoder.vision_tower.encoder.layers.0.mlp.up_proj.linear.weight": mx.zeros((4, 4), mx.uint32)}
    for number, tensor in enumerate(tensor_table(config).values()):
        key = mx.random.key(number)
        if not tensor.packable:
            arrays[tensor.name] = mx.random.uniform(0.5, 1.5, tensor.shape, key=key).astype(mx.bfloat16)
            continue
        packing = config.quantisation.of(tensor.module)
        assert packing is not None
        whole = (mx.random.normal(tensor.shape, key=key) * tensor.shape[-1] ** -0.5).astype(mx.bfloat16)
        packed = mx.quantize(whole, group_size=packing.group_size, bits=packing.bits)
        for part, array in zip(("weight", "scales", "biases"), packed, strict=True):
            arrays[f"{tensor.module}.{part}"] = array
    save(folder / WEIGHTS, arrays)
    return folder


def _modules(kinds: list[str]) -> dict[str, dict[str, int]]:
    """The modules that have eight bits: a layer that sees everything has no matrix of values."""
    names = ["model.decoder.embed_tokens"]
    for index, kind in enumerate(kinds):
        values = ["self_attn.v_proj"] if kind == "sliding_attention" else []
        parts = ["self_attn.q_proj", "self_attn.k_proj", *values, "self_attn.o_proj"]
        parts += ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj", "router.proj"]
        names += [f"model.decoder.layers.{index}.{part}" for part in parts]
    return {name: dict(_EIGHT) for name in names}


def _text_config() -> dict[str, Any]:
    return {
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": 2,
        "dtype": "bfloat16",
        "eos_token_id": 1,
        "final_logit_softcapping": 30.0,
        "global_head_dim": 512,
        "head_dim": 256,
        "hidden_activation": "gelu_pytorch_tanh",
        "hidden_size": 2816,
        "initializer_range": 0.02,
        "intermediate_size": 2112,
        "layer_types": (["sliding_attention"] * 5 + ["full_attention"]) * 5,
        "max_position_embeddings": 262_144,
        "model_type": "diffusion_gemma_text",
        "moe_intermediate_size": 704,
        "num_attention_heads": 16,
        "num_experts": 128,
        "num_global_key_value_heads": 2,
        "num_hidden_layers": 30,
        "num_key_value_heads": 8,
        "pad_token_id": 0,
        "rms_norm_eps": 1e-06,
        "rope_parameters": {
            "full_attention": {"partial_rotary_factor": 0.25, "rope_theta": 1_000_000.0, "rope_type": "proportional"},
            "sliding_attention": {"rope_theta": 10_000.0, "rope_type": "default"},
        },
        "sliding_window": 1024,
        "tie_word_embeddings": True,
        "top_k_experts": 8,
        "use_bidirectional_attention": "vision",
        "vocab_size": 262_144,
    }


def _vision_config() -> dict[str, Any]:
    return {
        "_name_or_path": "",
        "architectures": None,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "chunk_size_feed_forward": 0,
        "default_output_length": 280,
        "dtype": "bfloat16",
        "global_head_dim": 72,
        "head_dim": 72,
        "hidden_activation": "gelu_pytorch_tanh",
        "hidden_size": 1152,
        "id2label": {"0": "LABEL_0", "1": "LABEL_1"},
        "initializer_range": 0.02,
        "intermediate_size": 4304,
        "is_encoder_decoder": False,
        "label2id": {"LABEL_0": 0, "LABEL_1": 1},
        "max_position_embeddings": 131_072,
        "model_type": "gemma4_vision",
        "num_attention_heads": 16,
        "num_hidden_layers": 27,
        "num_key_value_heads": 16,
        "output_attentions": False,
        "output_hidden_states": False,
        "patch_size": 16,
        "pooling_kernel_size": 3,
        "position_embedding_size": 10_240,
        "problem_type": None,
        "return_dict": True,
        "rms_norm_eps": 1e-06,
        "rope_parameters": {"rope_theta": 100.0, "rope_type": "default"},
        "standardize": True,
        "use_clipped_linears": False,
    }
