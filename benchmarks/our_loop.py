"""The denoising loop of `dg`, timed on request: the other side of peer_loop.py.

    python benchmarks/our_loop.py CHECKPOINT

Reads lines of JSON from stdin and answers each with one. {"steps": N, "prompt": [ids], "held": [left, right]} gives
{"wall": [...], "processor": [...]}, in milliseconds: from one call of the denoiser to the next, which is a whole step
of the loop, on a canvas with so many held tokens on either side and the rest, up to `width` or its full length, free.
{"canvas": [ids], "prompt": [ids], "out": FILE} writes the logits of a first and a second step; with `free`, a list of
positions, those of a second step at these positions with all others held, computed as the loop does it and, as
`second.full`, by a pass over the whole canvas.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import dgcli
from dgcli.diffusion import DenoiseSettings, PhiloxDraws, denoise
from dgcli.engine.engine import Engine
from dgcli.engine.loading import load_engine
from dgcli.events import Canvas
from dgcli.platform.backend import mx, this_backend


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    options = parser.parse_args()
    model = load_engine(options.checkpoint)
    print(json.dumps({"name": f"dg {dgcli.__version__}", "blas": this_backend().blas}), flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        print(json.dumps(logits(model, wanted) if "out" in wanted else steps(model, wanted)), flush=True)


def steps(model: Engine, wanted: dict[str, Any]) -> dict[str, list[float]]:
    cache = model.encode(wanted["prompt"])
    width, (left, right) = wanted.get("width", model.canvas_length), wanted.get("held", (0, 0))
    free = (False,) * left + (True,) * (width - left - right) + (False,) * right
    canvas = Canvas(tokens=tuple(100 + position for position in range(width)), free=free)
    settings = DenoiseSettings().with_steps(wanted["steps"])
    ends = [
        (time.perf_counter(), time.process_time())
        for _ in denoise(model.predictor(cache), canvas, settings, PhiloxDraws(1, model.vocab_size))
    ]
    return {
        clock: [1000 * (after[which] - before[which]) for before, after in pairwise(ends[1:])]
        for which, clock in enumerate(("wall", "processor"))
    }


def logits(model: Engine, wanted: dict[str, Any]) -> dict[str, Any]:
    cache, canvas = model.encode(wanted["prompt"]), wanted["canvas"]
    if "free" not in wanted:
        first = model.denoise(canvas, cache)
        mx.save_safetensors(wanted["out"], {"first": first, "second": model.denoise(canvas, cache, first / 0.7)})
        return {}
    free, predict = wanted["free"], model.predictor(cache)
    first = predict([canvas], [free], None)
    second = predict([canvas], [free], mx.softmax(first / 0.7, axis=-1))
    certain = mx.where(mx.arange(model.vocab_size)[None] == mx.array(canvas)[:, None], 1e4, 0.0)  # held: one-hot
    certain[mx.array(free)] = first / 0.7
    full = model.denoise(canvas, cache, certain)[mx.array(free)]
    mx.save_safetensors(wanted["out"], {"second": second, "second.full": full})
    return {}


if __name__ == "__main__":
    main()
