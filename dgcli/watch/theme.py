"""Looks by name: what each tag is drawn as, in true colour, 256 or 16 colours, or without any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.color import ColorSystem
from rich.style import Style

from dgcli.watch.view import Colors, ThemeName

Palette = Mapping[str, str]

DARK: Palette = {
    "context": "#8b93a1", "filled": "#d5dae3", "mark": "italic #7e8795", "held": "#aab2bf",
    "noise": "#7e8795", "changed": "bold #ffd166", "accepted": "#5fd3bc", "settled": "bold #f7f9fc",
    "tried": "#a9b1f5",
    "gutter": "#7e8795", "rule": "#7e8795", "status": "#8b93a1", "strong": "bold #d5dae3", "spark": "#5fd3bc",
    "signs": "#8b93a1",
}  # fmt: skip
LIGHT: Palette = {
    "context": "#626a78", "filled": "#1f2937", "mark": "italic #6b7280", "held": "#4b5563",
    "noise": "#6b7280", "changed": "bold #b45309", "accepted": "#0f766e", "settled": "bold #0b1220",
    "tried": "#4b3fa8",
    "gutter": "#6b7280", "rule": "#6b7280", "status": "#626a78", "strong": "bold #1f2937", "spark": "#0f766e",
    "signs": "#626a78",
}  # fmt: skip
NEUTRAL: Palette = {  # default colours, and the few that are read on white and on black
    "context": "", "filled": "", "mark": "italic #767676", "held": "",
    "noise": "#767676", "changed": "bold #d700af", "accepted": "#00875f", "settled": "bold",
    "tried": "#875fd7",
    "gutter": "#767676", "rule": "#767676", "status": "#767676", "strong": "bold", "spark": "#00875f",
    "signs": "",
}  # fmt: skip
CONTRAST: Palette = {
    "context": "", "filled": "bold", "mark": "underline", "held": "",
    "noise": "italic", "changed": "bold black on bright_yellow", "accepted": "black on bright_cyan",
    "settled": "bold bright_white on blue", "gutter": "", "rule": "", "status": "", "strong": "bold",
    "spark": "", "signs": "bold", "tried": "italic",
}  # fmt: skip
_NEUTRAL_16: Palette = {  # what these colours are is up to the terminal
    "context": "", "filled": "", "mark": "italic", "held": "", "noise": "italic", "changed": "bold reverse",
    "accepted": "underline", "settled": "bold", "gutter": "", "rule": "", "status": "", "strong": "bold", "spark": "",
    "signs": "", "tried": "italic",
}  # fmt: skip
_DARK_16: Palette = {
    **_NEUTRAL_16, "changed": "bold bright_yellow", "accepted": "bright_cyan", "settled": "bold bright_white",
    "spark": "bright_cyan",
}  # fmt: skip
_LIGHT_16: Palette = {
    **_NEUTRAL_16, "changed": "bold magenta", "accepted": "blue", "settled": "bold black", "spark": "blue",
}  # fmt: skip
_HEAT = ("#1d3557", "#1f5a75", "#1c6f7c", "#2fa084", "#68b96d", "#a8c956", "#dcc944", "#efa73a", "#ee7733", "#e25540")
_HEAT_16 = (
    "bright_white on blue", "bright_white on blue", "black on bright_cyan", "black on bright_cyan",
    "black on bright_green", "black on bright_green", "black on bright_yellow", "black on bright_yellow",
    "bright_white on red", "bright_white on red",
)  # fmt: skip


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


def theme_of(variables: Mapping[str, str]) -> ThemeName | None:
    """Dark or light, as the environment says of the terminal's background; None where it says nothing."""
    background = variables.get("COLORFGBG", "").rpartition(";")[2]
    if not background.isdecimal():
        return None
    return ThemeName.light if background in ("7", "15") else ThemeName.dark


def hex_colors(name: ThemeName) -> dict[str, dict[str, str | bool]]:
    """Foreground, background and weight by tag, for pictures that are not drawn on a terminal."""
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
        return dict(_NEUTRAL_16)
    if name is ThemeName.contrast:
        return dict(CONTRAST)
    return dict((_FEW if colors is Colors.few else _MANY)[name])


_MANY = {ThemeName.dark: DARK, ThemeName.light: LIGHT, ThemeName.neutral: NEUTRAL}
_FEW = {ThemeName.dark: _DARK_16, ThemeName.light: _LIGHT_16, ThemeName.neutral: _NEUTRAL_16}


def _heat(colors: Colors) -> dict[str, str]:
    if colors is Colors.none:
        return {
            f"heat{level}": "bold reverse" if level > 5 else "underline" if level > 2 else "" for level in range(10)
        }
    if colors is Colors.few:
        return {f"heat{level}": f"bold {look}" for level, look in enumerate(_HEAT_16)}
    return {f"heat{level}": f"{'#0b1220' if level > 2 else '#f7f9fc'} on {shade}" for level, shade in enumerate(_HEAT)}


_SYSTEMS = {
    Colors.none: ColorSystem.STANDARD,  # bold, dim and underlined text are not colours
    Colors.few: ColorSystem.STANDARD,
    Colors.many: ColorSystem.EIGHT_BIT,
    Colors.true: ColorSystem.TRUECOLOR,
}
