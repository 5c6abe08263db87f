"""Peak memory of converting a checkpoint of the 26B model's shape to 4 bits, and of loading it and running one step.

python -m benchmarks.convert_memory FOLDER [--layers 30] [--recipe 4bit]

Writes a random checkpoint of the released shape in bfloat16, converts it with `dg convert`, loads the result in another
process and denoises a canvas of 16 tokens. Memory is the peak resident set of each process, what /usr/bin/time -v calls
"Maximum resident set size". Of every eight experts seven are holes in the files (zeros), so that the source takes 8 GB
of disk and not 51; what is computed and held in memory is the same. With all layers the result takes another 15 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import sys
import time
from math import prod
from pathlib import Path

from dgcli.checkpoint.config import read_config
from dgcli.checkpoint.recipes import RECIPES
from dgcli.checkpoint.tensors import tensor_table
from dgcli.platform.backend import mx

TEXT_CONFIG = {
    **{"model_type": "diffusion_gemma_text", "vocab_size": 262_144, "hidden_size": 2816, "intermediate_size": 2112},
    **{"moe_intermediate_size": 704, "num_experts": 128, "top_k_experts": 8, "num_attention_heads": 16},
    **{"num_key_value_heads": 8, "num_global_key_value_heads": 2, "head_dim": 256, "global_head_dim": 512},
    **{"sliding_window": 1024, "max_position_embeddings": 262_144, "final_logit_softcapping": 30.0},
}
LAYERS_PER_SHARD = 3  # 5 GB, as in released checkpoints
STEP = """
import sys
from dgcli.engine.loading import load_engine
from dgcli.engine import loading
loading.available_memory = lambda: 0  # weights stay packed, as they do where the model is large for the machine
from dgcli.platform.backend import mx
model = load_engine(sys.argv[1])
cache = model.encode(list(range(8)))
mx.eval(model.denoise(list(range(100, 116)), cache))
"""


def main() -> None:
    """Make, convert, load, and print one line each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path, help="a new folder; delete it afterwards")
    parser.add_argument(
        "--layers", type=int, default=30, help="fewer layers need less disk; a conversion's peak is the same"
    )
    parser.add_argument("--recipe", choices=RECIPES, default="4bit")
    args = parser.parse_args()
    source, target = args.folder / "source", args.folder / args.recipe
    make(source, args.layers)
    stored = sum(path.stat().st_size for path in source.iterdir())
    largest = max(path.stat().st_size for path in source.iterdir())
    print(f"source: {args.layers} layers, {stored / 1e9:.1f} GB, largest file {largest / 1e9:.1f} GB")
    dg = "from dgcli.cli.app import main; main()"
    peak, seconds = run("-c", dg, "convert", str(source), str(target), "--recipe", args.recipe)
    print(f"convert --recipe {args.recipe}: peak {gibibytes(peak)}, {seconds:.0f} s")
    weights = sum(path.stat().st_size for path in target.glob("*.safetensors"))
    peak, seconds = run("-c", STEP, str(target))
    print(
        f"load and one step of 16 tokens: peak {gibibytes(peak)}, {seconds:.0f} s; "
        f"files {gibibytes(weights)}, over them {gibibytes(peak - weights)}"
    )


def run(*arguments: str) -> tuple[int, float]:
    """Run Python and return its peak resident memory in bytes, and its seconds."""
    started = time.perf_counter()
    child = os.posix_spawn(sys.executable, [sys.executable, *arguments], os.environ)
    _, status, usage = os.wait4(child, 0)
    if status:
        sys.exit(f"failed: {' '.join(arguments[:3])}")
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), time.perf_counter() - started


def make(folder: Path, layers: int) -> None:
    """Write the checkpoint: config, shards, index."""
    folder.mkdir(parents=True)
    text = {**TEXT_CONFIG, "num_hidden_layers": layers}
    config = {"model_type": "diffusion_gemma", "canvas_length": 256, "vision_config": None, "text_config": text}
    (folder / "config.json").write_text(json.dumps(config))
    shapes = {name: tensor.shape for name, tensor in tensor_table(read_config(folder)).items()}
    random = bytes(memoryview((mx.random.normal((2**24,)) * 0.02).astype(mx.bfloat16).view(mx.uint16)))
    ones = bytes(memoryview(mx.ones((2**16,), dtype=mx.bfloat16).view(mx.uint16)))
    places: dict[str, str] = {}
    for name in shapes:
        parts = name.split(".layers.")
        places[name] = (
            f"model-{int(parts[1].split('.')[0]) // LAYERS_PER_SHARD + 2 if len(parts) > 1 else 1:05}.safetensors"
        )
    for file in sorted(set(places.values())):
        write(folder / file, {name: shapes[name] for name in shapes if places[name] == file}, random, ones)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))


def write(path: Path, shapes: dict[str, tuple[int, ...]], random: bytes, ones: bytes) -> None:
    """A safetensors file: vectors are ones, matrices random, and of the experts the first of every eight."""
    header, end = {}, 0
    for name, shape in shapes.items():
        size = 2 * prod(shape)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        start = file.tell()
        file.truncate(start + end)
        for name, shape in shapes.items():
            begin, stop = (start + offset for offset in header[name]["data_offsets"])
            rows = shape[0] if len(shape) == 3 else 1
            size = (stop - begin) // rows
            for row in range(0, rows, 8):
                file.seek(begin + row * size)
                fill(file, size, ones if len(shape) == 1 else random)


def fill(file: object, size: int, block: bytes) -> None:
    """Write `size` bytes of `block`, over and over."""
    while size:
        size -= file.write(block[:size])  # type: ignore[attr-defined]


def gibibytes(count: float) -> str:
    return f"{count / 2**30:.2f} GiB"


if __name__ == "__main__":
    main()
