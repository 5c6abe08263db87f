"""Everything that is drawn can be read: the contrast of text and background as WCAG 2 reckons it."""

from __future__ import annotations

import pytest
from rich.color import Color, ColorSystem
from rich.style import Style

from dgcli.watch.theme import Colors, Theme, ThemeName

LEAST = 4.5  # of small text, by WCAG 2 (level AA)
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
GROUNDS = {
    ThemeName.dark: (BLACK,),
    ThemeName.light: (WHITE,),
    ThemeName.contrast: (BLACK, WHITE),
    ThemeName.neutral: (BLACK, WHITE),
}
SYSTEMS = {
    Colors.none: ColorSystem.STANDARD,
    Colors.few: ColorSystem.STANDARD,
    Colors.many: ColorSystem.EIGHT_BIT,
    Colors.true: ColorSystem.TRUECOLOR,
}
Rgb = tuple[int, int, int]


def luminance(rgb: Rgb) -> float:
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (each / 255 for each in rgb))
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: Rgb, other: Rgb) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def shown(color: Color | None, system: ColorSystem, default: Rgb) -> Rgb:
    return default if color is None else tuple(color.downgrade(system).get_truecolor())  # type: ignore[return-value]


def test_black_on_white_is_the_most() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast((0x76, 0x76, 0x76), WHITE) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("colors", list(Colors))
@pytest.mark.parametrize("name", list(ThemeName))
def test_every_look_can_be_read_on_the_backgrounds_of_its_theme(name: ThemeName, colors: Colors) -> None:
    for tag, style in Theme.of(name, colors).styles.items():
        for ground in GROUNDS[name]:
            assert seen(style, SYSTEMS[colors], ground) >= LEAST, (tag, ground)
        assert not style.dim, tag  # how much weaker that is, is up to the terminal


def seen(style: Style, system: ColorSystem, ground: Rgb) -> float:
    back = shown(style.bgcolor, system, ground)
    return contrast(shown(style.color, system, WHITE if ground == BLACK else BLACK), back)


@pytest.mark.parametrize("colors", list(Colors))
def test_what_is_settled_has_the_terminals_own_colour_where_its_background_is_unknown(colors: Colors) -> None:
    assert Theme.of(ThemeName.neutral, colors).styles["settled"].color is None
