"""A scene as rows of runs for a window, or as the one row of `--view line`. It knows of no terminals and no colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dgcli.watch.page import hole_runs, lay_out
from dgcli.watch.rows import Atom, Row, Run, atoms
from dgcli.watch.scene import Scene
from dgcli.watch.status import rule, sparkline, status
from dgcli.watch.view import View
from dgcli.watch.width import columns

SMALL_WIDTH, SMALL_HEIGHT = 24, 5  # a smaller window gets the view of one line
TALLEST = 24  # rows of text that the live view takes at most
_NUMBERS = 3  # columns of a gutter beside the digits


@dataclass(frozen=True, kw_only=True)
class Look:
    """The window, and what is wanted in it."""

    width: int
    height: int
    view: View = View.text
    signs: bool = False  # states in characters too, where there are no colours
    tallest: int = TALLEST  # rows of text at most

    @property
    def small(self) -> bool:
        return self.view is View.line or self.width < SMALL_WIDTH or self.height < SMALL_HEIGHT


@dataclass(frozen=True)
class Picture:
    """Rows, none wider than the window and no more of them than it has."""

    rows: tuple[tuple[Run, ...], ...]

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple("".join(run.text for run in row) for row in self.rows)


def picture(scene: Scene, look: Look) -> Picture:
    """What a window shows of a scene."""
    if look.small:
        return Picture((_line(scene, look),)) if look.height > 0 and look.width > 0 else Picture(())
    around = scene.around
    heat = look.view is View.heat
    digits = len(str(around.newlines + 1))
    gutter = digits + _NUMBERS + 1 if around.numbered else 0
    signs = look.signs and not scene.numbers.done
    page = lay_out(scene, look.width - gutter, min(look.height - 2, look.tallest), heat=heat, signs=signs)
    rows = [_numbered(row, index == 0, digits) if gutter else row.runs for index, row in enumerate(page.rows)]
    crop = page.crop if gutter else ""
    tried = scene.numbers.trial is not None
    legend = rule(crop, look.width, gutter, heat=heat, signs=look.signs, tried=tried)
    return Picture((*rows, legend, status(scene.numbers, look.width)))


def _numbered(row: Row, top: bool, digits: int) -> tuple[Run, ...]:
    number = f"{row.line:>{digits}}" if row.starts and not row.signs else "…".rjust(digits) if top else " " * digits
    return (Run(f" {number} │ ", "gutter"), *row.runs)


def _line(scene: Scene, look: Look) -> tuple[Run, ...]:
    """Everything in one row: hole, step, and the text around the place that is being denoised."""
    numbers = scene.numbers
    head = f"{numbers.hole}/{numbers.holes} " if numbers.holes > 1 and numbers.hole else ""
    foot = f" {numbers.step}/{numbers.of} {sparkline(numbers.entropies, 8)} {numbers.open} open" if numbers.step else ""
    if numbers.trial is not None:
        foot = f" {numbers.trial.doing.value} {numbers.trial.which}/{numbers.trial.count}"
    if columns(head + foot) > look.width // 2:
        foot = f" {numbers.step}/{numbers.of}" if numbers.step else ""
    if columns(head + foot) > look.width // 2:
        head = foot = ""
    room = look.width - columns(head + foot)
    hole = [_flat(atom) for run in hole_runs(scene, look.view is View.heat) for atom in atoms(run.text, run.tag)]
    if look.signs and hole:
        hole = [Atom("⟦", 1, "signs"), *hole, Atom("⟧", 1, "signs")]
    before = [_flat(atom) for patch in scene.around.before[-3:] for atom in atoms(patch.text[-room:], patch.tag)]
    after = [_flat(atom) for patch in scene.around.after[:3] for atom in atoms(patch.text[:room], patch.tag)]
    text = _crop(before, hole, after, room)
    runs = [Run(head, "strong"), *(Run(atom.text, atom.tag) for atom in text)]
    runs += [Run(" " * (room - _width(text)), "context"), Run(foot, "status")]
    return tuple(run for run in runs if run.text)


def _flat(atom: Atom) -> Atom:
    """Newlines and tabs take a column."""
    return Atom({"\n": "⏎", "\t": " "}[atom.text], 1, atom.tag) if atom.text in ("\n", "\t") else atom


def _crop(before: Sequence[Atom], hole: Sequence[Atom], after: Sequence[Atom], room: int) -> list[Atom]:
    """The hole, or its first open part, with text around it. It begins at the same place as long as it can.

    Of a text that is tried the end is looked at, where it grows.
    """
    if hole and hole[-1].tag == "tried":
        hole = _fitting(hole[::-1], room)[::-1]
    open_at = next((index for index, atom in enumerate(hole) if atom.tag in ("noise", "changed")), 0)
    middle = _fitting(hole, room) if _width(hole) <= room else _fitting(hole[open_at:], room)
    left = _fitting(before[::-1], min(room // 3, room - _width(middle)))[::-1]
    right = _fitting(after, room - _width(middle) - _width(left))
    left = _fitting(before[::-1], room - _width(middle) - _width(right))[::-1]  # where the text ends soon
    return [*left, *middle, *right]


def _fitting(row: Sequence[Atom], room: int) -> list[Atom]:
    kept: list[Atom] = []
    for atom in row:
        room -= atom.width
        if room < 0:
            break
        kept.append(atom)
    return kept


def _width(row: Sequence[Atom]) -> int:
    return sum(atom.width for atom in row)
