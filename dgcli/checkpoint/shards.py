"""What a conversion writes, planned before anything is read: the tensors of each file, and their sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from dgcli.checkpoint.config import ModelConfig
from dgcli.checkpoint.quantisation import Format
from dgcli.checkpoint.recipes import module_of
from dgcli.checkpoint.tensors import Shape, tensor_shapes
from dgcli.checkpoint.weights import FLOATS, Weights
from dgcli.errors import ModelError
from dgcli.platform.backend import mx, release_memory

_SHARD_BYTES = 2**30  # a file ends with the tensor that brings it above this
_PIECE = 2**22  # elements that are packed at once in formats whose packing needs many times their memory
_VISION = ("model.encoder.vision_tower.", "model.encoder.embed_vision.")
_ITEM_BYTES = {"F32": 4, "BF16": 2, "F16": 2}


@dataclass(frozen=True)
class Tensor:
    """A tensor of the source, and what becomes of it."""

    name: str  # as the source spells it
    shape: Shape
    dtype: str  # as the source has it: BF16, ...
    cast: mx.Dtype | None
    format: Format | None

    @property
    def read_bytes(self) -> int:
        return prod(self.shape) * _ITEM_BYTES[self.dtype]

    @property
    def written_bytes(self) -> int:
        size = prod(self.shape)
        item = _ITEM_BYTES[self.dtype] if self.cast is None else self.cast.size
        if self.format is None:
            return size * item
        scales = 2 * item if self.format.has_biases else 1
        return size * self.format.bits // 8 + size // self.format.group_size * scales

    @property
    def written_names(self) -> tuple[str, ...]:
        if self.format is None:
            return (self.name,)
        parts = ("weight", "scales", "biases") if self.format.has_biases else ("weight", "scales")
        return tuple(f"{module_of(self.name)}.{part}" for part in parts)

    def make(self, weights: Weights) -> Iterator[tuple[str, mx.array]]:
        """Read it and yield what is written, by name."""
        array = weights.take(self.name, self.shape, (self.dtype,), self.cast)
        packed = (array,) if self.format is None else _pack(array, self.format)
        yield from zip(self.written_names, packed, strict=True)


@dataclass(frozen=True)
class Shard:
    """One file of the result."""

    file: str
    tensors: tuple[Tensor, ...]

    @property
    def read_bytes(self) -> int:
        return sum(tensor.read_bytes for tensor in self.tensors)

    @property
    def written_bytes(self) -> int:
        return sum(tensor.written_bytes for tensor in self.tensors)


def plan(
    weights: Weights, config: ModelConfig, formats: dict[str, Format], cast: mx.Dtype | None, *, vision: bool
) -> list[Shard]:
    """Every file of the result; one file alone is model.safetensors.

    Raises ModelError where a tensor is missing, of another shape or type, or quantised already.
    """
    groups: list[list[Tensor]] = [[]]
    for tensor in _tensors(weights, config, formats, cast, vision=vision):
        groups[-1].append(tensor)
        if sum(each.written_bytes for each in groups[-1]) > _SHARD_BYTES:
            groups.append([])
    groups = [group for group in groups if group]
    return [Shard(_file(number, len(groups)), tuple(group)) for number, group in enumerate(groups, 1)]


def _tensors(
    weights: Weights, config: ModelConfig, formats: dict[str, Format], cast: mx.Dtype | None, *, vision: bool
) -> Iterator[Tensor]:
    for name, shape in tensor_shapes(config).items():
        module = module_of(name)
        if f"{module}.scales" in weights:
            raise ModelError(f"{weights.folder}: {module} is quantised already.", "Convert the original checkpoint.")
        spelling = weights.spelling(name)
        found = weights.check(spelling, shape, FLOATS)
        # an unquantised matrix of experts keeps its released name, which mlx tools complete themselves
        yield Tensor(spelling, shape, found.dtype, cast, formats.get(module))
    if vision:
        for name in sorted(name for name in weights.names if name.startswith(_VISION)):
            info = weights.info(name)
            found = weights.check(name, info.shape, FLOATS)
            yield Tensor(name, info.shape, found.dtype, cast, None)


def _file(number: int, count: int) -> str:
    return "model.safetensors" if count == 1 else f"model-{number:05}-of-{count:05}.safetensors"


def _pack(array: mx.array, found: Format) -> tuple[mx.array, ...]:
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
