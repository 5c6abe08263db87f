"""What a run came to, as one HTML file for a browser without a network: losses as a picture, samples before and after.

It is the only file of an adapter's folder that holds text of the person's, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from dgcli.platform.environment import visible
from dgcli.tune.curve import Curve, Point, smoothed
from dgcli.tune.example import UNCHANGED
from dgcli.tune.origin import Origin, several
from dgcli.tune.samples import Shown

KINDS = {
    "infill": "fills of holes",
    "continuation": "running text",
    "restyle": "rewritings",
    "unchanged": "stretches to write as before",
}
"""What examples of each kind are called."""
_WIDTH, _HEIGHT = 720, 260  # of the picture, in pixels,
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 8, 28  # and its margins
_MARKS = 4
_STYLE = """
:root { color-scheme: light; --ground: #ffffff; --card: #f6f7f9; --edge: #d9dde3; --ink: #1f2937; --soft: #6b7280;
  --held: #0b6bcb; --own: #9aa5b1; --new: #0f7b3f; }
@media (prefers-color-scheme: dark) { :root { color-scheme: dark; --ground: #0c0f14; --card: #12161d; --edge: #2a313c;
  --ink: #d5dae3; --soft: #98a2b3; --held: #6cb6ff; --own: #5b6675; --new: #6fd39b; } }
body { margin: 0; padding: 4vh 1rem; background: var(--ground); color: var(--ink);
  font: 15px/1.6 system-ui, sans-serif; }
main { max-width: 56rem; margin: auto; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; }
td { width: 100%; } th { color: var(--soft); font-weight: normal; white-space: nowrap; }
section { border: 1px solid var(--edge); border-radius: 8px; background: var(--card); padding: .8rem 1rem;
  margin: .8rem 0; }
section p { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 0 .6rem; }
mark { background: none; color: var(--new); font-weight: bold; }
svg { width: 100%; height: auto; } svg text { fill: var(--soft); font-size: 12px; }
.soft { color: var(--soft); }
"""


@dataclass(frozen=True)
class Report:
    """A run that is over."""

    name: str
    """Of the adapter."""
    origin: Origin
    ending: str
    """Why it ended, in words."""
    curve: Curve
    shown: tuple[Shown, ...] = ()

    @property
    def gain(self) -> float:
        """The share of the held-out loss that is gone."""
        before, after = self.origin.before, self.origin.after
        return 0.0 if not before or after is None else 1 - after / before

    @property
    def moved(self) -> float | None:
        """How far the model has moved where it is to write as before, nats a token; None where nothing tells."""
        found = (each for each in self.curve.held_out if each.step == self.origin.step and UNCHANGED in each.by_kind)
        return next((each.by_kind[UNCHANGED] for each in found), None)


def page(report: Report) -> str:
    """The file. Texts of the person and of the model are text in it, never markup."""
    title = _text(f"{report.name}: what {report.origin.model} learned")
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>",
            _facts(report),
            "<h2>Loss, in nats a token</h2>",
            picture(report.curve),
            *_samples(report.shown),
            _private(report),
            "</main>\n</body>\n</html>\n",
        )
    )


def facts(report: Report) -> Iterator[tuple[str, str]]:
    """What there is to know, each with what it is called."""
    origin = report.origin
    yield "made from", f"{origin.source} ({origin.data}), {origin.made}"
    for kind, count in origin.examples.items():
        if kind != UNCHANGED:
            yield KINDS[kind], f"{count:,} to learn from, {origin.held_out.get(kind, 0):,} held out"
    if origin.registers:
        yield "register", several(origin.registers)
    if origin.before is not None and origin.after is not None:
        yield "held-out loss", f"{origin.before:.3f} before, {origin.after:.3f} after: {100 * report.gain:.0f}% lower"
    if (moved := report.moved) is not None:
        yield "other texts", f"moved by {moved:.3f} nats a token, where they are to be written as before"
    if origin.seconds is not None:
        yield "the run", f"{origin.seconds / 60:.1f} minutes; {report.ending}; the adapter is from step {origin.step}"


def picture(curve: Curve) -> str:
    """The losses over the steps as SVG: of each step's own examples, and of what is held out, whole and by kind."""
    own, held_out = smoothed(curve.steps), curve.held_out
    every = [*own, *held_out]
    if not every:
        return '<p class="soft">Nothing was measured.</p>'
    kinds = sorted({kind for point in held_out for kind in point.by_kind} - {UNCHANGED})
    by_kind = {kind: [Point(p.step, p.by_kind[kind]) for p in held_out if kind in p.by_kind] for kind in kinds}
    if len(kinds) < 2:
        by_kind = {}
    values = [point.loss for point in (*every, *(point for points in by_kind.values() for point in points))]
    low, high, last = min(values), max(values), max(point.step for point in every) or 1
    room = (high - low or 1.0) * 0.08
    low, high = max(0.0, low - room), high + room

    def height(loss: float) -> float:
        return _TOP + (_HEIGHT - _BOTTOM - _TOP) * (high - loss) / (high - low)

    def place(point: Point) -> tuple[str, str]:
        return f"{_LEFT + (_WIDTH - _LEFT - _RIGHT) * point.step / last:.1f}", f"{height(point.loss):.1f}"

    def line(points: Sequence[Point], look: str) -> str:
        return f'<polyline fill="none" {look} points="{" ".join(map(",".join, map(place, points)))}"/>'

    marks = [low + (high - low) * number / _MARKS for number in range(_MARKS + 1)]
    return "\n".join(
        (
            f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="Losses step by step">',
            *(
                f'<path d="M{_LEFT} {height(value):.1f}H{_WIDTH - _RIGHT}" stroke="var(--edge)"/>'
                f'<text x="{_LEFT - 6}" y="{height(value) + 4:.1f}" text-anchor="end">{value:.2f}</text>'
                for value in marks
            ),
            f'<text x="{_LEFT}" y="{_HEIGHT - 8}">step 0</text>',
            f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 8}" text-anchor="end">step {last}</text>',
            line(own, 'stroke="var(--own)"'),
            *(line(points, 'stroke="var(--held)" stroke-dasharray="3 4"') for points in by_kind.values()),
            line(held_out, 'stroke="var(--held)" stroke-width="2.5"'),
            *(f'<circle r="3" fill="var(--held)" cx="{x}" cy="{y}"/>' for x, y in map(place, held_out)),
            "</svg>",
            '<p class="soft">Thick: what is held out. Thin: the examples of each step.'
            + (f" Dashed: {', '.join(KINDS[kind] for kind in kinds)}, held out." if by_kind else "")
            + "</p>",
        )
    )


def _facts(report: Report) -> str:
    rows = (f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>" for name, value in facts(report))
    return f"<table>{''.join(rows)}</table>"


def _samples(shown: Sequence[Shown]) -> Iterator[str]:
    if not shown:
        return
    yield f"<h2>{len(shown)} texts that were held out, before and after</h2>"
    for each in shown:
        sample = each.sample
        if sample.register:
            yield f"<section><p>{_text(sample.text)}</p>{_answers(each)}</section>"
        else:
            left, right = _text(sample.text[-300:]), _text(sample.behind[:150])
            yield f"<section><p>…{left}<mark>{_text(sample.mark)}</mark>{right}…</p>{_answers(each)}</section>"


def _answers(each: Shown) -> str:
    rows = (("before", each.before), ("after", each.after), ("yours", each.sample.wanted))
    cells = (f"<tr><th>{name}</th><td>{_text(text) or '<i>nothing</i>'}</td></tr>" for name, text in rows)
    return f"<table>{''.join(cells)}</table>"


def _private(report: Report) -> str:
    count = len(report.shown)
    holds = (
        f"The {count} texts above are from your data; no other file of this folder holds text of yours"
        if count
        else "No file of this folder holds text of yours"
    )
    return (
        f"<h2>What this folder knows of you</h2><p>{holds}, but for the names and descriptions of registers. "
        "The weights may have learned phrases by heart: give the folder only to whom you would show the texts.</p>"
    )


def _text(text: str) -> str:
    return escape(visible(text))
