"""Small plots in characters."""

from __future__ import annotations

from collections.abc import Sequence

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def bars(values: Sequence[float], *, width: int, height: int, unit: str = "") -> list[str]:
    """Values from left to right as bars, with the scale on the left and the first and last number below."""
    if not values:
        return []
    shown = list(values)
    if len(shown) > width:
        shown = [values[round(index * (len(values) - 1) / (width - 1))] for index in range(width)]
    wide = max(1, min(3, width // len(shown)))
    top = max(shown) or 1.0
    labels = (f"{top:.3g}{unit}", "0")
    edge = max(map(len, labels))
    rows = []
    for row in range(height, 0, -1):
        cells = (_EIGHTHS[max(0, min(8, round(8 * (height * value / top - row + 1))))] * wide for value in shown)
        label = labels[0] if row == height else ""
        rows.append(f"{label:>{edge}} ┤{''.join(cells).rstrip()}")
    first, last = "1", str(len(values))
    gap = " " * max(1, wide * len(shown) - len(first) - len(last))
    return [*rows, f"{labels[1]:>{edge}} ┼{'─' * (wide * len(shown))}", f"{'':>{edge}}  {first}{gap}{last}"]


def share(part: float, whole: float, width: int = 24) -> str:
    """A part of a whole as a bar of up to `width` columns."""
    filled = width * 8 * max(0.0, min(1.0, part / whole)) if whole > 0 else 0.0
    full, rest = divmod(round(filled), 8)
    return "█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")
