"""Looks by name: what each tag is drawn as, in true colour, 256 or 16 colours, or without any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.color import ColorSystem
from rich.style import Style

from dgcli.watch.view import Colors, ThemeName

Palette = Mapping[str, str]

DARK: Palette = {
    "context": "#8b93a1", "filled": "#d5dae3", "mark": "italic #5f6775", "held": "#aab2bf",
    "noise": "#56606f", "changed": "bold #ffd166", "accepted": "#5fd3bc", "settled": "bold #f7f9fc",
    "gutter": "#4a5362", "rule": "#4a5362", "status": "#8b93a1", "strong": "bold #d5dae3", "spark": "#5fd3bc",
    "signs": "#8b93a1",
}  # fmt: skip
LIGHT: Palette = {
    "context": "#6b7280", "filled": "#1f2937", "mark": "italic #9ca3af", "held": "#4b5563",
    "noise": "#a9b0bb", "changed": "bold #b45309", "accepted": "#0f766e", "settled": "bold #0b1220",
    "gutter": "#b6bcc6", "rule": "#b6bcc6", "status": "#6b7280", "strong": "bold #1f2937", "spark": "#0f766e",
    "signs": "#6b7280",
}  # fmt: skip
CONTRAST: Palette = {
    "context": "", "filled": "bold", "mark": "underline", "held": "",
    "noise": "bright_black", "changed": "bold reverse bright_yellow", "accepted": "underline bright_cyan",
    "settled": "bold bright_white on blue", "gutter": "", "rule": "", "status": "", "strong": "bold",
    "spark": "bright_cyan", "signs": "bold",
}  # fmt: skip
_DARK_16: Palette = {
    "context": "dim", "filled": "", "mark": "dim italic", "held": "", "noise": "bright_black",
    "changed": "bold bright_yellow", "accepted": "cyan", "settled": "bold bright_white", "gutter": "bright_black",
    "rule": "bright_black", "status": "dim", "strong": "bold", "spark": "cyan", "signs": "dim",
}  # fmt: skip
_LIGHT_16: Palette = {
    **_DARK_16, "changed": "bold magenta", "accepted": "blue", "settled": "bold black", "spark": "blue",
}  # fmt: skip
_NONE: Palette = {
    "context": "dim", "filled": "", "mark": "dim", "held": "", "noise": "dim italic", "changed": "bold reverse",
    "accepted": "underline", "settled": "bold", "gutter": "dim", "rule": "dim", "status": "dim", "strong": "bold",
    "spark": "", "signs": "",
}  # fmt: skip
_HEAT = ("#1d3557", "#1f5a75", "#20808a", "#2fa084", "#68b96d", "#a8c956", "#dcc944", "#efa73a", "#ee7733", "#d94530")
_HEAT_16 = ("blue", "blue", "cyan", "cyan", "green", "green", "yellow", "yellow", "red", "red")


@dataclass(frozen=True)
class Theme:
    """What goes before a text of each tag, for a terminal with so many colours."""

    styles: Mapping[str, Style]
    codes: Mapping[str, str]
    colors: Colors

    @classmethod
    def of(cls, name: ThemeName, colors: Colors) -> Theme:
        words = _palette(name, colors) | _heat(colors)
        styles = {tag: Style.parse(style or "none") for tag, style in words.items()}
        codes = {tag: _codes(style, _SYSTEMS[colors]) for tag, style in styles.items()}
        return cls(styles, codes, colors)

    def paint(self, text: str, tag: str) -> str:
        """The text with the codes that a terminal needs to show it so."""
        codes = self.codes[tag]
        return f"\x1b[{codes}m{text}\x1b[0m" if codes and text else text


def _codes(style: Style, system: ColorSystem) -> str:
    """As `Style.render` has them, which keeps those of the colour system that it was first asked for."""
    on = (style.bold, style.dim, style.italic, style.underline, None, None, style.reverse)
    codes = [str(number) for number, wanted in enumerate(on, 1) if wanted]
    for color, foreground in ((style.color, True), (style.bgcolor, False)):
        if color is not None:
            codes += color.downgrade(system).get_ansi_codes(foreground=foreground)
    return ";".join(codes)


def colors_of(variables: Mapping[str, str]) -> Colors:
    """What the environment says about the terminal."""
    if variables.get("NO_COLOR"):
        return Colors.none
    if variables.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return Colors.true
    term = variables.get("TERM", "")
    if term.endswith(("-direct", "-truecolor", "kitty", "ghostty")):
        return Colors.true
    return Colors.many if "256color" in term else Colors.few


def theme_of(variables: Mapping[str, str]) -> ThemeName:
    """Dark, unless the terminal says that its background is light."""
    background = variables.get("COLORFGBG", "").rpartition(";")[2]
    return ThemeName.light if background in ("7", "15") else ThemeName.dark


def hex_colors(name: ThemeName) -> dict[str, dict[str, str | bool]]:
    """Foreground, background and weight by tag, for pictures that are no terminal."""
    looks: dict[str, dict[str, str | bool]] = {}
    for tag, style in Theme.of(name, Colors.true).styles.items():
        look: dict[str, str | bool] = {"bold": bool(style.bold), "italic": bool(style.italic)}
        if style.color is not None:
            look["color"] = style.color.get_truecolor().hex
        if style.bgcolor is not None:
            look["background"] = style.bgcolor.get_truecolor().hex
        looks[tag] = look
    return looks


def _palette(name: ThemeName, colors: Colors) -> dict[str, str]:
    if colors is Colors.none:
        return dict(_NONE)
    if name is ThemeName.contrast:
        return dict(CONTRAST)
    if colors is Colors.few:
        return dict(_LIGHT_16 if name is ThemeName.light else _DARK_16)
    return dict(LIGHT if name is ThemeName.light else DARK)


def _heat(colors: Colors) -> dict[str, str]:
    if colors is Colors.none:
        return {
            f"heat{level}": "bold reverse" if level > 5 else "underline" if level > 2 else "" for level in range(10)
        }
    if colors is Colors.few:
        return {f"heat{level}": f"bold white on {color}" for level, color in enumerate(_HEAT_16)}
    return {f"heat{level}": f"{'#0b1220' if level > 3 else '#f7f9fc'} on {shade}" for level, shade in enumerate(_HEAT)}


_SYSTEMS = {
    Colors.none: ColorSystem.STANDARD,  # bold, dim and underlined text are no colours
    Colors.few: ColorSystem.STANDARD,
    Colors.many: ColorSystem.EIGHT_BIT,
    Colors.true: ColorSystem.TRUECOLOR,
}
