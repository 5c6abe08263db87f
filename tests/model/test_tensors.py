"""The table of tensors says what checkpoints hold, what mlx packs matrices into, and which of them adapters reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from dgcli.checkpoint.adapters import Adapter, Pair
from dgcli.checkpoint.config import read_config
from dgcli.checkpoint.dtypes import ITEM_BYTES
from dgcli.checkpoint.header import read_header
from dgcli.checkpoint.quantisation import Packing, packed_parts
from dgcli.checkpoint.recipes import RECIPES
from dgcli.checkpoint.tensors import BOTH, VISION, Tensor, tensor_table
from dgcli.engine.engine import Engine
from dgcli.errors import ModelError
from dgcli.platform.backend import mx
from tests.checkpoints import GOLDEN, TINY, WEIGHTS

PROMPT, CANVAS = list(range(20, 40)), list(range(100, 116))
TABLE = tensor_table(read_config(TINY))
FORMATS = {found for recipe in RECIPES.values() for found in (recipe.experts, recipe.rest) if found is not None}


@pytest.mark.parametrize("folder", [TINY, GOLDEN / "patched"], ids=lambda folder: folder.name)
def test_a_checkpoint_has_the_tensors_of_the_table(folder: Path) -> None:
    """And beside them only what reads pictures."""
    header = read_header(folder / WEIGHTS)
    found = {name: info.shape for name, info in header.items() if not name.startswith(VISION)}
    assert {name: tensor.shape for name, tensor in tensor_table(read_config(folder)).items()} == found


@pytest.mark.parametrize("packing", sorted(FORMATS, key=Packing.describe), ids=Packing.describe)
def test_parts_are_what_mlx_packs(tmp_path: Path, packing: Packing) -> None:
    packed = mx.quantize(mx.ones((6, 128)), group_size=packing.group_size, bits=packing.bits, mode=packing.mode)
    parts = packed_parts("a", (6, 128), packing)
    arrays = {part.name: array for part, array in zip(parts, packed, strict=True)}
    mx.save_safetensors(str(tmp_path / WEIGHTS), arrays)
    for part, info in zip(parts, map(read_header(tmp_path / WEIGHTS).get, arrays), strict=True):
        assert info is not None
        assert (info.shape, info.nbytes) == (part.shape, part.nbytes(ITEM_BYTES["F32"]))
        assert info.dtype in part.dtypes


@pytest.mark.parametrize("tensor", [each for each in TABLE.values() if each.lora], ids=lambda tensor: tensor.target)
def test_a_pair_corrects_its_mode_alone(tiny: Engine, tensor: Tensor) -> None:
    rows, columns = tensor.shape
    pair = Pair(mx.full((1, columns), 0.1), mx.random.normal((rows, 1), key=mx.random.key(1)), 1.0, tensor.module)
    cache = tiny.encode(PROMPT)
    read, denoised = cache.hidden.tolist(), tiny.denoise(CANVAS, cache, mx.zeros((len(CANVAS), tiny.vocab_size)))
    for mode in BOTH:
        adapter = Adapter(Path("a"), "", {(mode, tensor.target): pair}, {})
        if mode not in tensor.lora:
            with pytest.raises(ModelError, match="no matrix"):
                tiny.adapted([adapter])
            continue
        adapted = tiny.adapted([adapter])
        changed = (
            adapted.encode(PROMPT).hidden.tolist() != read,
            adapted.denoise(CANVAS, cache, mx.zeros((len(CANVAS), tiny.vocab_size))).tolist() != denoised.tolist(),
        )
        assert changed == (mode == "encoder", mode == "denoiser")
