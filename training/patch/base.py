"""The weights of the base, expanded: what `python hatch_build.py` has put into the package.

Quantised matrices are in mlx's layout: of each row 32-bit words with 4 or 8 bits a number, the lowest bits first, and
for each 32 numbers a scale and a bias.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

FOLDER = Path(__file__).parents[2] / "dgcli" / "bundled" / "base"
GROUP = 32


def load_base(folder: Path = FOLDER) -> dict[str, torch.Tensor]:
    """Name (without `.weight`) -> float32 weights.

    Raises:
        SystemExit: the base is not there.
    """
    file = folder / "model.safetensors"
    if not file.exists():
        raise SystemExit(f"{file} is missing: run `python hatch_build.py` first.")
    tensors = load_file(file)
    return {
        name.removesuffix(".weight"): expanded(tensors, name.removesuffix(".weight"))
        for name in tensors
        if name.endswith(".weight")
    }


def expanded(tensors: dict[str, torch.Tensor], name: str) -> torch.Tensor:
    """A vector as it is, or a matrix [out, in] from its packed numbers."""
    weight = tensors[f"{name}.weight"]
    if f"{name}.scales" not in tensors:
        return weight.float()
    scales, biases = (tensors[f"{name}.{part}"].float()[..., None] for part in ("scales", "biases"))
    words = weight.view(torch.int32).long() & 0xFFFFFFFF  # [out, in * bits / 32]
    bits = 32 * words.shape[1] // (GROUP * scales.shape[1])
    shifts = torch.arange(0, 32, bits)
    numbers = (words[..., None] >> shifts) & (2**bits - 1)  # [out, words, 32 / bits]
    groups = numbers.reshape(len(weight), -1, GROUP).float() * scales + biases
    return groups.reshape(len(weight), -1)
