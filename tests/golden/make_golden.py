"""Make the golden files of the tests: a small random checkpoint, and what the reference computes from it.

Run by hand with torch and transformers >= 5.23:  python tests/golden/make_golden.py [SEED]
Writes beside itself:
  tiny/                    a checkpoint of the released shape, with a tokenizer and a chat template
  per_layer_config.json    the config that transformers saves for the same weights
  forward.safetensors      prompts, canvases, and logits of the denoiser and hidden states of the encoder
  generate.json            two generations, step by step
Logits are kept at every fourth position, their argmax at all. Another seed makes another set; the smallest gap between
the routers' chosen and unchosen experts is printed, and a set with a near-tie is a bad one, for rounding can tip it.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion, DynamicCache
from transformers.models.diffusion_gemma.generation_diffusion_gemma import (
    DiffusionGemmaGenerationConfig,
    EntropyBoundSampler,
    EntropyBoundSamplerConfig,
)

OUT = Path(__file__).parent
VOCAB, CANVAS, WINDOW = 416, 32, 16
FIRST_TEXT_ID = 10  # control tokens come before it
KEPT_POSITIONS = slice(0, CANVAS, 4)
TEXT_CONFIG = {
    **{"vocab_size": VOCAB, "hidden_size": 64, "intermediate_size": 64, "moe_intermediate_size": 32},
    **{"num_hidden_layers": 6, "num_attention_heads": 4, "num_key_value_heads": 2, "num_global_key_value_heads": 1},
    **{"head_dim": 16, "global_head_dim": 32, "num_experts": 8, "top_k_experts": 2, "sliding_window": WINDOW},
    **{"max_position_embeddings": 1024, "use_bidirectional_attention": "vision"},
    **{"pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2},
}
VISION_CONFIG = {
    **{"model_type": "gemma4_vision", "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1},
    **{"num_attention_heads": 1, "num_key_value_heads": 1, "head_dim": 16, "position_embedding_size": 4},
    **{"patch_size": 4},
}
GENERATION = {
    "max_denoising_steps": 12,
    "sampler_config": {"_cls_name": "EntropyBoundSamplerConfig", "entropy_bound": 0.1},
    **{"t_min": 0.4, "t_max": 0.8, "stability_threshold": 1, "confidence_threshold": 0.005, "max_new_tokens": 64},
    **{"bos_token_id": 2, "pad_token_id": 0, "eos_token_id": [1, 6]},
}
CONTROL = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<|turn>", "<turn|>", "<|channel>", "<channel|>", "<|think|>"]
IMAGE = ["<|image>", "<image|>", "<|image|>"]
TEMPLATE = """{{ bos_token }}
{%- for message in messages -%}
<|turn>{{ 'model' if message.role == 'assistant' else message.role }}
{{ message.content | trim }}<turn|>
{% endfor -%}
{% if add_generation_prompt %}
<|turn>model
{% endif %}
"""


def main(seed: int) -> None:
    torch.manual_seed(seed)
    model = make_model()
    gaps = watch_routers(model)
    write_checkpoint(model, OUT / "tiny")
    write_tokenizer(OUT / "tiny")
    save_file(forward_passes(model, seed), OUT / "forward.safetensors")
    runs = generations(model, seed)
    (OUT / "generate.json").write_text(json.dumps(runs) + "\n", encoding="utf-8")
    ends = [any(token in (1, 6) for token in run["output"]) for run in runs]
    print(f"smallest router gap {min(gaps):.1e}; stop ids in the outputs: {ends}")


def make_model() -> DiffusionGemmaForBlockDiffusion:
    """Random weights whose steps barely amplify rounding, all of them exact in float16, so that they are stored so."""
    config = DiffusionGemmaConfig(
        text_config=TEXT_CONFIG, vision_config=VISION_CONFIG, canvas_length=CANVAS, boi_token_id=400, eoi_token_id=401,
        image_token_id=402,
    )  # fmt: skip
    model = DiffusionGemmaForBlockDiffusion(config).eval()
    with torch.no_grad():
        for name, weight in [*model.named_parameters(), *model.named_buffers()]:
            if not weight.is_floating_point() or "inv_freq" in name or "embed_scale" in name:
                continue
            if "norm" in name or "scale" in name or "scalar" in name:
                weight.copy_(1 + 0.2 * torch.randn_like(weight))
            else:
                weight.copy_(torch.randn_like(weight) * weight.shape[-1] ** -0.5 * 1.2)
            if "post_" in name and "layernorm" in name:
                weight.mul_(0.4)  # small steps along the residual
            if "router.proj" in name:
                weight.mul_(8)  # decided routers: near-ties between experts are rare
            if "self_conditioning.down_proj" in name:
                weight.mul_(0.2)  # a step barely amplifies the one before
            weight.copy_(weight.half().float())
        model.model.decoder.norm.weight.mul_(4)  # peaked logits: acceptance and stopping have something to decide
    return model


def write_checkpoint(model: DiffusionGemmaForBlockDiffusion, folder: Path) -> None:
    """The released shape of config, weights in float16; and the config as transformers saves it, apart."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        model.save_pretrained(temporary)
        saved = Path(temporary)
        weights = {name: weight.half() for name, weight in load_file(saved / "model.safetensors").items()}
        save_file(weights, folder / "model.safetensors", {"format": "pt"})
        shutil.copyfile(saved / "config.json", OUT / "per_layer_config.json")
    released = json.loads((OUT / "per_layer_config.json").read_text(encoding="utf-8"))
    del released["text_config"]["per_layer_config"]
    released["text_config"].update(global_head_dim=32, num_global_key_value_heads=1, attention_k_eq_v=True)
    write_json(folder / "config.json", released)
    write_json(folder / "generation_config.json", GENERATION)


