"""Tensors that the model shares, and checkpoints that have them twice all the same.

The head is the embedding, and the encoder's layers are the denoiser's. A checkpoint may hold such a tensor under both
names. If both are the same, nothing is lost; if they differ, neither may be left aside. transformers then uses each for
itself (PreTrainedModel.tie_weights); here that is done for the head, and an encoder with weights of its own is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from dgcli.checkpoint.header import TensorInfo
from dgcli.checkpoint.tensors import EMBEDDING, ENCODER_STACK, HEAD, SCALAR, STACK
from dgcli.checkpoint.weights import Weights
from dgcli.errors import ModelError

_BLOCK = 2**20


def has_own_head(weights: Weights) -> bool:
    """Whether the checkpoint has a head that is another matrix than its embedding."""
    return any(not _same(weights, name, twin) for name, twin in _twins(weights, f"{HEAD}.", f"{STACK}.{EMBEDDING}."))


def check_encoder(weights: Weights) -> None:
    """Raises ModelError where the encoder has other weights than the denoiser, which dg would leave aside."""
    for name, twin in _twins(weights, f"{ENCODER_STACK}.", f"{STACK}."):
        if not name.endswith(SCALAR) and not _same(weights, name, twin):
            raise ModelError(
                f"{weights.info(name).path}: tensor {name[:200]} differs from {twin[:200]}, "
                "and dg only runs models whose encoder and denoiser share their weights.",
                "Use a checkpoint that was trained with tied weights.",
            )


def _twins(weights: Weights, prefix: str, other: str) -> Iterator[tuple[str, str]]:
    return ((name, other + name.removeprefix(prefix)) for name in weights.names if name.startswith(prefix))


def _same(weights: Weights, name: str, twin: str) -> bool:
    """Whether two tensors are of the same type and shape and have the same bytes."""
    if twin not in weights:
        return False
    one, other = weights.info(name), weights.info(twin)
    alike = (one.dtype, one.shape) == (other.dtype, other.shape)
    return alike and all(a == b for a, b in zip_longest(_blocks(one), _blocks(other)))


def _blocks(tensor: TensorInfo) -> Iterator[bytes]:
    with tensor.path.open("rb") as file:
        start = 8 + int.from_bytes(file.read(8), "little")
        file.seek(start + tensor.begin)
        left = tensor.nbytes
        while left > 0 and (block := file.read(min(left, _BLOCK))):
            left -= len(block)
            yield block
