"""Paragraphs of a plain text: which of its lines go together, and where one ends on purpose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from itertools import groupby

from dgcli.text.blocks.layout import ParagraphLine, Prose, each_begins, laid_out
from dgcli.text.blocks.lines import WRAPPED, is_indented_line
from dgcli.text.blocks.replies import is_sign_off
from dgcli.text.blocks.rows import NARROWEST, TASK, Line, runs
from dgcli.text.blocks.talk import speaker
from dgcli.text.scripts import width_of
from dgcli.text.sentences import LAST

_WIDEST = 110  # columns of a paragraph that is wrapped by hand
_NEVER_WRAPPED = 30  # columns: nobody breaks words off there
_RAGGED = 0.8  # of the width: a line that would hold the next word within it ends on purpose
_UNEVEN_AT = 0.65  # the same, where the sentence goes on
_ENTRY = re.compile(r"(?:\w{2,9}[.,]? )?\d{1,2}[.:/]\d{1,2}(?:[.:/]\d{0,4})?\s")  # of a calendar: a day, a time


def pieces(lines: Sequence[Line], passing: Set[int], width: int, *, wraps: bool, indents: int) -> Iterator[str | Prose]:
    """The pieces of a plain text, of whose lines those `passing` are none of the writer's prose.

    Other paragraphs are wrapped to `width` columns (0: unknown). Without `wraps` a single line stays one. One that is
    indented by `indents` columns goes on in lines that are not.
    """
    for group in _groups(lines, passing):
        if group[0].passes:
            yield "".join(line.source for line in group)
        else:
            for rows in _paragraphs(group):
                # Nothing is wrapped that was not below a name, or in a list of tasks.
                one_line = not wraps or speaker(group[0].words) or TASK.search(group[-1].words)
                found = laid_out(rows, markdown=False, width=0 if one_line else width or WRAPPED)
                if isinstance(found, Prose) and len(rows) == 1 and is_indented_line(rows[0].source, indents):
                    found = replace(found, rest="")
                if isinstance(found, Prose) and len(rows) == 1 and group[0].speaks:
                    found = replace(found, rest=found.first.removesuffix(group[0].marker))
                yield found


def skeleton(lines: Sequence[Line], passing: Set[int]) -> tuple[tuple[str, ...], ...]:
    """What a plain text has beside its words: lines that pass through, and what stands before and behind others."""
    return tuple(
        ("".join(line.source for line in group),) if group[0].passes else (_rows(group)[0].before, group[-1].after)
        for group in _groups(lines, passing)
    )


def _groups(lines: Sequence[Line], passing: Set[int]) -> Iterator[list[Line]]:
    """Lines that belong together, and pass through or do not."""
    told = [replace(line, passes=number in passing) for number, line in enumerate(lines)]
    for _, same in groupby(told, key=lambda line: (line.passes, bool(line.words))):
        yield from runs(list(same))


def _rows(group: Sequence[Line]) -> list[ParagraphLine]:
    """Lines that belong together; who says them stands before their words."""
    first, *others = (line.row for line in group)
    name = speaker(first.words)
    return [ParagraphLine(first.before + name, first.words.removeprefix(name), first.after), *others]


def _paragraphs(group: Sequence[Line]) -> Iterator[list[ParagraphLine]]:
    """The lines of a group up to each that ends on purpose."""
    rows = _rows(group)
    width = max(row.width for row in rows)
    apart = not group[0].marker and each_begins(rows)
    paragraph: list[ParagraphLine] = []
    for row in rows:
        if paragraph and (apart or _ends_on_purpose(paragraph[-1], row, width, item=bool(group[0].marker))):
            yield paragraph
            paragraph = []
        paragraph.append(row)
    yield paragraph


def _ends_on_purpose(row: ParagraphLine, after: ParagraphLine, width: int, *, item: bool) -> bool:
    """Whether the end of a line is more than the place where there was no room for the next word."""
    if _ENTRY.match(row.words) and _ENTRY.match(after.words):
        return True
    goes_on = not LAST.search(row.words) and after.words[0].islower()
    if (
        width > _WIDEST
        or is_sign_off(after.words)
        or not row.fills(after, (_UNEVEN_AT if goes_on else _RAGGED) * width)
    ):
        return True
    width = max(width, width_of(row.words), width_of(after.words))
    return width < NARROWEST and not item and (width < _NEVER_WRAPPED or not after.words[0].islower())
