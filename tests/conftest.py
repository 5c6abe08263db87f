"""What holds for all tests."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from dgcli.checkpoint import chat_template
from dgcli.cli.changes import folder_of_changes
from dgcli.platform import sandbox
from tests.metal import metal_settings

# A busy machine is no fault of the code; on CI the same examples are tried each time.
settings.register_profile("dg", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("dg")

# Small matrices by one thread, in processes that are started, too: two wait for each other, and more for other tests.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# What a shell starts in the background ignores Ctrl-C, and some tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

THEIRS = ("DG_MODEL", "NO_COLOR", "VISUAL", "EDITOR", "HISTFILE", "HF_HOME", "HF_HUB_CACHE")
"""Variables with which a person changes what `dg` does, besides those of the folders of XDG."""

METAL = "DG_METAL_SETTINGS"  # set: the settings of Metal, on the CPU


@pytest.fixture(scope="session", autouse=True)
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders with a home for each test: what a person has set is not used, and nothing is left with what is theirs.

    In a folder with a short name, as a socket's may not be long.
    """
    theirs = folder_of_changes(os.environ)
    before = _names(theirs)
    folder = Path(tempfile.mkdtemp(prefix="dg-"))
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name in THEIRS or name.startswith("XDG_"):
                patch.delenv(name)
        patch.setenv("HOME", str(folder))
        yield folder
    shutil.rmtree(folder, ignore_errors=True)
    ours = os.path.realpath(tmp_path_factory.getbasetemp().parent).encode()  # `dg` may be used while the tests run
    left = [path for path in _names(theirs) - before if ours in path.read_bytes()]
    assert not left, f"a test wrote into the home of whoever runs it: {left}"


def _names(folder: Path | None) -> set[Path]:
    return set() if folder is None or not folder.is_dir() else set(folder.iterdir())


@pytest.fixture(autouse=True)
def own_home(homes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of this test, and of the processes that it starts."""
    folder = next(path for number in count() if not (path := homes / f"{number}").exists())
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture(scope="session", autouse=True)
def some_memory() -> Iterator[None]:
    """What other programs take of a machine's memory changes nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dgcli.platform.memory.available_memory", lambda: 16 * 2**30)
        yield


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
