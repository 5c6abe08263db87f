from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from dgcli.cli import checks
from dgcli.platform.backend import this_backend
from dgcli.platform.environment import Environment
from tests import checkpoints
from tests.checkpoints import TINY
from tests.cli.conftest import Dg, Terminal


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quick probe, and no models but those of the test."""
    monkeypatch.setattr(checks, "PROBE_SECONDS", 0.0)
    monkeypatch.setattr("dgcli.cli.library.BASE", TINY)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))


def report(dg: Dg) -> dict[str, dict[str, str]]:
    done = dg("doctor", "--json")
    assert done.code == 0, done.stderr
    return {finding["subject"]: finding for finding in json.loads(done.stdout)["findings"]}


def test_every_part_is_looked_at(dg: Dg) -> None:
    found = report(dg)
    assert {"software", "processor", "memory", "terminal", "default model", "model", "26B model"} < found.keys()
    assert {"Hub cache", "speed"} < found.keys()
    assert "mlx" in found["software"]["says"]
    assert "GFLOP/s" in found["speed"]["says"]
    assert found["model"]["says"].startswith("dg-small fits, with up to 1024 tokens")
    assert all(finding["advice"] for finding in found.values() if finding["state"] != "good")


def test_a_person_reads_one_line_each(dg: Dg) -> None:
    done = dg("doctor", terminal=True)
    assert done.code == 0
    assert all(line.startswith(("✓ ", "· ", "✗ ", "    → ")) for line in done.text.splitlines())
    assert "columns" in done.text


def test_what_is_wrong_comes_with_advice(dg: Dg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoints.copy(tmp_path / "models" / "broken")
    (tmp_path / "models" / "broken" / "model.safetensors").unlink()
    (tmp_path / "config.toml").write_text(f'folders = ["{tmp_path / "models"}"]\n')
    monkeypatch.setattr("dgcli.checkpoint.memory.usable_memory", lambda: 1000)
    monkeypatch.setattr(checks, "usable_memory", lambda: 1000)
    done = dg("doctor", model="nowhere")
    assert done.code == 0
    assert "✗ default model: nowhere" in done.text
    assert "broken is unusable" in done.text
    assert "dg-small needs" in done.text
    assert "the 26B model needs" in done.text


def test_a_larger_wired_limit_is_suggested_on_metal(monkeypatch: pytest.MonkeyPatch) -> None:
    env = Environment(io.BytesIO(), io.BytesIO(), Terminal(), {}, lambda: 0.0, Path("none"))
    metal = replace(this_backend(), device="metal")
    monkeypatch.setattr(checks, "this_backend", lambda: metal)
    monkeypatch.setattr(checks, "total_memory", lambda: 24 * 2**30)
    monkeypatch.setattr(checks, "usable_memory", lambda: 15 * 10**9)
    [finding] = checks.memory(env)
    assert finding.state == "note"
    assert "iogpu.wired_limit_mb=" in finding.advice
    monkeypatch.setattr(checks, "usable_memory", lambda: 18 * 10**9)
    [finding] = checks.memory(env)
    assert (finding.state, finding.advice) == ("good", "")
