"""What a conversion writes, planned before anything is read: the tensors of each file, and their sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dgcli.checkpoint.config import ModelConfig
from dgcli.checkpoint.dtypes import FLOATS, ITEM_BYTES
from dgcli.checkpoint.quantisation import Packing, TensorPart
from dgcli.checkpoint.tensors import VISION, tensor_table
from dgcli.checkpoint.weights import Weights
from dgcli.errors import ModelError
from dgcli.platform.backend import mx
from dgcli.platform.memory import release_memory

_SHARD_BYTES = 2**30  # a file ends with the tensor that brings it above this
_PIECE = 2**22  # elements that are packed at once in formats whose packing needs many times their memory


@dataclass(frozen=True)
class Conversion:
    """A tensor of the source, and what becomes of it."""

    source: TensorPart
    dtype: str
    """As the source has it: BF16, ..."""
    cast: mx.Dtype | None
    packing: Packing | None
    written: tuple[TensorPart, ...]

    @property
    def read_bytes(self) -> int:
        return self.source.nbytes(ITEM_BYTES[self.dtype])

    @property
    def written_bytes(self) -> int:
        item = ITEM_BYTES[self.dtype] if self.cast is None else self.cast.size
        return sum(part.nbytes(item) for part in self.written)

    def make(self, weights: Weights) -> Iterator[tuple[str, mx.array]]:
        """Read it, [..., in], and yield what is written by name: that, or its packed weight, scales and biases."""
        array = weights.take(self.source, self.cast)
        packed = (array,) if self.packing is None else _pack(array, self.packing)
        yield from zip((part.name for part in self.written), packed, strict=True)


@dataclass(frozen=True)
class Shard:
    """One file of the result."""

    file: str
    tensors: tuple[Conversion, ...]

    @property
    def read_bytes(self) -> int:
        return sum(tensor.read_bytes for tensor in self.tensors)

    @property
    def written_bytes(self) -> int:
        return sum(tensor.written_bytes for tensor in self.tensors)


def plan(
    weights: Weights, config: ModelConfig, formats: dict[str, Packing], cast: mx.Dtype | None, *, vision: bool
) -> list[Shard]:
    """Every file of the result; one file alone is model.safetensors.

    Raises ModelError where a tensor is missing, of another shape or type, or quantised already.
    """
    groups: list[list[Conversion]] = [[]]
    for tensor in _conversions(weights, config, formats, cast, vision=vision):
        groups[-1].append(tensor)
        if sum(each.written_bytes for each in groups[-1]) > _SHARD_BYTES:
            groups.append([])
    groups = [group for group in groups if group]
    return [Shard(_file(number, len(groups)), tuple(group)) for number, group in enumerate(groups, 1)]


def _conversions(
    weights: Weights, config: ModelConfig, formats: dict[str, Packing], cast: mx.Dtype | None, *, vision: bool
) -> Iterator[Conversion]:
    for tensor in tensor_table(config).values():
        if f"{tensor.module}.scales" in weights:
            raise ModelError(
                f"{weights.folder}: {tensor.module} is quantised already.", "Convert the original checkpoint."
            )
        (source,) = weights.parts(tensor, None)
        packing = formats.get(tensor.module)
        # an unquantised matrix of experts keeps its released name, which mlx tools complete themselves
        written = (source,) if packing is None else tensor.parts(packing)
        yield Conversion(source, weights.check(source).dtype, cast, packing, written)
    if vision:
        for name in sorted(name for name in weights.names if name.startswith(VISION)):
            part = TensorPart(name, weights.info(name).shape, FLOATS)
            yield Conversion(part, weights.check(part).dtype, cast, None, (part,))


def _file(number: int, count: int) -> str:
    return "model.safetensors" if count == 1 else f"model-{number:05}-of-{count:05}.safetensors"


def _pack(array: mx.array, found: Packing) -> tuple[mx.array, ...]:
    """[..., columns] -> packed weights, scales and, in affine formats, biases."""
    columns = array.shape[-1]
    rows = array.reshape(-1, columns)
    step = rows.shape[0] if found.mode == "affine" else max(1, _PIECE // columns)
    pieces = []
    for start in range(0, rows.shape[0], step):
        piece = mx.quantize(rows[start : start + step], group_size=found.group_size, bits=found.bits, mode=found.mode)
        mx.eval(piece)
        pieces.append(piece)
    parts = pieces[0] if len(pieces) == 1 else [mx.concatenate(list(part)) for part in zip(*pieces, strict=True)]
    packed = tuple(part.reshape(*array.shape[:-1], part.shape[-1]) for part in parts)
    mx.eval(packed)
    release_memory()
    return packed
