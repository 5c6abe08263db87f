"""Tables that are drawn with characters: how many columns a fill has in one, so that what stands behind it lines up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dgcli.text.scripts import width_of
from dgcli.text.syntax.kinds import Kind

DRAWN = frozenset((Kind.RST, Kind.MARKDOWN))  # the kinds whose tables are read by their columns
_GRID = re.compile(r"[ \t>]*\+(?:[-=:]+\+)+[ \t]*")
_GROUPS = {  # rows of dashes with one group for each column
    Kind.RST: re.compile(r"[ \t]*={2,}(?: +={2,})+[ \t]*"),
    Kind.MARKDOWN: re.compile(r"[ \t>]*-{2,}(?: +-{2,})+[ \t]*"),
}
_FARTHEST = 60  # lines up to the row of dashes
_NEXT = re.compile(r"(?:^| ) +(?=\S)")  # before the text of another column
_LAST = re.compile(r"\S(?= *$)")


@dataclass(frozen=True)
class Room:
    """How many columns a fill has."""

    columns: int
    exact: bool  # something stands behind it that has its own column: it is padded with blanks up to there

    def padded(self, fill: str) -> str:
        """`fill` with the blanks that it needs, if any."""
        return fill + " " * (self.columns - width_of(fill) if self.exact and fill else 0)

    def holds(self, fill: str) -> bool:
        """Whether a padded fill fits."""
        return width_of(fill) == self.columns if self.exact else width_of(fill) <= self.columns


def room_in(kind: Kind, left: str, right: str, unfilled: str) -> Room | None:
    """The room of a hole between two texts; None where no column is beside it. `unfilled` stands for other marks."""
    if kind not in DRAWN:
        return None
    before, line = left.rpartition("\n")[::2]
    rest, behind = right.partition("\n")[::2]
    if unfilled in line or "\n" not in left:
        return None
    above, below = before.split("\n")[: -_FARTHEST - 1 : -1], behind.split("\n")[:_FARTHEST]
    if "|" in line and (borders := _borders(above, below)):
        return _in_grid(borders, line, rest)
    if groups := _groups(kind, above, below):
        return _in_groups(groups, line, rest)
    return None


def _borders(above: Sequence[str], below: Sequence[str]) -> list[int]:
    """The columns where a grid has its lines, from the rows of its frame next to the hole."""
    frames = [line for lines in (above, below) for line in _block(lines) if _GRID.fullmatch(line)]
    return sorted({place for line in frames for place, each in enumerate(line) if each == "+"})


def _in_grid(borders: Sequence[int], line: str, rest: str) -> Room | None:
    """So many that the row ends where the table does, whatever columns its cells go over."""
    row = rest.rstrip()
    if not row.endswith("|"):
        return None
    return Room(max(borders[-1] + 1 - width_of(line) - width_of(row), 0), exact=True)


def _groups(kind: Kind, above: Sequence[str], below: Sequence[str]) -> list[tuple[int, int]]:
    """The columns that a table without frame has, each from where to where; none if this is no table."""
    dashes = _GROUPS[kind]
    if kind is Kind.MARKDOWN:
        over = next((line for line in (*_block(above), *_block(below)) if dashes.fullmatch(line)), "")
        return _spans(over)
    found = next((number for number, line in enumerate(above) if dashes.fullmatch(line)), None)
    under = next((line for line in below if dashes.fullmatch(line)), "")
    if found is None or (found and not above[found - 1].strip()):
        return []
    spans = _spans(above[found])
    return spans if {start for start, _ in _spans(under)} == {start for start, _ in spans} else []


def _spans(dashes: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"[-=]+", dashes)]


def _in_groups(groups: Sequence[tuple[int, int]], line: str, rest: str) -> Room | None:
    place = width_of(line)
    column = max((number for number, (start, _) in enumerate(groups) if start <= place), default=0)
    if column == len(groups) - 1:
        return None
    if behind := _NEXT.search(rest):
        return Room(max(groups[column + 1][0] - width_of(rest[: behind.end()]) - place, 0), exact=True)
    return Room(max(groups[column][1] - width_of(rest.rstrip()) - place, 0), exact=False)


def _block(lines: Sequence[str]) -> Iterator[str]:
    """Lines up to a blank one."""
    for line in lines:
        if not line.strip():
            return
        yield line
