from __future__ import annotations

from typing import Any

import pytest

from dgcli.errors import UsageError
from dgcli.settings import DenoiseSettings


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_steps": 0},
        {"t_min": 0.0},
        {"t_min": 0.9},
        {"sampler": "none"},
        {"discount": "some"},
        {"threshold": 1.5},
        {"corrected": 0.0},
        {"entropy_bound": -1.0},
        {"confidence_threshold": -0.1},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        DenoiseSettings(**wrong)
