"""Make the form of an adapter that is shipped: the same pairs, quantised in mlx's layout.

    python -m training.patch.ship RUN_FOLDER/adapter OUT_FOLDER --base ../base

Halves take 4 bits a number, and a scale and a bias for 32 of them: 5 bits in all, where `train.py` writes 16. A rank
that groups of 32 do not divide is filled up with zeros, which take little room in an archive, if that makes it less.
Rows of single tokens stay as they are. `--base` is where the base will be, seen from OUT_FOLDER.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

from dgcli.platform.backend import mx

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
FORMAT = {"group_size": 32, "bits": 4}
_HALF = re.compile(r"\.lora_([AB])\.weight$")


def ship(adapter: Path, out: Path, base: str) -> None:
    """Write the shipped form of the adapter in a folder."""
    loaded = mx.load(str(adapter / WEIGHTS))
    assert isinstance(loaded, dict)
    config = json.loads((adapter / CONFIG).read_text(encoding="utf-8"))
    group, rank = FORMAT["group_size"], config["r"]
    whole = -(-rank // group) * group
    spare = whole - rank if 5 * whole < 16 * rank else 0  # bits of a number, packed and as it is
    tensors = {}
    for name, array in loaded.items():
        half = _HALF.search(name)
        filled = (
            array if half is None else mx.pad(array, ((0, spare), (0, 0)) if half[1] == "A" else ((0, 0), (0, spare)))
        )
        if half is None or filled.shape[-1] % group:
            tensors[name] = array
            continue
        weight, scales, biases = mx.quantize(filled.astype(mx.float32), **FORMAT)
        module = name.removesuffix(".weight")
        tensors |= {
            f"{module}.weight": weight,
            f"{module}.scales": scales.astype(mx.float16),
            f"{module}.biases": biases.astype(mx.float16),
        }
    out.mkdir(parents=True, exist_ok=True)
    mx.save_safetensors(str(out / WEIGHTS), tensors, {"format": "mlx"})
    config |= {"lora_alpha": config["lora_alpha"] * (rank + spare) / rank, "r": rank + spare}
    config |= {"base_model_name_or_path": base, "quantization": FORMAT}
    (out / CONFIG).write_text(json.dumps(config) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("adapter", type=Path, help="folder of an adapter that `training.patch.train` wrote")
    parser.add_argument("out", type=Path, help="folder for its shipped form")
    parser.add_argument("--base", default="../base", help="folder of the base, seen from there")
    args = parser.parse_args()
    ship(args.adapter, args.out, args.base)


if __name__ == "__main__":
    main()
