"""The names of the models on this machine, found without reading what is in their folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dgcli
from dgcli.checkpoint.hub import all_cached
from dgcli.checkpoint.registry import PUBLISHED
from dgcli.cli.config import read_settings
from dgcli.cli.suggest import did_you_mean
from dgcli.errors import DgError
from dgcli.platform.environment import Environment

BASE = Path(dgcli.__file__).parent / "bundled" / "base"  # the weights of the bundled model
BUNDLED_NAME = "dg-small"
LARGE = "26b-4bit"


def models_here(env: Environment) -> Iterator[tuple[str, str, Path]]:
    """Name, place and folder of the bundled model, of those in `folders` of config.toml, and of the Hub's cache.

    Raises:
        UsageError: config.toml cannot be read.
    """
    if (BASE / "config.json").exists():
        yield BUNDLED_NAME, "bundled", BASE
    for home in read_settings(env).folders:
        for config in sorted((*home.glob("config.json"), *home.glob("*/config.json"))):
            if not config.parent.name.startswith("."):
                yield str(config.parent), "folder", config.parent
    for name, folder in all_cached():
        yield name, "hub", folder


def meant(name: str, env: Environment) -> str:
    """` Did you mean X?` of a model that is not known; nothing where none has a name like it."""
    try:
        here = [each for each, _, _ in models_here(env)]
    except (DgError, OSError):
        here = []
    return did_you_mean(name, (LARGE, *PUBLISHED, BUNDLED_NAME, *here))
