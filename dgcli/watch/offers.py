"""Pictures of what is offered to choose from: fills in their place, rewritings below what they would replace."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

from dgcli.platform.environment import visible
from dgcli.tasks.choosing import Offer
from dgcli.text.diff import changed_words
from dgcli.watch.rows import Row, atoms, wrap
from dgcli.watch.terminal import Line
from dgcli.watch.width import columns, cut, graphemes

LONGEST_LIST = 9  # what one key chooses
_STRONG, _FAINT, _NEW, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[1;4m", "\x1b[0m"
_PLACE = 6  # lines, at most, that show a fill in its place
_AROUND = 600  # characters, at most, of the text on each side of it
_BLANK = re.compile(r"\n[ \t]*\r?\n")
_INDENT = 5  # columns before a rewriting
_KEYS = "↑↓ 1-9 enter take", "e edit{editor}", "r others"
_FILL_KEYS = *_KEYS, "s skip", "b back", "a take rest", "q stop"
_REWRITING_KEYS = *_KEYS, "s keep", "b back", "a take rest", "q stop"


class Picture(Protocol):
    """An offer with the fill of index `at` chosen: at most so many columns, and lines; a note in place of the keys."""

    def __call__(
        self, offer: Offer, at: int, width: int, height: int, note: str = "", *, editor: str = ""
    ) -> list[Line]:
        """`editor` is the name of what opens where the text is edited."""


def fill_lines(offer: Offer, at: int, width: int, height: int, note: str = "", *, editor: str = "") -> list[Line]:
    """The picture of a hole: the chosen fill stands in its place in the text; all are listed below."""
    fills = [arrowed(fill.text) for fill in offer.fills[:LONGEST_LIST]]
    listed = [_entry(index, fill, width, at) for index, fill in enumerate(fills)]
    helped = _help(_FILL_KEYS, note, width, editor)
    room = min(_PLACE, max(1, height - 1 - len(listed) - len(helped)))
    above = [_line(f"hole {offer.hole} of {offer.holes}", width, _FAINT), *_place(offer, fills[at], width, room)]
    at += len(above)
    return _window([*above, *listed, *helped], at, at + 1, height)


def rewriting_lines(offer: Offer, at: int, width: int, height: int, note: str = "", *, editor: str = "") -> list[Line]:
    """The picture of a paragraph: as it is, and its rewritings, the chosen one whole, with the words that are new."""
    texts = [visible(fill.text) for fill in offer.fills[:LONGEST_LIST]]
    old = visible(offer.fills[0].old)
    listed: list[Line] = []
    for index, text in enumerate(texts):
        one = _telling(text, texts[at], width - _INDENT)
        listed += _whole(index, old, text, width) if index == at else [_entry(index, one, width, at)]
    helped = _help(_REWRITING_KEYS, note, width, editor)
    rows = list(wrap(atoms(old, ""), max(1, width)))
    room = max(1, height - 1 - len(listed) - len(helped))
    shown = [_line(row.text.rstrip(), width, _FAINT) for row in rows[:room]]
    if len(rows) > room:
        shown[-1] = _line(f"{cut(rows[room - 1].text.rstrip(), width - 2)} …", width, _FAINT)
    above = [_line(f"paragraph {offer.hole} of {offer.holes}", width, _FAINT), *shown]
    at += len(above)
    return _window([*above, *listed, *helped], at, at + len(listed) - len(texts) + 1, height)


def arrowed(text: str) -> str:
    """A text on one line that cannot steer the terminal."""
    return visible(text.replace("\r\n", "⏎").replace("\n", "⏎"))


def cut_front(text: str, width: int) -> str:
    """The longest end of `text` that takes at most `width` columns; nothing that is one letter is torn apart."""
    kept: list[str] = []
    for piece, needed in reversed(graphemes(text)):
        width -= needed
        if width < 0:
            break
        kept.append(piece)
    return "".join(reversed(kept))


def _place(offer: Offer, fill: str, width: int, room: int) -> list[Line]:
    """A fill in its place, marked, with as much of its paragraph as there is room for."""
    before, behind = _BLANK.split(offer.before[-_AROUND:])[-1], _BLANK.split(offer.behind[:_AROUND])[0]
    leading = (width * (room - 1) if room > 1 else max(0, width - columns(fill))) * 2 // 3
    stream = (*atoms(cut_front(arrowed(before), leading), ""), *atoms(fill, _NEW), *atoms(arrowed(behind), ""))
    return [_painted(row, "", width) for row in islice(wrap(stream, max(1, width)), room)]


def _entry(index: int, text: str, width: int, at: int) -> Line:
    """One of the list, on one line."""
    chosen = index == at
    return _line(
        f"{'❯' if chosen else ' '} {index + 1}  {arrowed(text) or '(nothing)'}", width, _STRONG if chosen else ""
    )


def _telling(text: str, other: str, width: int) -> str:
    """A text from its beginning, or where that is the same as the other's, from shortly before it no longer is."""
    pairs = enumerate(zip(text, other, strict=False))
    same = next((place for place, (one, two) in pairs if one != two), min(len(text), len(other)))
    if columns(text) <= width or same < width * 2 // 3:
        return text
    return f"…{text[text.rfind(' ', 0, same - width // 3) + 1 :]}"


def _whole(index: int, old: str, text: str, width: int) -> Iterator[Line]:
    """The chosen rewriting; words that the old text has not are marked."""
    _, words = changed_words(old, text)
    stream = (atom for word, changed in words for atom in atoms(word, _NEW if changed else ""))
    indent = min(_INDENT, max(0, width - 2))  # in a window of no width at all, wide characters have to stand, too
    for number, row in enumerate(wrap(stream, max(1, width - indent))):
        head = "" if number else f"❯ {index + 1}"
        yield _painted(row, f"{cut(head, indent or 1):{indent}}", width)


def _painted(row: Row, head: str, width: int) -> Line:
    if columns(head) + row.width > width:
        return _line(head + row.text, width, "")
    body = "".join(f"{run.tag}{run.text}{_PLAIN}" if run.tag else run.text for run in row.runs)
    return Line(head + body, columns(head) + row.width)


def _help(keys: Sequence[str], note: str, width: int, editor: str) -> list[Line]:
    """What the keys do, in as many lines as it takes; or a note."""
    if note:
        return [_line(note, width, _FAINT)]
    lines = [""]
    for key in (key.format(editor=editor and f" in {visible(editor)}") for key in keys):
        longer = f"{lines[-1]}  {key}".strip()
        if lines[-1] and columns(longer) > width:
            lines.append(key)
        else:
            lines[-1] = longer
    return [_line(line, width, _FAINT) for line in lines]


def _window(lines: list[Line], start: int, end: int, height: int) -> list[Line]:
    """As many of the lines as there is room for, from the first on if those from `start` to `end` are among them."""
    first = max(0, min(start, end - height))
    return lines[first : first + height]


def _line(text: str, width: int, style: str) -> Line:
    shown = cut(text, width)
    return Line(f"{style}{shown}{_PLAIN}" if style else shown, columns(shown))
