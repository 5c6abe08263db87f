"""The number types of safetensors files, as their headers spell them."""

from __future__ import annotations

from collections.abc import Mapping

ITEM_BYTES: Mapping[str, int] = {
    **{"BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1},
    **{"U16": 2, "I16": 2, "F16": 2, "BF16": 2},
    **{"U32": 4, "I32": 4, "F32": 4},
    **{"U64": 8, "I64": 8, "F64": 8},
}
"""Bytes of one number, for every type that a file may have."""

MLX_NAMES: Mapping[str, str] = {"F32": "float32", "BF16": "bfloat16", "F16": "float16"}
"""What mlx calls the types of weights that are not packed."""

FLOATS = tuple(MLX_NAMES)
WORDS = ("U32",)  # packed weights
BYTES = ("U8",)  # the scales of mx formats and nvfp4
