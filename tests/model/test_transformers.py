"""transformers loads what `dg convert` writes, and dg what transformers saves of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dgcli.checkpoint.convert import convert
from dgcli.engine.loading import load_engine
from dgcli.platform.backend import mx
from tests.checkpoints import TINY


@pytest.mark.reference
def test_there_and_back(tmp_path: Path) -> None:
    """Every tensor has its place, and what comes back computes the same."""
    transformers = pytest.importorskip("transformers")
    made = convert(TINY, tmp_path / "made", "bf16", with_vision=True).folder
    kind = transformers.DiffusionGemmaForBlockDiffusion
    model, found = kind.from_pretrained(made, dtype="bfloat16", output_loading_info=True)
    assert not any(found[name] for name in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    model.save_pretrained(tmp_path / "saved")
    ids = list(range(20, 60))
    first, second = (load_engine(folder).encode(ids).hidden for folder in (made, tmp_path / "saved"))
    assert mx.allclose(first, second, atol=1e-5)
