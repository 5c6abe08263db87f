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
