"""Whatever a file holds, it is read, or refused in a sentence: no other error, no hang, no memory without bound."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reliability.damage import damaged
from tests.reliability.readers import READERS, RUNNERS

SEEDS = st.integers(0, 2**32)


def attempts(count: int) -> settings:
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readers")


def check(kind: str, place: Path, seed: int) -> None:
    reader = {**READERS, **RUNNERS}[kind]
    folder = place / kind.replace(" ", "-")
    if not folder.exists():
        folder.mkdir()
        reader.folder(folder)
        (folder / "good").write_bytes((folder / reader.file).read_bytes())
    reader.attempt(folder, damaged((folder / "good").read_bytes(), Random(seed)))


RENDERED = ("template", "templates", "tokenizer_config")  # each attempt starts a process
SLOW = (*RENDERED, "prose")


@pytest.mark.parametrize("kind", [kind for kind in READERS if kind not in SLOW])
@attempts(50)
@given(seed=SEEDS)
def test_a_damaged_file(kind: str, place: Path, seed: int) -> None:
    check(kind, place, seed)


@pytest.mark.parametrize("kind", SLOW)
@attempts(6)
@given(seed=SEEDS)
def test_a_damaged_file_that_takes_longer(kind: str, place: Path, seed: int) -> None:
    check(kind, place, seed)


@pytest.mark.parametrize("kind", RUNNERS)
@attempts(6)
@given(seed=SEEDS)
def test_a_damaged_checkpoint_that_is_run(kind: str, place: Path, seed: int) -> None:
    check(kind, place, seed)


@pytest.mark.parametrize("kind", [*READERS, *RUNNERS])
def test_a_good_file_is_accepted(kind: str, tmp_path: Path) -> None:
    reader = {**READERS, **RUNNERS}[kind]
    folder = reader.folder(tmp_path)
    assert reader.attempt(folder, (folder / reader.file).read_bytes()) is None
