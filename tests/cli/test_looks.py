from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from dgcli.cli import looks
from dgcli.platform.environment import Environment
from dgcli.watch.theme import Theme
from dgcli.watch.view import Colors, ThemeName, View


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def environment(config: Path, **variables: str) -> Environment:
    return Environment(io.BytesIO(), io.BytesIO(), io.StringIO(), variables, lambda: 0.0, config.parent)


@pytest.mark.parametrize(
    ("variables", "colors"),
    [
        ({"COLORTERM": "truecolor", "TERM": "xterm"}, Colors.true),
        ({"TERM": "xterm-256color"}, Colors.many),
        ({"TERM": "xterm"}, Colors.few),
        ({"TERM": "xterm-kitty"}, Colors.true),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, Colors.none),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, Colors.many),
    ],
)
def test_colours_are_those_that_the_terminal_has(config: Path, variables: dict[str, str], colors: Colors) -> None:
    assert looks.theme(environment(config, **variables)).colors is colors


def test_the_configuration_goes_before_the_terminal_and_no_color_before_both(config: Path) -> None:
    config.write_text('theme = "contrast"\ncolors = "16"\nview = "heat"\n')
    assert looks.theme_name(environment(config, COLORFGBG="0;15")) is ThemeName.contrast
    assert looks.theme(environment(config, COLORTERM="truecolor")).colors is Colors.few
    assert looks.theme(environment(config, NO_COLOR="1")).colors is Colors.none
    assert looks.view(environment(config), None) is View.heat
    assert looks.view(environment(config), View.line) is View.line


def test_a_light_background_is_noticed(config: Path) -> None:
    assert looks.theme_name(environment(config, COLORFGBG="0;15")) is ThemeName.light
    assert looks.theme_name(environment(config, COLORFGBG="15;0")) is ThemeName.dark


@pytest.mark.parametrize("content", ['theme = "pink"', "theme = 3"])
def test_a_value_that_makes_no_sense_sets_nothing(config: Path, content: str) -> None:
    config.write_text(f'{content}\nview = "heat"\n')
    assert looks.theme_name(environment(config)) is ThemeName.dark
    assert looks.view(environment(config), None) is View.heat


@pytest.mark.parametrize("name", list(ThemeName))
@pytest.mark.parametrize("colors", list(Colors))
def test_the_states_look_different(name: ThemeName, colors: Colors) -> None:
    theme = Theme.of(name, colors)
    looks_of = {state: theme.paint("x", state) for state in ("noise", "changed", "accepted", "settled")}
    assert len(set(looks_of.values())) == 4
    if colors is Colors.none:  # bold, dim, underlined, reversed: no colour among them
        codes = re.findall(r"\x1b\[([\d;]+)m", "".join(looks_of.values()))
        assert {int(code) for each in codes for code in each.split(";")} <= {0, 1, 2, 3, 4, 7}


def test_colours_of_each_depth() -> None:
    assert "38;2;" in Theme.of(ThemeName.dark, Colors.true).paint("x", "accepted")
    assert "38;5;" in Theme.of(ThemeName.dark, Colors.many).paint("x", "accepted")
    assert re.search(r"\[3[0-7]m|\[9[0-7]m", Theme.of(ThemeName.dark, Colors.few).paint("x", "accepted"))
