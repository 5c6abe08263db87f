from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from dgcli.checkpoint import memory
from dgcli.checkpoint.registry import PUBLISHED
from dgcli.cli import checks, selftest
from dgcli.platform.backend import mx, this_backend
from dgcli.platform.environment import Environment
from tests import checkpoints
from tests.checkpoints import TINY
from tests.cli.conftest import Dg, Terminal
from tests.golden.make_selftest import make
from tests.metal import metal_settings


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quick probe, and no models but those of the test."""
    monkeypatch.setattr(checks, "PROBE_SECONDS", 0.0)
    monkeypatch.setattr("dgcli.cli.names.BASE", TINY)
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


def test_an_old_revision_of_a_published_conversion_is_to_be_fetched_again(dg: Dg, tmp_path: Path) -> None:
    home = tmp_path / "cache" / "models--mlx-community--diffusiongemma-26B-A4B-it-4bit"
    checkpoints.copy(home / "snapshots" / "252183330817f96e9cba0b20cc400b2947a575cf")
    finding = report(dg)["revision"]
    assert finding["state"] == "note"
    assert "an old revision (252183330817)" in finding["says"]
    assert finding["advice"] == "Fetch it again: dg pull 26b-4bit"


def test_a_larger_wired_limit_is_suggested_on_metal(monkeypatch: pytest.MonkeyPatch) -> None:
    env = Environment(io.BytesIO(), io.BytesIO(), Terminal(), {}, lambda: 0.0, Path("none"))
    metal = replace(this_backend(), device="metal")
    monkeypatch.setattr(checks, "this_backend", lambda: metal)
    monkeypatch.setattr(memory, "this_backend", lambda: metal)
    for module in (checks, memory):
        monkeypatch.setattr(module, "total_memory", lambda: 24 * 2**30)
    monkeypatch.setattr(checks, "usable_memory", lambda: 15 * 10**9)
    [finding] = checks.memory(env)
    assert finding.state == "note"
    value = int(re.search(r"iogpu.wired_limit_mb=(\d+)", finding.advice)[1])  # type: ignore[index]
    assert value * 2**20 >= PUBLISHED["26b-4bit"].weights + memory.RELEASED_REST
    left = (24 * 2**30 - value * 2**20) / 1e9
    assert f"leaves {left:.1f} GB" in finding.advice
    monkeypatch.setattr(checks, "usable_memory", lambda: 22 * 10**9)
    [finding] = checks.memory(env)
    assert (finding.state, finding.advice) == ("good", "")


def test_closing_programs_is_advised_where_it_can_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never on a Mac, whose limit does not depend on them; nor is a limit that would leave the system too little."""
    monkeypatch.setattr(memory, "total_memory", lambda: 16 * 2**30)
    assert memory.more_room(12 * 10**9) == "close other programs"
    assert memory.more_room(18 * 10**9) == ""
    metal = replace(this_backend(), device="metal")
    monkeypatch.setattr(memory, "this_backend", lambda: metal)
    assert "sysctl iogpu.wired_limit_mb=11520" in memory.more_room(12 * 10**9)
    assert "leaves 5.1 GB" in memory.more_room(12 * 10**9)
    assert memory.more_room(13 * 10**9) == ""


def test_the_self_test_says_that_this_device_computes_what_it_should(dg: Dg) -> None:
    """In each way to hold weights, with a speed each, and the memory."""
    done = dg("doctor", "--selftest")
    assert done.code == 0
    lines = done.text.splitlines()
    assert sum(line.startswith("✓ self-test: ") and "ms a step" in line for line in lines) == 4
    assert any(line.startswith("✓ peak memory: ") for line in lines)
    assert "software" in done.text
    assert "26B" not in done.text


def test_a_self_test_that_fails_ends_with_1(dg: Dg, monkeypatch: pytest.MonkeyPatch) -> None:
    """A product that is wrong by a tenth, or that gives no numbers."""
    right = mx.quantized_matmul
    for factor in (1.1, float("nan")):
        monkeypatch.setattr(mx, "quantized_matmul", lambda *a, by=factor, **b: right(*a, **b) * by)
        done = dg("doctor", "--selftest", "--json")
        assert done.code == 1
        states = [each["state"] for each in json.loads(done.stdout)["findings"] if each["subject"] == "self-test"]
        assert states == ["bad", "bad", "good", "good"]


def test_a_self_test_that_has_no_numbers_to_compare_with_says_so(
    dg: Dg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selftest, "FOLDER", tmp_path)
    done = dg("doctor", "--selftest")
    assert done.code == 3
    assert f"{tmp_path / selftest.EXPECTED} is missing or damaged. It comes with dg: install dg again." in done.stderr


def test_the_self_test_comes_from_its_script(tmp_path: Path) -> None:
    """The checkpoint to the byte, and what is computed from it but for rounding."""
    make(tmp_path / "made")
    for name in ("config.json", checkpoints.WEIGHTS):
        assert (tmp_path / "made" / name).read_bytes() == (selftest.FOLDER / name).read_bytes()
    made, kept = (mx.load(str(folder / selftest.EXPECTED)) for folder in (tmp_path / "made", selftest.FOLDER))
    assert isinstance(made, dict)
    assert isinstance(kept, dict)
    assert made.keys() == kept.keys()
    assert all(mx.allclose(made[name], kept[name], rtol=1e-3, atol=1e-3) for name in kept)


def test_the_self_test_passes_with_the_settings_of_metal() -> None:
    with metal_settings():
        assert all(outcome.passed for outcome in selftest.outcomes())


def test_faults_of_the_configuration_are_findings(dg: Dg, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('thme = 1\nregister = "fromal"\n')
    found = report(dg)
    assert found["configuration"]["state"] == found["registers"]["state"] == "bad"
    assert "line 1" in found["configuration"]["says"]
    (tmp_path / "config.toml").write_text("theme = ")
    assert "cannot be read" in report(dg)["configuration"]["says"]
