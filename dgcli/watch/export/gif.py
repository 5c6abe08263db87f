"""A run as an animated GIF. Needs Pillow; type is drawn with a fixed-width font of this machine, cell by cell."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from dgcli.errors import PackageError
from dgcli.watch.export.frames import shots
from dgcli.watch.export.svg import GROUND, TEXT
from dgcli.watch.picture import Look, Picture
from dgcli.watch.theme import hex_colors
from dgcli.watch.timeline import Timeline
from dgcli.watch.view import ThemeName
from dgcli.watch.width import graphemes

_SIZE = 15  # of the type, in pixels
_PAD = 12
_PER_SECOND = 12
_FONTS = (
    "/System/Library/Fonts/SFNSMono.ttf",
    "/System/Library/Fonts/Menlo.ttc",
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
    "/usr/share/fonts/dejavu-sans-mono-fonts/DejaVuSansMono.ttf",
    "/usr/share/fonts/TTF/DejaVuSansMono.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationMono-Regular.ttf",
    "/usr/share/fonts/truetype/noto/NotoSansMono-Regular.ttf",
)


def gif(timeline: Timeline, look: Look, *, theme: ThemeName, speed: float) -> bytes:
    """The file's bytes.

    Raises:
        PackageError: Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise PackageError("A GIF", "Pillow", "gif") from error
    taken = list(shots(timeline, look, speed=speed, per_second=_PER_SECOND))
    rows = max(len(shot.picture.rows) for shot in taken)
    # One palette for all: the colours of a theme are few, and what does not change costs nothing.
    palette = _palette(theme)
    frames = [
        _image(shot.picture, look.width, rows, theme).quantize(palette=palette, dither=Image.Dither.NONE)
        for shot in taken
    ]
    data = io.BytesIO()
    frames[0].save(
        data,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[max(20, round(1000 * shot.seconds)) for shot in taken],
        loop=0,
        optimize=True,
    )
    return data.getvalue()


def _image(picture: Picture, columns: int, rows: int, theme: ThemeName) -> Any:
    from PIL import Image, ImageDraw

    font, wide, high = _font()
    even = font.getlength("iiii") == 4 * wide  # a run can be drawn at once
    looks = hex_colors(theme)
    image = Image.new("RGB", (columns * wide + 2 * _PAD, rows * high + 2 * _PAD), GROUND[theme])
    pen = ImageDraw.Draw(image)
    for number, row in enumerate(_placed(picture, rows)):
        x, y = _PAD, _PAD + number * high
        for run in row:
            look = looks[run.tag]
            if "background" in look:
                pen.rectangle((x, y, x + run.width * wide - 1, y + high - 1), fill=look["background"])
            color = look.get("color", TEXT[theme])
            for piece, width in [(run.text, run.width)] if even and run.text.isascii() else graphemes(run.text):
                if piece.strip():
                    pen.text((x, y + 1), piece, font=font, fill=color)
                    if look["bold"]:
                        pen.text((x + 0.5, y + 1), piece, font=font, fill=color)
                x += width * wide
    return image


def _palette(theme: ThemeName) -> Any:
    """Every colour of a theme, and those between it and its ground, for smooth edges."""
    from PIL import Image, ImageColor

    ground = ImageColor.getrgb(GROUND[theme])
    looks = hex_colors(theme).values()
    grounds = {str(look["background"]) for look in looks if "background" in look}
    colors = {TEXT[theme], *(str(look["color"]) for look in looks if "color" in look)} - grounds
    values: list[int] = [value for each in sorted(grounds) for value in ImageColor.getrgb(each)]
    steps = max(1, min(8, (256 - len(grounds) - 1) // len(colors)))
    values += ground
    for color in sorted(colors):
        for step in range(1, steps + 1):
            pairs = zip(ground, ImageColor.getrgb(color), strict=True)
            values += [round(dark + (light - dark) * step / steps) for dark, light in pairs]
    image = Image.new("P", (1, 1))
    image.putpalette(values[: 3 * 256])
    return image


def _placed(picture: Picture, rows: int) -> Sequence[Sequence[Any]]:
    """The picture's rows, its last two at the bottom of the image."""
    missing = rows - len(picture.rows)
    return (*picture.rows[:-2], *((),) * missing, *picture.rows[-2:])


@lru_cache(maxsize=1)
def _font() -> tuple[Any, int, int]:
    """A font, and the width and height of its cells."""
    from PIL import ImageFont

    for path in _FONTS:
        if Path(path).is_file():
            font: Any = ImageFont.truetype(path, _SIZE)
            break
    else:
        font = ImageFont.load_default(_SIZE)
    return font, round(font.getlength("m")), round(_SIZE * 1.3)
