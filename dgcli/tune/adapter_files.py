"""The files of an adapter, as PEFT and mlx-lm read them.

PEFT knows the modes as separate modules, `model.decoder` and `model.encoder.language_model`, so that a pair for both
stands there twice. In mlx they are one module, so that its file is written where one pair serves both modes, and not
where it would correct a mode that it was not trained for.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from dgcli.checkpoint.folders import CONFIG, MLX_FILE, PEFT_FILE
from dgcli.checkpoint.tensors import DENOISER, ENCODER, ENCODER_STACK, STACK
from dgcli.platform.backend import mx
from dgcli.platform.files import write_whole
from dgcli.tune.base import Base
from dgcli.tune.pairs import SHARED, Parameters
from dgcli.tune.plan import Plan
from dgcli.tune.state import save_whole

_STACKS = {DENOISER: (STACK,), ENCODER: (ENCODER_STACK,), SHARED: (ENCODER_STACK, STACK)}
_FORMAT = {"format": "pt"}  # PEFT looks for it


def write_adapter(parameters: Parameters, plan: Plan, base: Base, folder: Path) -> None:
    """Write pairs into a folder that is there. Raises OSError."""
    peft: Parameters = {}
    mlx: Parameters = {}
    for name, array in parameters.items():
        owner, target, half = name.partition(".")[0], _target(name), name.rpartition(".")[2]
        for stack in _STACKS[owner]:
            peft[f"base_model.model.{stack}.{target}.lora_{'A' if half == 'down' else 'B'}.weight"] = array
        if owner == SHARED:
            mlx[f"{STACK}.{target}.lora_{'a' if half == 'down' else 'b'}"] = mx.contiguous(array.T)
    save_whole(folder / PEFT_FILE, peft, _FORMAT)
    if mlx:
        save_whole(folder / MLX_FILE, mlx, {})
    write_whole(folder / CONFIG, json.dumps(_config(parameters, plan, base), indent=1) + "\n")


def _target(name: str) -> str:
    """Of a pair's half, such as layers.0.self_attn.q_proj."""
    return name.partition(".")[2].rpartition(".")[0]


def _config(parameters: Parameters, plan: Plan, base: Base) -> dict[str, Any]:
    """One file for both, as neither minds what it does not know."""
    keys = sorted({name.split(".", 3)[3].rpartition(".")[0] for name in parameters})  # such as self_attn.q_proj
    stacks = sorted({stack for name in parameters for stack in _STACKS[name.partition(".")[0]]})
    places, modules = ("|".join(map(re.escape, some)) for some in (stacks, keys))
    config: dict[str, Any] = {
        "peft_type": "LORA",
        "r": plan.rank,
        "lora_alpha": plan.alpha,
        "target_modules": rf"({places})\.layers\.[0-9]+\.({modules})",
        "bias": "none",
        "inference_mode": True,
        "base_model_name_or_path": base.name,
    }
    shared = sorted({_target(name) for name in parameters if name.startswith(SHARED)})
    if shared:
        names = [f"{STACK}.{target}" for target in shared]
        rank = {"rank": plan.rank, "scale": plan.alpha / plan.rank, "dropout": 0.0, "keys": names}
        config |= {"fine_tune_type": "lora", "num_layers": len(base.network.layers), "lora_parameters": rank}
    return config
