"""Lines of a text, and what of them is blank."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dgcli.text.scripts import HAN_AND_KANA, SPACELESS, THAI_AND_OTHERS

# As for CommonMark; other characters that Python takes for line ends are text.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
BLANK = re.compile(r"[ \t>]*(?:\r\n|\n|\r)?")  # a line of a quotation that is empty counts as blank
MARK = "\ufeff"  # that a file may begin with
# Two letters; where no blanks stand between words, two of Chinese and Japanese, four of Thai and its neighbours.
_WORD = re.compile(
    rf"(?:[{HAN_AND_KANA}]\W{{0,2}}){{2}}|(?:[{THAI_AND_OTHERS}]\W{{0,2}}){{4}}|(?:(?![{SPACELESS}])[^\W\d_]){{2,}}"
)
_BROKEN_OFF = re.compile(r"^[^|\r\n]{50,120}(?=(?:\r\n|\n|\r)[ \t>]*[a-zß-ÿ])(?<=[\w,;])", re.MULTILINE)
WRAPPED = 78  # columns that most programs wrap letters to
LOOKED_AT = 400  # characters of a line that tell what it is
FEWEST_WORDS = 3  # less is a label, not prose


def split_lines(text: str) -> list[str]:
    """The lines of a text, each with its end."""
    return _LINE.findall(text)


def whole_lines(parts: Iterable[str]) -> Iterator[str]:
    """The lines of a text that comes in parts of any kind, each as soon as it is whole."""
    held = ""
    for part in parts:
        found = split_lines(held + part)
        held = found.pop() if found and not found[-1].endswith("\n") else ""
        yield from found
    if held:
        yield from split_lines(held)


def has_words(text: str, fewest: int = FEWEST_WORDS) -> bool:
    """Whether a text is more than a label or a row of figures."""
    return sum(1 for _, _ in zip(_WORD.finditer(text), range(fewest), strict=False)) == fewest


def wrapped_width(text: str) -> int:
    """How wide a text is wrapped: its longest line that breaks off in the middle of a sentence; 0 if none does."""
    return max((len(line[0]) for line in _BROKEN_OFF.finditer(text)), default=0)


def runs_on(text: str) -> bool:
    """Whether a line of it is longer than programs that wrap leave any."""
    return any(len(line.rstrip()) > WRAPPED for line in split_lines(text))


def newline_of(line: str) -> str:
    """What a line ends with; `\\n` for one that the text ends with."""
    return line[len(line.rstrip("\r\n")) :] or "\n"


def prefix(line: str) -> str:
    """Indentation and quotation marks at the start of a line."""
    return line[: len(line) - len(line.lstrip(" \t>"))]


def quotes(line: str) -> int:
    """How many quotation marks a line begins with."""
    return prefix(line).count(">")
