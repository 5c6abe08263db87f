"""Quantisation settings: one default and one setting per module, as mlx writes them into `config.json`.

A module is quantised exactly if its `.scales` tensor exists; the settings only say how. An entry for a module without
`mode` is affine, whatever the default is. The mx formats and nvfp4 have no biases.
Reference: mlx, mlx.core.quantize; mlx-lm, utils.py (quantize_model).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from dgcli.checkpoint.dtypes import BYTES, FLOATS, ITEM_BYTES, WORDS
from dgcli.checkpoint.fields import Fields
from dgcli.errors import ModelError

AFFINE_BITS = (2, 3, 4, 5, 6, 8)
_AFFINE_GROUPS = (32, 64, 128)
_METHOD = "mlx"  # the name of this way in `quant_method`, which mlx itself leaves out
_FLOAT_FORMATS = {"mxfp4": (32, 4), "mxfp8": (32, 8), "nvfp4": (16, 4)}  # mode: (group size, bits)


@dataclass(frozen=True)
class Packing:
    """How a matrix is packed: `group_size` neighbours in a row share a scale, each takes `bits` bits."""

    group_size: int
    bits: int
    mode: str = "affine"

    @property
    def has_biases(self) -> bool:
        return self.mode == "affine"

    def describe(self) -> str:
        """It in words."""
        return f"{self.mode} with {self.bits} bits in groups of {self.group_size}"


Shape = tuple[int, ...]


@dataclass(frozen=True)
class TensorPart:
    """One tensor of a file: a weight as it is, or what a packed one is stored as."""

    name: str
    shape: Shape
    dtypes: tuple[str, ...]
    """The types that it may have, as files spell them."""

    @property
    def floating(self) -> bool:
        """Whether it may be cast from one float to another."""
        return self.dtypes == FLOATS

    def nbytes(self, item: int) -> int:
        """Bytes that it takes, where a float takes `item`."""
        return prod(self.shape) * (item if self.floating else ITEM_BYTES[self.dtypes[0]])


def packed_parts(module: str, shape: Shape, packing: Packing) -> tuple[TensorPart, ...]:
    """What a matrix [..., in] is stored as when it is packed: weight, scales and, in affine formats, biases."""
    *rows, columns = shape
    groups = (*rows, columns // packing.group_size)
    weight = TensorPart(f"{module}.weight", (*rows, columns * packing.bits // 32), WORDS)
    if not packing.has_biases:
        return weight, TensorPart(f"{module}.scales", groups, BYTES)
    return weight, TensorPart(f"{module}.scales", groups, FLOATS), TensorPart(f"{module}.biases", groups, FLOATS)


@dataclass(frozen=True)
class Quantisation:
    """The formats of a checkpoint's modules. `default` is None where the checkpoint names none."""

    default: Packing | None
    modules: Mapping[str, Packing]

    def of(self, module: str) -> Packing | None:
        """The format of a module by its name; None where the settings do not say."""
        return self.modules.get(module, self.default)


def read_quantisation(top: Fields) -> Quantisation:
    """Read `quantization` (or its copy `quantization_config`) of a config. Raises ModelError on unknown formats."""
    name = "quantization" if top.values.get("quantization") is not None else "quantization_config"
    if top.values.get(name) is None:
        return Quantisation(None, {})
    fields = top.section(name)
    if (method := fields.values.get("quant_method")) not in (None, _METHOD):
        raise ModelError(
            f"{top.path}: {name} says that the weights are quantised by {method!a}, which dg cannot read.",
            "Use the unquantised checkpoint or one converted to MLX.",
        )
    default = _format(fields) if "bits" in fields.values or "mode" in fields.values else None
    entries = {key: value for key, value in fields.values.items() if isinstance(value, Mapping)}
    return Quantisation(default, {key: _format(fields.section(key)) for key in entries})


def _format(fields: Fields) -> Packing:
    mode = fields.values.get("mode", "affine")
    if mode in _FLOAT_FORMATS:
        group_size, bits = _FLOAT_FORMATS[mode]
        found = (fields.size("group_size", group_size), fields.size("bits", bits))
        if found != (group_size, bits):
            raise fields.error("mode", f"is {mode!r}, which has groups of {group_size} and {bits} bits, not {found}")
        return Packing(group_size, bits, mode)
    if mode != "affine":
        raise fields.error("mode", f"is {mode!a}, not one of affine, {', '.join(_FLOAT_FORMATS)}")
    group_size, bits = fields.size("group_size", 64), fields.size("bits", 4)
    if bits not in AFFINE_BITS:
        raise fields.error("bits", f"is {bits}, not one of {AFFINE_BITS}")
    if group_size not in _AFFINE_GROUPS:
        raise fields.error("group_size", f"is {group_size}, not one of {_AFFINE_GROUPS}")
    return Packing(group_size, bits)


def to_config(default: Packing | None, modules: Mapping[str, Packing]) -> dict[str, Any]:
    """The value of `quantization` in a written config. The inverse of `read_quantisation`."""
    common = {} if default is None else _entry(default)
    return {**common, **{name: _entry(found) for name, found in modules.items()}}


def _entry(found: Packing) -> dict[str, Any]:
    return {"group_size": found.group_size, "bits": found.bits, "mode": found.mode}
