"""What can be told only by what follows: the trailers of a commit message, the name below a letter, a chat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dgcli.text.blocks.commits import is_comment, is_trailers
from dgcli.text.blocks.lines import BLANK, split_lines
from dgcli.text.blocks.replies import is_mbox_line, is_sign_off
from dgcli.text.blocks.talk import is_entry

Stretch = tuple[str, bool, str]  # text, whether it passes through, what opens the lists and quotations it goes on in

_LONGEST_NAME = 48  # columns of a line below “Best regards,”
_MOST_LINES = 6
_MOST_HELD = 12  # stretches behind an entry of a chat that may belong to it


def with_entries(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Stretches in order, of which those pass through that stand between two entries of a log of a chat.

    Such an entry may have several paragraphs, and only the first tells who wrote it. A few of them are held.
    """
    held: list[Stretch] = []
    talks = False  # an entry was the last of what is not held
    for stretch in stretches:
        if is_entry(split_lines(stretch[0])):
            yield from ((text, True, before) for text, _, before in held)
            held, talks = [], True
            yield stretch
        elif talks and len(held) < _MOST_HELD:
            held.append(stretch)
        else:
            yield from held
            held, talks = [], False
            yield stretch
    yield from held


def with_endings(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Stretches in order, each as soon as it is known whether it passes through.

    A paragraph after the first that git would take for trailers does if no words follow, and one of short lines that
    are no sentences does below words such as “Best regards,”.
    """
    held: list[Stretch] = []  # what may be trailers, and what is blank behind it
    last = ""
    for stretch in stretches:
        text, untouched, before = stretch
        if BLANK.fullmatch(text):
            yield from [] if held else [stretch]
            held += [stretch] if held else []
            continue
        lines = [line for line in split_lines(text) if not BLANK.fullmatch(line)]
        if held:
            yield from _passed(held) if untouched or _ends_message(lines) else held
            held = []
        if last and not untouched and is_trailers(lines):
            held = [stretch]
        else:
            yield text, untouched or (is_sign_off(last) and _is_name(lines)), before
        last = lines[-1] if lines else last
    yield from _passed(held)


def _passed(held: Sequence[Stretch]) -> Iterator[Stretch]:
    """What was held, of which the first stretch is trailers."""
    for number, (text, untouched, before) in enumerate(held):
        yield text, untouched or number == 0, before


def _ends_message(lines: Sequence[str]) -> bool:
    """Whether a paragraph is git's, below a message, or begins the next one."""
    of_git = all(map(is_comment, lines)) and (len(lines) > 1 or "commit" in lines[0])
    return of_git or is_mbox_line(lines[0])


def _is_name(lines: Sequence[str]) -> bool:
    return len(lines) <= _MOST_LINES and all(
        len(line) <= _LONGEST_NAME and line.rstrip()[-1:] not in ".!?:" for line in lines
    )
