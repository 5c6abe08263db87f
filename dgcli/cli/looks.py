"""How a run is to look: from the options, config.toml and what the environment says about the terminal."""

from __future__ import annotations

from dgcli.cli.config import read_settings
from dgcli.platform.environment import Environment
from dgcli.watch.background import background, theme_on
from dgcli.watch.theme import Theme, colors_of, theme_of
from dgcli.watch.view import Colors, ThemeName, View

_SECONDS, _FAR = 0.2, 1.0  # that a terminal may take to tell its background; over a network


def theme(env: Environment) -> Theme:
    """`theme` and `colors` of config.toml; where it is silent, what suits the terminal. NO_COLOR goes before both."""
    settings, colors = read_settings(env), colors_of(env.variables)
    if colors is not Colors.none:
        colors = settings.colors or colors
    return Theme.of(settings.theme or _suiting(env, colors), colors)


def _suiting(env: Environment, colors: Colors) -> ThemeName:
    """What is read well on the terminal's background, as the terminal tells it, or the environment."""
    if colors is not Colors.none and (terminal := env.terminal) is not None:
        far = "SSH_CONNECTION" in env.variables
        ground = background(terminal, env.variables.get("TERM", "dumb"), _FAR if far else _SECONDS)
        if ground is not None:
            return theme_on(ground)
    return theme_of(env.variables) or ThemeName.neutral


def theme_name(env: Environment) -> ThemeName:
    """The theme of a file, which has a background of its own."""
    return read_settings(env).theme or theme_of(env.variables) or ThemeName.dark


def view(env: Environment, wanted: View | None) -> View:
    """The option, then config.toml, then the text."""
    return wanted or read_settings(env).view or View.text
