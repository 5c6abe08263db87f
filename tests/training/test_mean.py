"""Means of runs."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.reference


def test_a_mean_has_of_each_run_its_share() -> None:
    torch = pytest.importorskip("torch")
    from mean import mean

    runs = [{"a": torch.tensor([0.0, 4.0]), "b": torch.ones(1)}, {"a": torch.tensor([8.0, 4.0]), "b": torch.ones(1)}]
    found = mean(runs, [3, 1])
    assert found["a"].tolist() == [2.0, 4.0]
    assert found["b"].tolist() == [1.0]


def test_runs_count_once_unless_a_share_is_given() -> None:
    pytest.importorskip("torch")
    from mean import run_and_share

    assert run_and_share("runs/a") == (Path("runs/a"), 1.0)
    assert run_and_share("runs/a=b=0.25") == (Path("runs/a=b"), 0.25)
