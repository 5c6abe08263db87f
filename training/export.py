"""Write a training checkpoint as a folder of the released shape, which the project's converter reads.

python export.py RUN_FOLDER TOKENIZER_FOLDER OUT_FOLDER
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch
from model import SIZE, build
from safetensors.torch import load_file, save_file
from transformers import DiffusionGemmaForBlockDiffusion

TEXT_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json")


def trained_model(run: Path, dtype: torch.dtype = torch.float32, last: bool = False) -> DiffusionGemmaForBlockDiffusion:
    """The model of a run: the running mean of its weights, or the last ones."""
    state = torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)["optimizer"]
    model = build(0, torch.float32, "cpu")
    weights = dict(model.named_parameters())
    with torch.no_grad():
        for name, value in state["exact" if last else "average"].items():
            weights[name].copy_(value)
    return model.to(dtype).eval()


def write(model: DiffusionGemmaForBlockDiffusion, tokenizer: Path, out: Path) -> None:
    """Save weights without the unused vision tower, the configuration in its released form, and the text files."""
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out)
    weights = {name: value for name, value in load_file(out / "model.safetensors").items() if "vision" not in name}
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    (out / "model.safetensors").chmod(0o644)
    config = json.loads((out / "config.json").read_text())
    config["text_config"].pop("per_layer_config")
    config["text_config"].update(
        global_head_dim=SIZE["global_head_dim"],
        num_global_key_value_heads=SIZE["num_global_key_value_heads"],
        attention_k_eq_v=True,
    )
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    for name in TEXT_FILES:
        shutil.copy(tokenizer / name, out / name)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("run", type=Path, help="folder with checkpoint.pt")
    parser.add_argument("tokenizer", type=Path, help="folder written by tokenizer.py")
    parser.add_argument("out", type=Path)
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="bfloat16")
    parser.add_argument("--last", action="store_true", help="the last weights instead of their running mean")
    args = parser.parse_args()
    write(trained_model(args.run, getattr(torch, args.dtype), args.last), args.tokenizer, args.out)


if __name__ == "__main__":
    main()
