"""The part of a document that a window shows: rows around the hole, tokens tagged by state or shade of doubt, signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from dgcli.watch.frames import State
from dgcli.watch.rows import Atom, Broken, Row, Run, atoms, break_rows, wrap
from dgcli.watch.scene import Around, Scene, TaggedText

LEVELS = (0.005, 0.02, 0.08, 0.25, 0.7, 1.4, 2.5, 4.0, 6.0)  # nats: where one shade of the heat map ends
SIGNS = {"noise": ".", "changed": "!", "accepted": "+", "settled": "=", "tried": "?"}
SIGNS |= {f"heat{n}": str(n) for n in range(10)}
_ABOVE = 3  # the hole begins a third of the window below its top
_NO_HEAT = (State.HELD, State.TRIED)  # nothing is known of how sure the denoiser is of them
_CHARACTERS = 4  # per column: as much of a text is looked at; only a heap of combining marks has more


@dataclass(frozen=True, kw_only=True)
class Page:
    """Rows to show, and what they are of the whole text."""

    rows: tuple[Row, ...]
    first: int  # line of the first row, counted from 1
    last: int
    lines: int  # of the whole text
    cut_above: bool  # the first row is not the first of its line
    cut_below: bool

    @property
    def crop(self) -> str:
        """What a person is told about it."""
        first = f"{'…' if self.cut_above else ''}{self.first}"
        last = f"{self.last}{'…' if self.cut_below else ''}"
        if self.first == self.last:
            return f"line {first if self.cut_above else last} of {self.lines}"
        return f"lines {first}–{last} of {self.lines}"


def hole_runs(scene: Scene, heat: bool = False) -> tuple[Run, ...]:
    """The hole as it is. Noise never breaks a line, and never is nothing at all: the picture would jump."""
    runs: list[Run] = []
    if not scene.cells and scene.around.mark:
        runs.append(Run(scene.around.mark, "mark"))
    for cell in scene.cells:
        tag = f"heat{level(cell.entropy)}" if heat and cell.state not in _NO_HEAT else cell.state.value
        text = cell.text
        if cell.state is State.NOISE:
            text = "".join("␊" if c == "\n" else "␉" if c == "\t" else c for c in text) or "·"
        runs.append(Run(text, tag))
    return tuple(runs)


def level(entropy: float) -> int:
    """The shade of an entropy in the heat map: 0 (sure) … 9."""
    return sum(entropy > limit for limit in LEVELS)


def lay_out(scene: Scene, width: int, height: int, *, heat: bool = False, signs: bool = False) -> Page:
    """At most `height` rows of at most `width` columns around the hole.

    Args:
        signs: below each row with tokens that are being denoised, a row that tells their states in characters.
    """
    around = scene.around
    runs = hole_runs(scene, heat)
    line = 1 + sum(patch.text.count("\n") for patch in around.before)
    above, tail = _above(around.before, width, height, line)
    line_after = line + sum(run.text.count("\n") for run in runs)
    rest, below = _below(around.after, width, height, line_after + around.folded + 1)
    stream = (*tail.atoms, *tail.dropped, *(atom for run in runs for atom in atoms(run.text, run.tag)), *rest)
    middle = islice(wrap(stream, width, line=line, begun=not tail.starts), 3 * height)
    rows = [*above, *middle, *below]
    lines = 1 + around.newlines + line_after - line  # in all
    is_last = rows[-1].line == lines and rows[-1].starts
    if len(rows) > 1 and is_last and not rows[-1].runs and _ends_a_line(around, runs):
        rows.pop()  # the text ends with a newline, and no line begins with it
        lines -= 1
    anchor = len(above)
    if signs:
        rows, anchor = _with_signs(rows, anchor)
    top = _top(rows, anchor, [index for index, row in enumerate(rows) if _alive(row)], height)
    shown = tuple(rows[top : top + height])
    texts = [row for row in shown if not row.signs] or list(shown)
    return Page(
        rows=shown,
        first=texts[0].line,
        last=texts[-1].line,
        lines=lines,
        cut_above=not texts[0].starts,
        cut_below=not texts[-1].ends,
    )


def _ends_a_line(around: Around, runs: Sequence[Run]) -> bool:
    """Whether the text ends with a newline. A row without anything may be of a tab for which there is no room."""
    texts = (*(patch.text for patch in around.before), *(run.text for run in runs), *(one.text for one in around.after))
    return next(filter(None, reversed(texts)), "").endswith("\n")


def _alive(row: Row) -> bool:
    return any(run.tag in SIGNS for run in row.runs)


def _top(rows: Sequence[Row], anchor: int, alive: Sequence[int], height: int) -> int:
    """The first row to show. It moves as little as can be while a hole is denoised."""
    top = max(0, min(anchor - height // _ABOVE, len(rows) - height))
    if alive and alive[-1] >= top + height:  # the hole is longer than the window: follow what is still open
        unsettled = [index for index in alive if any(run.tag in ("noise", "changed") for run in rows[index].runs)]
        focus = (unsettled or alive[-1:])[0]
        top = max(top, min(focus - height // _ABOVE, alive[-1] - height + 1))
    return top


def _with_signs(rows: Sequence[Row], anchor: int) -> tuple[list[Row], int]:
    found: list[Row] = []
    moved = anchor
    for index, row in enumerate(rows):
        found.append(row)
        if _alive(row):
            signs = "".join(SIGNS.get(run.tag, " ") * run.width for run in row.runs)
            found.append(Row((Run(signs.rstrip(), "signs"),), line=row.line, signs=True))
            moved += index < anchor
    return found, moved


@lru_cache(maxsize=4)
def _above(before: tuple[TaggedText, ...], width: int, height: int, line: int) -> tuple[tuple[Row, ...], Broken]:
    """Up to `height` finished rows before the hole, and the row that the hole goes on with."""
    kept, begun = _end_of(before, height, width * height * _CHARACTERS)
    line -= sum(patch.text.count("\n") for patch in kept)
    stream = (atom for patch in kept for atom in atoms(patch.text, patch.tag))
    *rows, last = break_rows(stream, width, line=line, begun=begun)
    return tuple(broken.row for broken in rows[-height:]), last


@lru_cache(maxsize=4)
def _below(
    after: tuple[TaggedText, ...], width: int, height: int, line: int
) -> tuple[tuple[Atom, ...], tuple[Row, ...]]:
    """The rest of the hole's line, and up to `height` rows after it, the first of them in `line`."""
    room = width * height * _CHARACTERS
    stream: list[Atom] = []
    for patch in after:
        stream += atoms(patch.text[: max(room, 0)], patch.tag)
        room -= len(patch.text)
    if room < 0 and stream[-1].text == "\n":  # not the end of the text, where no line would begin
        stream.pop()
    ends = next((index for index, atom in enumerate(stream) if atom.text == "\n"), None)
    if ends is None:
        return tuple(stream), ()
    return tuple(stream[:ends]), tuple(islice(wrap(stream[ends + 1 :], width, line=line), height))


def _end_of(before: Sequence[TaggedText], lines: int, room: int) -> tuple[list[TaggedText], bool]:
    """The last `lines` line breaks of a text and what is around them, at most `room` characters; whether that begins
    within a line."""
    kept: list[TaggedText] = []
    for index in range(len(before) - 1, -1, -1):
        text = before[index].text
        start = max(0, len(text) - room)
        at = len(text)
        while lines and (at := text.rfind("\n", start, at)) >= 0:
            lines -= 1
        if not lines:
            start = at + 1
        kept.append(TaggedText(text[start:], before[index].tag))
        room -= len(text) - start
        if start or not (lines and room):
            return kept[::-1], text[start - 1 : start] != "\n" if start else bool(index)
    return kept[::-1], False
