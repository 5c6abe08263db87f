"""Characters of a text as editors count them: a line, and code units of UTF-8, UTF-16 or UTF-32 within it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, takewhile

_LINE_END = re.compile(r"\r\n|\n|\r")
_SIZES = {"utf-8": 1, "utf-16": 2, "utf-32": 4}  # bytes of a code unit


@dataclass(frozen=True)
class Positions:
    """The lines of a text, counted from 0, and the code units of their characters."""

    text: str
    encoding: str  # of `_SIZES`
    starts: tuple[int, ...]  # of the lines, in characters

    @classmethod
    def of(cls, text: str, encoding: str = "utf-16") -> Positions:
        return cls(text, encoding, (0, *(match.end() for match in _LINE_END.finditer(text))))

    def offset(self, line: int, unit: int) -> int:
        """The character at a position.

        Behind the end of a line it is that end, behind the last line that of the text, and within a character its
        beginning.
        """
        if line >= len(self.starts):
            return len(self.text)
        start = self.starts[line]
        words = self._line(line)
        if words.isascii() or self.encoding == "utf-32":
            return start + min(unit, len(words))
        ends = accumulate(map(self._units, words))
        return start + sum(1 for _ in takewhile(unit.__ge__, ends))

    def position(self, offset: int) -> tuple[int, int]:
        """The line of a character, and how many code units stand before it there. No line end is cut in two."""
        line = bisect_right(self.starts, offset) - 1
        return line, self._units(self._line(line)[: offset - self.starts[line]])

    def _line(self, line: int) -> str:
        """A line without its end."""
        end = self.starts[line + 1] if line + 1 < len(self.starts) else len(self.text)
        words = self.text[self.starts[line] : end]
        return words.rstrip("\r\n") if line + 1 < len(self.starts) else words

    def _units(self, words: str) -> int:
        if words.isascii():
            return len(words)
        size = _SIZES[self.encoding]
        return len(words.encode("utf-8" if size == 1 else f"{self.encoding}-le", "surrogatepass")) // size
