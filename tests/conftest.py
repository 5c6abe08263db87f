"""What holds for all tests."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import settings

from dgcli.checkpoint import chat_template
from dgcli.platform import sandbox
from tests.metal import metal_settings

# A busy machine is no fault of the code; on CI the same examples are tried each time.
settings.register_profile("dg", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("dg")

# Small matrices by one thread, in processes that are started, too: two wait for each other, and more for other tests.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

METAL = "DG_METAL_SETTINGS"  # set: the settings of Metal, on the CPU


@pytest.fixture(scope="session", autouse=True)
def rendered_once() -> Iterator[None]:
    """Each chat template is rendered once in a run: a process for each of some thousand tests takes minutes."""
    known: dict[str, str] = {}

    def render(source: str, variables: Mapping[str, Any]) -> str:
        key = json.dumps([source, variables], sort_keys=True)
        if key not in known:
            known[key] = sandbox.render(source, variables)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chat_template, "render", render)
        yield


@pytest.fixture(scope="session", autouse=bool(os.environ.get(METAL)))
def as_on_metal() -> Iterator[None]:
    """All that is loaded and computed in this run."""
    with metal_settings():
        yield
