"""What of a text passes through whole, whatever it stands in: found line by line, before the text is parsed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dgcli.text.blocks import passages
from dgcli.text.blocks.lines import BLANK, LOOKED_AT, quotes
from dgcli.text.blocks.mail import is_quoted
from dgcli.text.blocks.mime import Message
from dgcli.text.blocks.passages import BLANK_LINE, Passage, Rest, Until
from dgcli.text.blocks.replies import fields, heads_reply, is_dated_attribution, is_mbox_line

# With a blank as it ought to be, and without it, and as word processors correct it.
_SIGNATURE = re.compile(r"[ \t>]*(?:--|—|––)[ \u00a0]*(?:\r\n|\n|\r)?")
_UNDERLINES = re.compile(r"[ \t>]*--(?:\r\n|\n|\r)?")  # or it makes a heading of what it stands under


# A heading of MediaWiki or DokuWiki, where a line that is indented, and no item of a list, stands as it is written.
_WIKI = re.compile(r"(={2,6})[ \t]*[^=\s](?:[^=\n]*[^=\s])?[ \t]*\1[ \t]*[\r\n]*")
_AS_IT_STANDS = re.compile(r"[ ]+(?![ ]*(?:[-*#:;|^]|\d+[.)]))\S")
_OF_LISTS = " *#:;-|^"


@dataclass(frozen=True)
class LineRole:
    """What a line is to the lines before it in its paragraph."""

    passes: bool = False  # it passes through by itself
    begins: bool = False  # it begins something: what is before it is complete
    along: bool = False  # what is before it passes through with it


class Letters:
    """Where in its letters a text is, which is one letter or none mostly."""

    def __init__(self, *, wikis: bool = False) -> None:
        self._wikis = wikis  # whether it may be of a wiki
        self._wiki = False  # there was a heading of one
        self._message = Message()
        self._passage: Passage | None = None
        self._paragraph: Sequence[str] = ()  # the one before, without the blank line
        self._written = False  # there were words before that are no headers
        self._behind_blank = False  # the line before is blank, and belongs to the passage
        self._begins_by_chance = False  # so does the paragraph's first line, maybe for how it looks: so all of it does

    def read(self, line: str, before: Sequence[str], *, inside: bool) -> LineRole:
        """What a line is, after those `before` it in its paragraph, `inside` a fence or HTML or not."""
        part = self._message.part(line)
        if part is None and not before and is_mbox_line(line):
            part = Message()
        if part is not None:
            self._message, self._passage, self._paragraph, self._written = part, None, (), False
            return LineRole(passes=part.passes, begins=True)
        if self._message.passes:
            return LineRole(passes=True, begins=True)
        if self._passage is not None:
            if not self._passage.holds_all and (role := self._begun(line, ())).passes:
                return role
            belongs, self._passage = self._passage.take(line)
            blank = BLANK.fullmatch(line) is not None
            if not belongs and not blank and self._begins_by_chance:
                belongs, self._passage = True, Until(BLANK_LINE)
            if belongs:
                self._begins_by_chance = not blank and (self._begins_by_chance or self._behind_blank)
                self._behind_blank = blank
                return LineRole(passes=True, begins=True)
        self._begins_by_chance = self._behind_blank = False
        return LineRole() if inside else self._begun(line, before)

    def end(self, paragraph: Sequence[str]) -> None:
        """A paragraph is complete."""
        lines = [line for line in paragraph if not BLANK.fullmatch(line)]
        if not lines:
            return
        if self._written and heads_reply(lines):
            self._passage = Rest()
        self._message = self._message.below(lines)
        self._written = self._written or fields(lines) < len(lines)
        self._paragraph = lines

    def _begun(self, line: str, before: Sequence[str]) -> LineRole:
        blank = BLANK.fullmatch(line) is not None
        self._wiki = self._wiki or (self._wikis and _WIKI.fullmatch(line) is not None)
        if self._wiki and _AS_IT_STANDS.match(line) and not (before and before[-1][0] in _OF_LISTS):
            return LineRole(passes=True, begins=True)
        if not blank and not is_quoted(line) and _says_who_wrote(before or self._paragraph):
            self._passage = Rest()
            return LineRole(passes=True, begins=True, along=True)
        if before and not blank and _UNDERLINES.fullmatch(before[-1]):
            self._passage = Rest(quotes(line))
            return LineRole(passes=True, begins=True, along=True)
        if _SIGNATURE.fullmatch(line) and not (before and _UNDERLINES.fullmatch(line)):
            self._passage = Rest(quotes(line))
            return LineRole(passes=True, begins=True)
        if found := passages.opened(line[:LOOKED_AT], before):
            self._passage, along = found
            return LineRole(passes=True, begins=True, along=along)
        return LineRole()


def _says_who_wrote(lines: Sequence[str]) -> bool:
    return bool(lines) and not is_quoted(lines[-1]) and is_dated_attribution(lines)
