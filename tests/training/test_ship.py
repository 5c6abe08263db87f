"""The form of an adapter that is shipped."""

from __future__ import annotations

from pathlib import Path

from dgcli.checkpoint.adapters import read_adapter
from dgcli.checkpoint.folders import ModelFolders, find_folders
from dgcli.platform.backend import mx
from tests.checkpoints import GOLDEN
from training.patch.ship import ship


def test_it_is_smaller_and_nearly_the_same(tmp_path: Path) -> None:
    base = GOLDEN / "patched"
    ship(base / "adapter", tmp_path, str(base.absolute()))
    assert weights(tmp_path).stat().st_size < weights(base / "adapter").stat().st_size
    whole, shipped = (read_adapter(folder) for folder in (base / "adapter", tmp_path))
    for place, pair in whole.pairs.items():
        found = shipped.pairs[place]
        assert mx.abs(found.down - pair.down).max() < 0.1 * (pair.down.max() - pair.down.min())
        assert found.scale == pair.scale
    assert all(mx.array_equal(rows.values, whole.rows[mode].values) for mode, rows in shipped.rows.items())
    assert find_folders(tmp_path) == ModelFolders(base, tmp_path)


def weights(folder: Path) -> Path:
    return folder / "adapter_model.safetensors"


def test_a_rank_that_groups_do_not_divide_is_filled_up(tmp_path: Path) -> None:
    """With zeros: the correction stays what it was, but for rounding."""
    a, b = mx.random.normal((16, 64), key=mx.random.key(1)), mx.random.normal((96, 16), key=mx.random.key(2))
    adapter, module = tmp_path / "adapter", "model.encoder.layers.0.self_attn.q_proj"
    adapter.mkdir()
    mx.save_safetensors(str(weights(adapter)), {f"{module}.lora_A.weight": a, f"{module}.lora_B.weight": b})
    (adapter / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 16, "lora_alpha": 32}')
    ship(adapter, tmp_path / "shipped", "..")
    (whole,), (shipped,) = (read_adapter(folder).pairs.values() for folder in (adapter, tmp_path / "shipped"))
    assert shipped.scale == whole.scale
    assert shipped.down.shape == (32, 64)
    right, found = whole.up @ whole.down, shipped.up @ shipped.down
    assert mx.abs(found - right).mean() < 0.15 * mx.abs(right).mean()
