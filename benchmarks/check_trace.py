"""Check a recorded run against the reference implementation, step by step.

    pip install torch 'transformers>=5.23'
    dg generate "Hello" -m CHECKPOINT --record run.jsonl
    python -m benchmarks.check_trace run.jsonl CHECKPOINT

CHECKPOINT is the same folder, in the form that transformers reads. For every canvas the reference encodes the recorded
prompt; for every step it denoises the recorded input, conditioned on its own logits of the step before (zeros at
first), with held positions certain of their own token, and without the tokens that the settings exclude as known noise.
A step agrees if argmax and acceptance are those recorded and every entropy is within 5e-3 nats. Exit code 0 if all
first steps agree within 1e-3 nats and at least 98% of all steps agree.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.common.arguments import described

if TYPE_CHECKING:  # `--help` needs neither
    import torch

FIRST, ANY, SHARE = 1e-3, 5e-3, 0.98
NEVER = -1e9  # the logit of a token that may not be proposed


def check_canvas(model: Any, canvas: dict[str, Any], steps: list[dict[str, Any]], plan: dict[str, Any]) -> list[tuple]:
    """(step, argmax agrees, largest difference of entropy, acceptance agrees) of every step."""
    import torch
    from transformers import DynamicCache
    from transformers.models.diffusion_gemma.generation_diffusion_gemma import (
        EntropyBoundSampler,
        EntropyBoundSamplerConfig,
    )

    prompt = torch.tensor([canvas["prompt"]])
    cache = DynamicCache(config=model.config.get_text_config(decoder=True))
    cache = model.model.encoder(input_ids=prompt, past_key_values=cache).past_key_values
    previous, found = None, []
    noise = torch.tensor(steps[0]["free"]).bool()  # where a step reads noise that it knows to be such
    for step in steps:
        tokens = torch.tensor([step["input"]])
        free = torch.tensor(step["free"]).bool()
        positions = torch.arange(prompt.shape[1], prompt.shape[1] + tokens.shape[1])[None]
        with certain(model, ~free):
            logits = model(
                decoder_input_ids=tokens,
                past_key_values=cache,
                self_conditioning_logits=previous,
                decoder_position_ids=positions,
            ).logits[0]
        processed = logits / step["temperature"]
        processed[:, canvas.get("forbidden", [])] = NEVER
        if plan["own_token"]["kind"] == "NoiseExcluded":
            processed[noise, tokens[0, noise]] = NEVER
        noise = free & ~torch.tensor(step["accepted"]).bool()
        seen = processed[free]
        entropy = torch.distributions.Categorical(logits=seen).entropy()
        recorded = torch.tensor(step["entropy"])[free]
        sampler = EntropyBoundSampler(
            EntropyBoundSamplerConfig(entropy_bound=plan["sampler"]["bound"]), len(seen), logits.shape[-1], 1
        )
        sampler.accept_canvas(seen.argmax(-1)[None], seen.argmax(-1)[None], seen[None], 1)
        found.append(
            (
                step["step"],
                bool((seen.argmax(-1) == torch.tensor(step["argmax"])[free]).all()),
                float((entropy - recorded).abs().max()),
                bool((sampler.accepted_token_mask[0] == torch.tensor(step["accepted"])[free].bool()).all()),
            )
        )
        previous = processed[None]
    return found


def certain(model: Any, held: torch.Tensor) -> Any:
    """While it lasts, held positions are self-conditioned on their own embedding."""

    def replace(module: Any, inputs: tuple[torch.Tensor, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        import torch

        embeddings, soft = inputs
        return embeddings, torch.where(held[None, :, None], embeddings, soft)

    return model.model.decoder.self_conditioning.register_forward_pre_hook(replace)


def main() -> None:
    parser = described(__doc__)
    parser.add_argument("trace", type=Path)
    parser.add_argument("checkpoint", type=Path)
    options = parser.parse_args()
    import torch
    from transformers import DiffusionGemmaForBlockDiffusion

    header, *lines = [json.loads(line) for line in options.trace.read_text(encoding="utf-8").splitlines()]
    plan = header["settings"]
    if plan["sampler"]["kind"] != "EntropyBound" or plan["own_token"]["kind"] not in ("Counted", "NoiseExcluded"):
        sys.exit("Only runs with the reference's sampler can be checked.")
    model = DiffusionGemmaForBlockDiffusion.from_pretrained(options.checkpoint, dtype=torch.float32).eval()
    canvases = {line["canvas"]: line for line in lines if "prompt" in line}
    found = []
    with torch.no_grad():
        for index, canvas in canvases.items():
            steps = [line for line in lines if line.get("canvas") == index and "input" in line]
            if steps:
                found += check_canvas(model, canvas, steps, plan)
    first = max(difference for step, _, difference, _ in found if step == 1)
    good = [argmax and accepted and difference < ANY for _, argmax, difference, accepted in found]
    print(f"{len(canvases)} canvases, {len(found)} steps: {sum(good)} agree in argmax, acceptance and entropy")
    print(f"largest difference of entropy: first steps {first:.1e}, all steps {max(row[2] for row in found):.1e} nats")
    agrees = first < FIRST and sum(good) >= SHARE * len(good)
    print("the run is the reference's" if agrees else "the run is NOT the reference's")
    sys.exit(not agrees)


if __name__ == "__main__":
    main()
