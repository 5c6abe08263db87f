"""Whatever happens to a file, loading ends in a model or in a sentence: never in another error."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgcli.checkpoint.header import read_header
from dgcli.engine.loading import load_engine
from dgcli.errors import ModelError
from tests import checkpoints
from tests.checkpoints import TINY, WEIGHTS

HEADER = 8 + int.from_bytes((TINY / WEIGHTS).read_bytes()[:8], "little")
SIZE = (TINY / WEIGHTS).stat().st_size
SLOWLY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
QUICKLY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return checkpoints.copy(tmp_path / "damaged")


def check_refusal(path: Path, load: Callable[[Path], object]) -> None:
    """If it is refused, then in a sentence that names the place."""
    try:
        load(path)
    except ModelError as error:
        refusal = str(error)
    else:
        return
    assert str(path) in refusal
    assert refusal.isprintable()


@SLOWLY
@given(length=st.integers(0, SIZE - 1))
def test_cut_anywhere(folder: Path, length: int) -> None:
    data = (TINY / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(data[:length])
    with pytest.raises(ModelError, match="cut off"):
        load_engine(folder)


@QUICKLY
@given(place=st.integers(0, HEADER - 1), byte=st.integers(0, 255))
def test_a_byte_of_the_header_changed(folder: Path, place: int, byte: int) -> None:
    data = bytearray((TINY / WEIGHTS).read_bytes())
    data[place] = byte
    (folder / WEIGHTS).write_bytes(data)
    check_refusal(folder, load_engine)


@QUICKLY
@given(header=st.binary(max_size=200))
def test_any_bytes_as_header(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / WEIGHTS
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    check_refusal(path, read_header)


@QUICKLY
@given(place=st.integers(0, (TINY / "config.json").stat().st_size - 1), byte=st.integers(0, 255))
def test_a_byte_of_the_config_changed(folder: Path, place: int, byte: int) -> None:
    data = bytearray((TINY / "config.json").read_bytes())
    data[place] = byte
    (folder / "config.json").write_bytes(data)
    check_refusal(folder, load_engine)


@SLOWLY
@given(length=st.integers(0, (TINY / "config.json").stat().st_size - 3))
def test_a_config_cut_anywhere(folder: Path, length: int) -> None:
    os.truncate(folder / "config.json", 0)
    (folder / "config.json").write_bytes((TINY / "config.json").read_bytes()[:length])
    with pytest.raises(ModelError):
        load_engine(folder)
