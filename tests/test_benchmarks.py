"""Benchmarks and experiments: each says how it is used, runs in its smallest size, and writes nothing unasked."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TINY = str(ROOT / "tests" / "golden" / "tiny")
INFILL, PAIRS = (str(ROOT / "benchmarks" / "data" / name) for name in ("own_infill.jsonl", "own_restyle.tsv"))
SCRIPTS = [
    f"{folder}.{file.stem}"
    for folder in ("benchmarks", "experiments")
    for file in sorted((ROOT / folder).glob("*.py"))
    if "def main(" in file.read_text(encoding="utf-8")
]
SMALLEST = {
    "benchmarks.choice": (INFILL, "--limit", "1"),
    "benchmarks.costs": ("--steps", "1", "--rounds", "1", "--sizes", "1"),
    "benchmarks.flat": ("--runs", "3", "--steps", "1"),
    "benchmarks.hints": ("--limit", "1"),
    "benchmarks.infill_quality": (INFILL, "--limit", "1"),
    "benchmarks.lengths": (INFILL, "--limit", "2", "--only", "^guessed$"),
    "benchmarks.meaning": ("--limit", "2"),
    "benchmarks.restyle_quality": (PAIRS, "--limit", "1", "--steps", "1", "--rows", "^as built$", "--strengths"),
    "experiments.held_refresh": (INFILL, "--limit", "1", "--steps", "2"),
    "experiments.samplers": (INFILL, "--limit", "1", "--only", "fast"),
}


def run(script: str, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of a script."""
    monkeypatch.setattr(sys, "argv", [script, *arguments])
    try:
        import_module(script).main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_says_how_it_is_used(
    script: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if script == "benchmarks.peer_loop" and find_spec("mlx_vlm") is None:
        pytest.skip("it is run by a Python that has mlx-vlm")
    assert run(script, ("--help",), monkeypatch) == 0
    said = capsys.readouterr().out
    assert said.startswith("usage: ")
    assert script.rpartition(".")[2] in said


@pytest.mark.parametrize("script", SMALLEST)
def test_the_smallest_size_prints_its_figures_and_writes_what_is_asked_for_only(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the tiny checkpoint of the tests, whose figures mean nothing."""
    monkeypatch.chdir(tmp_path)
    asked = () if script == "benchmarks.hints" else ("--json", "figures.json")
    assert run(script, (*SMALLEST[script], "-m", TINY, *asked), monkeypatch) == 0
    assert capsys.readouterr().out.strip()
    assert [file.name for file in tmp_path.iterdir()] == (["figures.json"] if asked else [])
    if asked:
        assert json.loads(Path("figures.json").read_text(encoding="utf-8"))