def write_tokenizer(folder: Path) -> None:
    """Byte-fallback BPE with the model's control tokens, trained on the words in corpus.txt; fewer tokens than rows."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    symbols = [*CONTROL, *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=symbols, show_progress=False)
    tokenizer.train([str(OUT / "corpus.txt")], trainer)
    tokenizer.add_special_tokens(IMAGE)
    assert [tokenizer.token_to_id(token) for token in IMAGE] == [400, 401, 402]
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}
    write_json(
        folder / "tokenizer_config.json",
        {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 1024, **names},
    )
    (folder / "chat_template.jinja").write_text(TEMPLATE, encoding="utf-8")


def watch_routers(model: DiffusionGemmaForBlockDiffusion) -> list[float]:
    """Collects, per call, how near a router came to a tie between the last expert chosen and the first not chosen."""
    gaps: list[float] = []

    def watch(_module: Any, _args: Any, output: Any) -> None:
        top = output[0].topk(TEXT_CONFIG["top_k_experts"] + 1, dim=-1).values
        gaps.append((top[..., -2] - top[..., -1]).min().item())

    for module in model.modules():
        if type(module).__name__ == "DiffusionGemmaTextRouter":
            module.register_forward_hook(watch)
    return gaps


@torch.no_grad()
def forward_passes(model: DiffusionGemmaForBlockDiffusion, seed: int) -> dict[str, torch.Tensor]:
    """Prompts shorter than the sliding window, as long, and much longer; each with a canvas, then a second one."""
    generator = torch.Generator().manual_seed(seed + 1)
    tensors: dict[str, torch.Tensor] = {}

    def random_ids(low: int, high: int, length: int) -> torch.Tensor:
        return torch.randint(low, high, (1, length), generator=generator)

    for tag, length in (("short", 9), ("window", WINDOW), ("long", 61)):
        prompt, committed = (random_ids(FIRST_TEXT_ID, 400, size) for size in (length, CANVAS))
        canvas = random_ids(0, VOCAB, CANVAS)
        encoded = encode(model, prompt)
        cache = encoded.past_key_values
        first = denoise(model, canvas, cache, length)
        conditioned = denoise(model, canvas, cache, length, first / 0.7)
        after = encode(model, committed, cache, start=length)
        third = denoise(model, canvas, after.past_key_values, length + CANVAS)
        found = {
            "prompt": prompt,
            "canvas": canvas,
            "committed": committed,
            "encoder_hidden": encoded.last_hidden_state,
        }
        found["logprobs"] = log_probabilities(model, prompt, encoded.last_hidden_state)
        for name, logits in (("logits", first), ("conditioned", conditioned), ("after_commit", third)):
            found[name] = logits[:, KEPT_POSITIONS]
            found[f"{name}.argmax"] = logits.argmax(-1)
        tensors.update({f"{tag}.{name}": tensor[0].contiguous().clone() for name, tensor in found.items()})
    return tensors


def encode(model: DiffusionGemmaForBlockDiffusion, ids: torch.Tensor, cache: Any = None, start: int = 0) -> Any:
    cache = cache or DynamicCache(config=model.config.get_text_config(decoder=True))
    positions = torch.arange(start, start + ids.shape[1])[None]
    return model.model.encoder(input_ids=ids, past_key_values=cache, position_ids=positions)


def denoise(
    model: DiffusionGemmaForBlockDiffusion,
    canvas: torch.Tensor,
    cache: Any,
    start: int,
    conditioning: torch.Tensor | None = None,
) -> torch.Tensor:
    positions = torch.arange(start, start + CANVAS)[None]
    return model(
        decoder_input_ids=canvas,
        self_conditioning_logits=conditioning,
        past_key_values=cache,
        decoder_position_ids=positions,
    ).logits


def log_probabilities(
    model: DiffusionGemmaForBlockDiffusion, prompt: torch.Tensor, hidden: torch.Tensor
) -> torch.Tensor:
    """Of every id of the prompt but the first: log-softmax of the tied, softcapped head over the hidden states."""
    cap = model.final_logit_softcapping
    logits = torch.tanh(model.lm_head(hidden[:, :-1]) / cap) * cap
    return logits.log_softmax(-1).gather(-1, prompt[:, 1:, None])[..., 0]


def generations(model: DiffusionGemmaForBlockDiffusion, seed: int) -> list[dict[str, Any]]:
    """Two runs of the reference's generate: what every step read, sampled and accepted, and what came next."""
    steps: list[dict[str, Any]] = []
    accept, renoise = EntropyBoundSampler.accept_canvas, EntropyBoundSampler.renoise_canvas

    def recording_accept(self: Any, current_canvas: Any, denoiser_canvas: Any, logits: Any, cur_step: Any) -> Any:
        result = accept(self, current_canvas, denoiser_canvas, logits, cur_step)
        entropy = torch.distributions.Categorical(logits=logits).entropy()[0]
        steps.append(
            {
                "remaining": int(cur_step),
                "input": current_canvas[0].tolist(),
                "sampled": denoiser_canvas[0].tolist(),
                "argmax": logits.argmax(-1)[0].tolist(),
                "accepted": self.accepted_token_mask[0].int().tolist(),
                "entropy": [round(nats, 5) for nats in entropy.tolist()],
            }
        )
        return result

    def recording_renoise(self: Any, accepted_canvas: Any, cur_step: Any) -> Any:
        result = renoise(self, accepted_canvas, cur_step)
        steps[-1]["next_input"] = result[0].tolist()
        return result

    EntropyBoundSampler.accept_canvas, EntropyBoundSampler.renoise_canvas = recording_accept, recording_renoise
    runs = []
    for run, (length, bound, most, confidence) in enumerate(((20, 0.1, 12, 0.005), (33, 3.0, 10, 0.9))):
        steps.clear()
        torch.manual_seed(seed + 100 + run)
        prompt = torch.randint(FIRST_TEXT_ID, 400, (1, length))
        settings = {"entropy_bound": bound, "max_denoising_steps": most, "t_min": 0.4, "t_max": 0.8}
        settings.update(stability_threshold=1, confidence_threshold=confidence, eos_token_id=[1, 6])
        arguments = {name: value for name, value in settings.items() if name != "entropy_bound"}
        config = DiffusionGemmaGenerationConfig(
            max_new_tokens=2 * CANVAS,
            sampler_config=EntropyBoundSamplerConfig(entropy_bound=bound),
            pad_token_id=0,
            bos_token_id=2,
            **arguments,
        )
        output = model.generate(prompt, generation_config=config).sequences[0, length:].tolist()
        runs.append({"prompt": prompt[0].tolist(), **settings, "steps": list(steps), "output": output})
    EntropyBoundSampler.accept_canvas, EntropyBoundSampler.renoise_canvas = accept, renoise
    return runs


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 150)
