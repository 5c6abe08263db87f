"""Networks of any shape with random weights, made without a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from dgcli.checkpoint.config import ModelConfig
from dgcli.checkpoint.quantisation import Packing, Quantisation, TensorPart
from dgcli.checkpoint.tensors import Tensor, tensor_table
from dgcli.checkpoint.weights import Weights
from dgcli.model.build import build_network
from dgcli.model.network import Network
from dgcli.platform.backend import mx


@dataclass
class RandomWeights:
    """In the place of a checkpoint's files."""

    seed: int = 0

    def packing(self, tensor: Tensor, quantisation: Quantisation) -> Packing | None:
        return quantisation.of(tensor.module) if tensor.packable else None

    def parts(self, tensor: Tensor, packing: Packing | None) -> tuple[TensorPart, ...]:
        return tensor.parts(packing)

    def take(self, part: TensorPart, dtype: Any) -> mx.array:
        self.seed += 1
        key = mx.random.key(self.seed)
        if not part.floating:
            array = mx.random.randint(0, 2**31 - 1, part.shape, dtype=mx.uint32, key=key)
        elif len(part.shape) == 1:
            array = mx.ones(part.shape, dtype=dtype or mx.float32)
        else:
            array = (mx.random.normal(part.shape, key=key) * part.shape[-1] ** -0.5 * 0.1).astype(dtype or mx.bfloat16)
        mx.eval(array)
        return array


def network_of(config: ModelConfig) -> Network:
    """Quantised as the config says, in float32."""
    weights = cast("Weights", RandomWeights())
    return build_network(config, weights, tensor_table(config), expand=False, dtype=mx.float32)
