"""Models of the tests in this folder: loaded once, for nothing changes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dgcli.checkpoint.convert import convert
from dgcli.engine.engine import Engine
from dgcli.engine.loading import load_engine
from dgcli.platform.backend import mx
from tests.checkpoints import GOLDEN, TINY, per_layer_config


@pytest.fixture(scope="session")
def golden() -> dict[str, mx.array]:
    loaded = mx.load(str(GOLDEN / "forward.safetensors"))
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="session")
def tiny() -> Engine:
    return load_engine(TINY)


@pytest.fixture(scope="session")
def per_layer(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return load_engine(per_layer_config(tmp_path_factory.mktemp("per-layer") / "checkpoint"))


@pytest.fixture(scope="session")
def four_bit_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return convert(TINY, tmp_path_factory.mktemp("four-bit") / "checkpoint", "4bit").folder


@pytest.fixture(scope="session")
def four_bit(four_bit_folder: Path) -> Engine:
    return load_engine(four_bit_folder)


@pytest.fixture(scope="session")
def packed(four_bit_folder: Path) -> Engine:
    """The same where memory does not allow to expand the weights."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dgcli.engine.loading.available_memory", lambda: 0)
        return load_engine(four_bit_folder)


@pytest.fixture(params=["tiny", "four_bit", "packed"])
def model(request: pytest.FixtureRequest) -> Engine:
    """Every way in which weights are held."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Engine)
    return found
