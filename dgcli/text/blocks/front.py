"""What a text begins with that is about it and not of it: front matter, in any of the ways that people write it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain

from dgcli.text.blocks.lines import BLANK, STEP
from dgcli.text.sentences import LAST_LATIN

# `---` and what may name its language, `+++` (TOML), `;;;` (JSON): up to the same again.
_FENCE = re.compile(r"(?P<mark>---|\+\+\+|;;;)[ \t]*(?:yaml|toml|json)?")
_JSON = re.compile(r"\{[ \t]*(?:\"|$)")
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"")
# Of MultiMarkdown, Pelican, Zola, a mail.
_KEY = re.compile(rf"(?!{STEP})[A-Za-z0-9][\w.-]*(?: [\w.-]+){{0,2}}:(?:[ \t]|$)")
_GOES_ON = re.compile(r"[ \t]+\S")


def front_matter(lines: Iterator[str], *, longest: int, markdown: bool) -> tuple[str, Iterator[str]]:
    """The front matter of a text, if it begins with some, and the lines behind it.

    No more than `longest` characters are looked at. A line such as `Note: some words` alone is front matter only if the
    text is known to be `markdown`, and if it is no sentence.
    """
    held = _Held(lines, longest)
    first = held.read()
    opening = first.rstrip()
    if fence := _FENCE.fullmatch(opening):
        found = _up_to_mark(held, fence["mark"])
    elif _JSON.match(opening):
        found = _json(held)
    elif opening.startswith("%") and not opening.startswith("%%"):
        found = _head_of_pandoc(held)
    elif _KEY.match(opening):
        found = _keys(held, opening, alone=markdown)
    else:
        found = 0
    return "".join(held.lines[:found]), chain(held.lines[found:], lines)


class _Held:
    """The lines that were read to see whether they are front matter."""

    def __init__(self, source: Iterator[str], longest: int) -> None:
        self.lines: list[str] = []
        self._source = source
        self._left = longest

    def read(self) -> str:
        """The next line; "" at the end, or where too much was read."""
        line = next(self._source, "") if self._left > 0 else ""
        if line:
            self.lines.append(line)
            self._left -= len(line)
        return line

    def up_to_blank(self) -> Iterator[str]:
        """The next lines without their ends. The blank one is read, too."""
        while (line := self.read()) and not BLANK.fullmatch(line):
            yield line.rstrip()

    @property
    def before_blank(self) -> int:
        """How many lines were read up to a blank one."""
        return len(self.lines) - (1 if BLANK.fullmatch(self.lines[-1]) else 0)


def _up_to_mark(held: _Held, mark: str) -> int:
    while line := held.read():
        if line.rstrip() == mark or (mark == "---" and line.rstrip() == "..."):
            return len(held.lines)
        if len(held.lines) == 2 and not line.strip():
            return 0  # a rule
    return 0


def _json(held: _Held) -> int:
    """An object, and nothing else on its last line."""
    depth, line = 0, held.lines[0]
    while line:
        bare = _STRING.sub("", line)
        depth += bare.count("{") - bare.count("}")
        if depth <= 0:
            try:
                json.loads("".join(held.lines))
            except (ValueError, RecursionError):
                return 0
            return len(held.lines)
        line = held.read()
    return 0


def _head_of_pandoc(held: _Held) -> int:
    """`% title`, `% authors`, `% date`; each may go on in lines that are indented."""
    for line in held.up_to_blank():
        if not (line.startswith("%") or _GOES_ON.match(line)):
            return len(held.lines) - 1
    return held.before_blank


def _keys(held: _Held, opening: str, *, alone: bool) -> int:
    """Lines of `Key: value` up to a blank one, of which at least two have a key, or one that stands alone."""
    keys, others = 1, 0
    for line in held.up_to_blank():
        keys += bool(_KEY.match(line))
        others += not (_KEY.match(line) or _GOES_ON.match(line))
    several = keys > 1 and keys > others
    return held.before_blank if several or (alone and not others and not LAST_LATIN.search(opening)) else 0
