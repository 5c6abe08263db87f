"""Run by a Python that has mlx-vlm: its denoising loop, timed on request.

    python benchmarks/peer_loop.py CHECKPOINT

Reads lines of JSON from stdin and answers each with one. {"steps": N, "prompt": [ids], "temperature": 1.0} gives
{"wall": [...], "processor": [...]}, in milliseconds: from one call of the denoiser to the next, which is a whole step
of the loop. The first step is not counted (it has no self-conditioning, and is evaluated with the second), nor is the
last (the loop ends there without sampling). {"canvas": [ids], "prompt": [ids], "out": FILE} writes the logits of both a
first and a second step.
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import json
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any


class Text:
    """A tokenizer and processor that ends nothing and says nothing."""

    last_segment = ""

    @property
    def detokenizer(self) -> Text:
        return self

    def reset(self) -> None: ...
    def finalize(self) -> None: ...
    def add_token(self, token: int, skip_special_token_ids: object = None) -> None: ...
    def stopping_criteria(self, token: int) -> bool:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    options = parser.parse_args()
    folder = options.checkpoint
    blas = ctypes.util.find_library("openblas")
    if blas:
        ctypes.CDLL(blas, mode=ctypes.RTLD_GLOBAL)  # before mlx: its own BLAS is 30 times slower
    from mlx_vlm.utils import load_model
    from mlx_vlm.version import __version__

    model = load_model(folder)
    model.config.generation_config = json.loads((folder / "generation_config.json").read_text(encoding="utf-8"))
    model.config.generation_config.pop("eos_token_id", None)
    calls: list[tuple[float, float]] = []
    denoiser = model.diffusion_decoder_logits

    def timed(*args: object, **keywords: object) -> object:
        calls.append((time.perf_counter(), time.process_time()))
        return denoiser(*args, **keywords)

    model.diffusion_decoder_logits = timed
    print(json.dumps({"name": f"mlx-vlm {__version__}", "blas": blas}), flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        calls.clear()
        print(json.dumps(logits(model, wanted) if "out" in wanted else steps(model, wanted, calls)), flush=True)


def steps(model: Any, wanted: dict[str, Any], calls: list[tuple[float, float]]) -> dict[str, list[float]]:
    import mlx.core as mx  # noqa: TID251 - this is not dg
    from mlx_vlm.generate.diffusion import stream_diffusion_generate

    for _ in stream_diffusion_generate(
        model, Text(), Text(), mx.array([wanted["prompt"]]), None, None,
        max_tokens=model.config.canvas_length, skip_special_token_ids=[], temperature=wanted["temperature"],
        max_denoising_steps=wanted["steps"], diffusion_full_canvas=True, diffusion_sampler="entropy-bound",
    ):  # fmt: skip
        pass
    return {
        clock: [1000 * (after[which] - before[which]) for before, after in pairwise(calls[2:])]
        for which, clock in enumerate(("wall", "processor"))
    }


def logits(model: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    import mlx.core as mx  # noqa: TID251 - this is not dg

    canvas = mx.array([wanted["canvas"]])
    _, cache = model.model.encoder(mx.array([wanted["prompt"]]), cache=model.make_cache())
    first = model.diffusion_decoder_logits(canvas, cache=cache)
    soft = model.diffusion_self_conditioning(first / 0.7, model.diffusion_prepare_self_conditioning())
    second = model.diffusion_decoder_logits(canvas, cache=cache, self_conditioning=soft)
    mx.save_safetensors(wanted["out"], {"first": first[0], "second": second[0]})
    return {}


if __name__ == "__main__":
    main()
