"""One option for what is worth more, time or quality; what a recording says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.conftest import Dg

COUNTED, EXCLUDED = {"kind": "Counted"}, {"kind": "NoiseExcluded"}


def settings_of(dg: Dg, *arguments: str) -> dict[str, Any]:
    """The settings in the recording of a run."""
    assert dg(*arguments, "--record", "t.jsonl", "--seed", "1", stdin=b"one [[?~1]] three").code == 0
    found: dict[str, Any] = json.loads(Path("t.jsonl").read_text(encoding="utf-8").partition("\n")[0])["settings"]
    return found


def test_holes_are_balanced_unless_asked_otherwise(dg: Dg) -> None:
    default = settings_of(dg, "infill", "-")
    assert default == settings_of(dg, "infill", "-", "--profile", "balanced")
    assert default["own_token"] == EXCLUDED
    assert settings_of(dg, "infill", "-", "--profile", "reference")["own_token"] == COUNTED


def test_answers_are_the_reference_s_unless_asked_otherwise(dg: Dg) -> None:
    assert settings_of(dg, "generate", "-f", "-", "--steps", "2")["own_token"] == COUNTED
    assert settings_of(dg, "generate", "-f", "-", "--profile", "fast")["own_token"] == EXCLUDED


def test_steps_go_before_those_of_a_profile(dg: Dg) -> None:
    fast = settings_of(dg, "infill", "-", "--profile", "fast")
    three = fast | {"schedule": fast["schedule"] | {"steps": 3}}
    assert settings_of(dg, "infill", "-", "--profile", "fast", "--steps", "3") == three


def test_an_unknown_profile_is_refused(dg: Dg) -> None:
    assert dg("infill", "-", "--profile", "slow", stdin=b"[[?]]").code == 2
