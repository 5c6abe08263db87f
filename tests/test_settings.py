"""Settings are checked when they are made, and told by their parts' names."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf, nan
from typing import Any, get_args

import pytest

import dgcli
from dgcli.api import settings_for
from dgcli.diffusion import DenoiseSettings
from dgcli.diffusion.own_token import AcceptedKept, Counted, NoiseExcluded
from dgcli.diffusion.sampler import EntropyBound
from dgcli.diffusion.schedule import Schedule
from dgcli.diffusion.stopping import AllOf, Confident, Stable
from dgcli.errors import UsageError
from dgcli.profiles import ProfileName
from dgcli.settings import HoleSettings, WritingSettings, profiled
from tests.checkpoints import TINY

WRONG: dict[Any, dict[str, list[Any]]] = {
    Schedule: {
        "steps": [0, -1, 1.5, "1", None],
        "t_min": [0, 0.9, -1, nan, "1", None],
        "t_max": [0.1, nan, inf],
        "noise": [0, 1.5, nan, "1"],
    },
    EntropyBound: {"bound": [-1.0, nan, "x"]},
    Stable: {"steps": [-1, "1", 0.5]},
    Confident: {"nats": [-0.1, nan, None]},
    HoleSettings: {
        "draws": [0, 1.5],
        "continuations": [-1, None],
        "suffix": [-1, 0.5],
        "padding": [1],
        "bare": ["no"],
        "left": [0, 0.5],
    },
    WritingSettings: {"top_k": [0, 1.5], "top_p": [0, 1.1, nan], "temperature": [-1, inf], "max_tokens": [0]},
    DenoiseSettings: {
        "schedule": [None, 3, Schedule],
        "own_token": ["noise", None, Counted],
        "sampler": ["entropy-bound", None, Confident(), EntropyBound],
        "stopping": [0.005, (Stable(), Confident()), Stable],
    },
}


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [(part, name, value) for part, names in WRONG.items() for name, values in names.items() for value in values],
)
def test_settings_that_mean_nothing_are_refused(part: Any, name: str, value: Any) -> None:
    with pytest.raises(UsageError):
        part(**{name: value})


OWN = DenoiseSettings(
    schedule=Schedule(steps=7, t_min=0.3),
    sampler=EntropyBound(0.2),
    stopping=AllOf((Stable(2), Confident(0.1))),
)


@pytest.mark.parametrize("name", ["fast", "balanced", "best"])
def test_a_profile_leaves_sampler_and_stopping_rule_to_the_checkpoint(name: ProfileName) -> None:
    found = profiled(OWN, name)
    assert found == replace(OWN, schedule=found.schedule, own_token=NoiseExcluded())
    assert found.schedule != OWN.schedule


def test_the_reference_s_profile_changes_nothing() -> None:
    assert profiled(OWN, "reference") == OWN


@pytest.mark.parametrize("name", ["slow", "", None, 3])
def test_there_are_no_other_profiles(name: Any) -> None:
    with pytest.raises(UsageError):
        profiled(OWN, name)


def test_another_number_of_steps_changes_nothing_else() -> None:
    for name in get_args(ProfileName):
        found = profiled(OWN, name)
        assert found.with_steps(3) == replace(found, schedule=replace(found.schedule, steps=3))


def test_settings_are_told_apart_by_what_json_has_of_them() -> None:
    different = [
        OWN,
        OWN.with_steps(8),
        OWN.from_noise(0.5),
        replace(OWN, own_token=NoiseExcluded()),
        replace(OWN, own_token=AcceptedKept()),
        replace(OWN, sampler=EntropyBound()),
        replace(OWN, stopping=AllOf((Stable(2), Confident()))),
        replace(OWN, stopping=Confident(0.1)),
    ]
    texts = {json.dumps(settings.described()) for settings in different}
    assert len(texts) == len(different)


@pytest.mark.parametrize("name", get_args(ProfileName))
def test_a_checkpoint_with_a_token_for_noise_keeps_what_was_accepted_in_every_profile(name: ProfileName) -> None:
    """It learned from that one token, and not what else may be wrong."""
    model = dgcli.load(TINY)
    assert settings_for(model, name, 3).own_token != AcceptedKept()
    assert settings_for(replace(model, noise_id=4), name, 3).own_token == AcceptedKept()
    assert settings_for(model, name, 3).schedule.steps == 3
