"""The pairs that are trained, by name: `OWNER.layers.0.self_attn.q_proj.down` and `.up`.

The owner is a mode of the model, or `both`, which share the pair then. As in PEFT, `down` [rank, in] begins at random
and `up` [out, rank] at zero, so that a run begins with the model as it is.
"""

from __future__ import annotations

from math import sqrt
from pathlib import Path
from typing import TypeAlias

from dgcli.checkpoint.adapters import Adapter, Pair
from dgcli.checkpoint.config import ModelConfig
from dgcli.checkpoint.tensors import BOTH, DENOISER, ENCODER, Mode, Tensor, tensor_table
from dgcli.platform.backend import mx
from dgcli.tune.plan import Plan, PlanMode

Parameters: TypeAlias = "dict[str, mx.array]"

SHARED = "both"
"""The owner of a pair that both modes share."""

_OWNERS: dict[PlanMode, tuple[str, ...]] = {
    "denoiser": (DENOISER,),
    "encoder": (ENCODER,),
    "both": (SHARED,),
    "each": (ENCODER, DENOISER),
}
_ROUTER, _LAYERS = "router", "layers."


def matrices(config: ModelConfig, plan: Plan) -> list[Tensor]:
    """The matrices of the layers that get pairs."""
    table = tensor_table(config).values()
    return [tensor for tensor in table if tensor.lora and tensor.target.startswith(_LAYERS) and _wanted(tensor, plan)]


def _wanted(tensor: Tensor, plan: Plan) -> bool:
    *parents, name = tensor.target.split(".")
    return name in plan.targets and _ROUTER not in parents


def shapes(config: ModelConfig, plan: Plan) -> dict[str, tuple[int, int]]:
    """The names of all pairs' halves, and their shapes."""
    found = {}
    for owner in _OWNERS[plan.mode]:
        for tensor in matrices(config, plan):
            rows, columns = tensor.shape
            found[f"{owner}.{tensor.target}.down"] = plan.rank, columns
            found[f"{owner}.{tensor.target}.up"] = rows, plan.rank
    return found


def initial(config: ModelConfig, plan: Plan) -> Parameters:
    """All pairs, in float32."""
    wanted = shapes(config, plan)
    keys = mx.random.split(mx.random.key(plan.seed), len(wanted))
    return {
        name: mx.zeros(shape) if name.endswith(".up") else _random(shape, key)
        for key, (name, shape) in zip(keys, wanted.items(), strict=True)
    }


def _random(shape: tuple[int, int], key: mx.array) -> mx.array:
    bound = 1 / sqrt(shape[1])
    return mx.random.uniform(-bound, bound, shape, key=key)


def of_layer(parameters: Parameters, index: int) -> Parameters:
    """Those of one layer."""
    return {name: array for name, array in parameters.items() if name.split(".")[2] == str(index)}


def as_adapter(parameters: Parameters, plan: Plan) -> Adapter:
    """The pairs as what a model takes."""
    pairs: dict[tuple[Mode, str], Pair] = {}
    for name in parameters:
        owner, _, rest = name.partition(".")
        target, _, half = rest.rpartition(".")
        if half == "down":
            up = parameters[f"{owner}.{target}.up"]
            pair = Pair(parameters[name], up, plan.alpha / plan.rank, target)
            pairs.update(((mode, target), pair) for mode in BOTH if owner in (mode, SHARED))
    return Adapter(Path(), "", pairs, {})
