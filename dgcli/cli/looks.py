"""How a run is to look: from the options, config.toml and what the environment says about the terminal."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

from dgcli.cli.config import config_file, configured
from dgcli.errors import UsageError
from dgcli.platform.environment import Environment
from dgcli.watch.theme import Colors, Theme, ThemeName, colors_of, theme_of
from dgcli.watch.view import View

_Name = TypeVar("_Name", bound=Enum)


def theme(env: Environment) -> Theme:
    """`theme` and `colors` of config.toml; where it is silent, what suits the terminal. NO_COLOR goes before both."""
    colors = colors_of(env.variables)
    if colors is not Colors.none:
        colors = _named(env, "colors", Colors) or colors
    return Theme.of(theme_name(env), colors)


def theme_name(env: Environment) -> ThemeName:
    """The theme without its colours."""
    return _named(env, "theme", ThemeName) or theme_of(env.variables)


def view(env: Environment, wanted: View | None) -> View:
    """The option, then config.toml, then the text."""
    return wanted or _named(env, "view", View) or View.text


def _named(env: Environment, key: str, names: type[_Name]) -> _Name | None:
    value = configured(env, key)
    if value is None:
        return None
    try:
        return names(value)
    except ValueError as error:
        known = ", ".join(str(name.value) for name in names)
        raise UsageError(f"`{key}` in {config_file(env)} is {value!r}.", f"Use one of {known}.") from error
