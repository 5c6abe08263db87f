"""The header of a safetensors file, read and checked before a single weight is.

A file is 8 bytes (little endian) with the header's length, the header (JSON: name -> dtype, shape, data_offsets), and
the data. Everything that can be wrong with it is found here, so that the message can name the file and the tensor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from math import prod
from pathlib import Path
from typing import Any, TypeGuard

from dgcli.checkpoint.dtypes import ITEM_BYTES
from dgcli.checkpoint.fields import parse_object
from dgcli.checkpoint.pieces import is_unicode
from dgcli.errors import ModelError

_LARGEST_HEADER = 100_000_000  # bytes; the limit of the safetensors library
_LARGEST_SIZE = 2**31 - 1  # of one dimension
_ADVICE = "The file is damaged or incomplete: fetch the checkpoint again."


@dataclass(frozen=True)
class TensorInfo:
    """Where a tensor lies and what it is, without its data."""

    name: str
    path: Path
    dtype: str
    """As the file spells it: F32, BF16, U32, ..."""
    shape: tuple[int, ...]
    begin: int
    """Offsets in bytes from the end of the header."""
    end: int

    @property
    def nbytes(self) -> int:
        return self.end - self.begin


def read_header(path: Path) -> dict[str, TensorInfo]:
    """The tensors of a safetensors file by name. Raises ModelError that names the file and the tensor at fault."""
    if not is_unicode(str(path)):
        raise ModelError(f"{path} has a name that is not UTF-8, which mlx does not open.", "Rename the folder.")
    try:
        size = path.stat().st_size  # of a pipe or a device 0: it is not opened
        with path.open("rb") if size else BytesIO() as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 8 or length > min(size - 8, _LARGEST_HEADER):
                raise ModelError(f"{path} is cut off in its header, or is not a safetensors file.", _ADVICE)
            text = file.read(length)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.", _ADVICE) from None
    entries = parse_object(f"{path}: the header", text)
    tensors = [_info(path, name, entry) for name, entry in entries.items() if name != "__metadata__"]
    _check_layout(path, sorted(tensors, key=lambda tensor: (tensor.begin, tensor.end)), size - 8 - length)
    return {tensor.name: tensor for tensor in tensors}


def _info(path: Path, name: str, entry: object) -> TensorInfo:
    found: Mapping[str, Any] = entry if isinstance(entry, dict) else {}
    dtype, shape, offsets = found.get("dtype"), found.get("shape"), found.get("data_offsets")
    if not isinstance(dtype, str) or not _is_sizes(shape) or not _is_sizes(offsets) or len(offsets) != 2:
        raise ModelError(f"{path}: the header's entry of tensor {name!a} is damaged.", _ADVICE)
    tensor = TensorInfo(name, path, dtype, tuple(shape), offsets[0], offsets[1])
    item = ITEM_BYTES.get(dtype)
    if item is None:
        raise ModelError(f"{path}: tensor {name!a} is of an unknown type, {dtype[:10]!a}.", _ADVICE)
    if any(side > _LARGEST_SIZE for side in shape) or prod(shape) * item != tensor.end - tensor.begin:
        raise ModelError(
            f"{path}: tensor {name!a} with {dtype[:10]} in shape {_shown(shape)} "
            f"does not fill its {tensor.end - tensor.begin} bytes.",
            _ADVICE,
        )
    return tensor


def _check_layout(path: Path, tensors: list[TensorInfo], size: int) -> None:
    """No two tensors share bytes, and the last ends before the file does."""
    position = 0
    for tensor in tensors:
        if tensor.end > size:
            raise ModelError(
                f"{path} is cut off: tensor {tensor.name!a} ends {tensor.end - size} bytes beyond the file's end.",
                _ADVICE,
            )
        if not position <= tensor.begin <= tensor.end:
            raise ModelError(f"{path}: tensor {tensor.name!a} begins before the one ahead of it ends.", _ADVICE)
        position = tensor.end


def _is_sizes(value: object) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(
        isinstance(item, int) and not isinstance(item, bool) and item >= 0 for item in value
    )


def _shown(shape: list[int]) -> str:
    return str(shape[:6])
