"""Wrapping: tagged text into rows that fit a window, counted in columns as a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dgcli.platform.environment import visible
from dgcli.watch.width import columns, graphemes

TAB = 4  # columns between tab stops


@dataclass(frozen=True)
class Run:
    """Text of one look; a tag names the look, a theme knows it."""

    text: str
    tag: str

    @property
    def width(self) -> int:
        return columns(self.text)


@dataclass(frozen=True)
class Row:
    """One row of a window."""

    runs: tuple[Run, ...]
    line: int = 1  # the line of the text that it belongs to
    starts: bool = True  # with it begins that line
    ends: bool = True
    signs: bool = False  # it tells of the row above it in characters what that shows in colours

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)

    @property
    def width(self) -> int:
        return sum(run.width for run in self.runs)


@dataclass(frozen=True)
class Atom:
    """What is never torn apart: a character as a person sees it, a tab or a newline."""

    text: str
    width: int
    tag: str

    @property
    def blank(self) -> bool:
        return not self.text.strip(" ")


@lru_cache(maxsize=512)
def atoms(text: str, tag: str) -> tuple[Atom, ...]:
    """A text in atoms. What could steer a terminal is a picture from here on, but for newlines and tabs."""
    found: list[Atom] = []
    for number, part in enumerate(text.split("\t")):
        if number:
            found.append(Atom("\t", 0, tag))
        for index, line in enumerate(visible(part).split("\n")):
            if index:
                found.append(Atom("\n", 0, tag))
            found += (Atom(piece, width, tag) for piece, width in graphemes(line))
    return tuple(found)


@dataclass(frozen=True)
class Broken:
    """A row before it is merged into runs, with the blanks that the break stands for."""

    atoms: tuple[Atom, ...]
    dropped: tuple[Atom, ...]
    line: int
    starts: bool
    ends: bool

    @property
    def row(self) -> Row:
        return Row(_runs(self.atoms), line=self.line, starts=self.starts, ends=self.ends)


def wrap(stream: Iterable[Atom], width: int, *, line: int = 1, begun: bool = False) -> Iterator[Row]:
    """Rows of at most `width` columns; the first belongs to `line`, and if that has `begun`, does not start it."""
    return (broken.row for broken in break_rows(stream, width, line=line, begun=begun))


def break_rows(stream: Iterable[Atom], width: int, *, line: int = 1, begun: bool = False) -> Iterator[Broken]:
    """As `wrap`: broken at blanks where there are some, and behind wide characters.

    Blanks at a break are left out: the break stands for them.
    """
    row: list[Atom] = []
    dropped: list[Atom] = []
    column, split, starts = 0, 0, not begun
    for atom in stream:
        if atom.text == "\n":
            yield Broken(tuple(row), tuple(dropped), line, starts, True)
            row, dropped = [], []
            column, split, starts, line = 0, 0, True, line + 1
            continue
        if atom.text == "\t":
            size = TAB - column % TAB
            atom = Atom(" " * size, size, atom.tag)  # noqa: PLW2901
        size = atom.width
        if atom.blank and (dropped or column + size > width):
            dropped.append(atom)
            continue
        while column + size > width or (dropped and size):
            at = len(row) if dropped or not split else split
            if not at:
                break  # wider than the window: there is no way to show it well
            yield Broken(tuple(row[:at]), tuple(dropped), line, starts, False)
            row, dropped, starts, split = row[at:], [], False, 0
            column = sum(each.width for each in row)
        row.append(atom)
        column += size
        if atom.blank or size > 1:
            split = len(row)
    yield Broken(tuple(row), tuple(dropped), line, starts, True)


def _runs(row: Sequence[Atom]) -> tuple[Run, ...]:
    runs: list[Run] = []
    texts: list[str] = []
    for index, atom in enumerate(row):
        texts.append(atom.text)
        if index + 1 == len(row) or row[index + 1].tag != atom.tag:
            runs.append(Run("".join(texts), atom.tag))
            texts.clear()
    return tuple(runs)
