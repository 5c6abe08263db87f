"""What holds for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.metal import metal_settings

# A busy machine is no fault of the code; on CI the same examples are tried each time.
settings.register_profile("dg", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("dg")

METAL = "DG_METAL_SETTINGS"  # set: the settings of Metal, on the CPU


@pytest.fixture(scope="session", autouse=bool(os.environ.get(METAL)))
def as_on_metal() -> Iterator[None]:
    """All that is loaded and computed in this run."""
    with metal_settings():
        yield
