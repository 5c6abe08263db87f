"""A picture of a run: its end, or a strip of frames from beginning to end. Nothing in it is fetched from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from dgcli.watch.picture import Picture
from dgcli.watch.theme import hex_colors
from dgcli.watch.view import ThemeName

COLUMN, ROW, SIZE = 8.4, 18, 14  # of a character: width, height, size of the type, in pixels
_PAD, _BAR, _GAP = 16, 28, 14
_FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
GROUND = {
    ThemeName.dark: "#12161d",
    ThemeName.light: "#ffffff",
    ThemeName.contrast: "#000000",
    ThemeName.neutral: "#ffffff",
}
TEXT = {
    ThemeName.dark: "#d5dae3",
    ThemeName.light: "#1f2937",
    ThemeName.contrast: "#ffffff",
    ThemeName.neutral: "#1f2937",
}


def svg(pictures: Sequence[Picture], *, columns: int, title: str, theme: ThemeName) -> str:
    """The pictures one below the other, in a window."""
    looks = hex_colors(theme)
    rule = looks["rule"].get("color", TEXT[theme])
    width = 2 * _PAD + columns * COLUMN
    parts: list[str] = []
    top = float(_BAR + _PAD // 2)
    for number, picture in enumerate(pictures):
        if number:
            y = top + _GAP / 2
            parts.append(f'<path d="M0 {y:g}H{width:g}" stroke="{rule}" stroke-dasharray="2 4"/>')
            top += _GAP
        for index, row in enumerate(picture.rows):
            x, y = float(_PAD), top + index * ROW
            for run in row:
                wide = run.width * COLUMN
                parts += _run(run.text, looks[run.tag], x, y, wide)
                x += wide
        top += len(picture.rows) * ROW
    height = top + _PAD
    dots = "".join(
        f'<circle cx="{_PAD + 4 + 18 * index}" cy="15" r="5.5" fill="{color}"/>'
        for index, color in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
            f'height="{height:g}" role="img" aria-label="{_text(title)}">',
            f"<title>{_text(title)}</title>",
            f"<style>text{{font:{SIZE}px {_FONTS};white-space:pre;fill:{TEXT[theme]}}}</style>",
            f'<rect width="100%" height="100%" rx="8" fill="{GROUND[theme]}"/>',
            dots,
            f'<text x="{width / 2:g}" y="19" text-anchor="middle" opacity=".6" font-size="12">{_text(title)}</text>',
            *parts,
            "</svg>\n",
        )
    )


def _run(text: str, look: dict[str, str | bool], x: float, y: float, width: float) -> list[str]:
    if not text.strip() and "background" not in look:
        return []
    parts: list[str] = []
    if "background" in look:
        parts.append(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{ROW}" fill="{look["background"]}"/>')
    rules = (
        f"fill:{look['color']}" if "color" in look else "",
        "font-weight:bold" if look["bold"] else "",
        "font-style:italic" if look["italic"] else "",
    )
    style = ";".join(rule for rule in rules if rule)
    # The width is given, so that a font with other widths does not move what comes after.
    parts.append(
        f'<text x="{x:g}" y="{y + SIZE:g}" textLength="{width:g}" lengthAdjust="spacingAndGlyphs" '
        f'xml:space="preserve" style="{style}">{_text(text)}</text>'
    )
    return parts


def _text(text: str) -> str:
    """What XML can hold of it."""
    held = "".join(
        "\ufffd" if ord(c) < 0x20 or 0xD800 <= ord(c) < 0xE000 or ord(c) & 0xFFFE == 0xFFFE else c for c in text
    )
    return escape(held, {'"': "&quot;"})
