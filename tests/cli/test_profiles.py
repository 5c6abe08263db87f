"""One option for what is worth more, time or quality; what a recording says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dgcli.settings import DenoiseSettings
from tests.cli.conftest import Dg

CHECKPOINT = {"sampler": "entropy-bound", "discount": "none"}


def settings_of(dg: Dg, *arguments: str) -> dict[str, Any]:
    """The settings in the recording of a run."""
    assert dg(*arguments, "--record", "t.jsonl", "--seed", "1", stdin=b"one [[?~1]] three").code == 0
    found: dict[str, Any] = json.loads(Path("t.jsonl").read_text(encoding="utf-8").partition("\n")[0])["settings"]
    return found


def test_holes_are_balanced_unless_asked_otherwise(dg: Dg) -> None:
    default = settings_of(dg, "infill", "-")
    assert default == settings_of(dg, "infill", "-", "--profile", "balanced")
    assert default["discount"] == "noise"
    reference = settings_of(dg, "infill", "-", "--profile", "reference")
    assert reference | CHECKPOINT == reference


def test_answers_are_the_reference_s_unless_asked_otherwise(dg: Dg) -> None:
    reference = settings_of(dg, "generate", "-f", "-", "--steps", "2")
    assert reference | CHECKPOINT == reference
    assert settings_of(dg, "generate", "-f", "-", "--profile", "fast")["discount"] == "noise"


def test_steps_go_before_those_of_a_profile(dg: Dg) -> None:
    fast = settings_of(dg, "infill", "-", "--profile", "fast")
    assert settings_of(dg, "infill", "-", "--profile", "fast", "--steps", "3") == fast | {"max_steps": 3}


@pytest.mark.parametrize("name", ["fast", "balanced", "best"])
def test_a_profile_leaves_the_rest_to_the_checkpoint(name: Any) -> None:
    own = DenoiseSettings(t_min=0.3, confidence_threshold=0.1, stability_threshold=2)
    found = own.profiled(name)
    assert (found.confidence_threshold, found.stability_threshold) == (0.1, 2)
    assert own.profiled("reference") == own


def test_an_unknown_profile_is_refused(dg: Dg) -> None:
    assert dg("infill", "-", "--profile", "slow", stdin=b"[[?]]").code == 2
