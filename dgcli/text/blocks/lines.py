"""Lines of a text, and what of them is blank."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dgcli.text.blocks.phrases import TOPICS, any_of
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
# The first words of a sentence, and nothing but words up to the end of the line.
_OPENS_PARAGRAPH = re.compile(
    r"[ ]+[\"'“‘«„¿¡(]*[^\W\d_a-z][\w'’-]*[,;:.!?)\"'”’»]*"
    r"(?:[ ]+[\"'“‘«„¿¡(–—-]*(?:[^\W_][\w'’-]*)?[,;:.!?)\"'”’»–—]*){4,}"
)
# The end of a line that is not that of a sentence; a word that no sentence ends with.
_WITHIN = re.compile(r"[\w,][\"'”’»)\]`*_]*$")
_CONNECTS = re.compile(
    r"(?<![\w'’-])(?:the|an?|of|by|and|or|with|from|that|is|are|der|die|das|und|von|mit|le|les|et|des|el|los|y)$"
)
# What counts paragraphs in words, before them: `Step 1:`, `Day 2.`, `Question 3 –`.
STEP = (
    r"(?:Step|Phase|Stage|Part|Day|Week|Month|Year|Chapter|Section|Lesson|Level|Round|Task|Exercise|Question|Tip|Rule"
    r"|Option|Reason|Point|Example|Case|Scenario|Problem|Goal|Idea|Theme|Schritt|Teil|Tag|Woche|Frage|Étape|Partie|Jour"
    r"|Paso|Parte|Día|Passo|Giorno|Dia|Stap|Dag|Steg|Trin|Krok|Шаг) \d{1,3}[a-z]?(?:[:.)]|[ ][–—-]{1,2}(?=[ ]))"
)
SHOWN = 2  # columns that examples are further to the right, at least
_TOPICS = re.compile(rf"{any_of(TOPICS)}[ \u00a0]?:", re.IGNORECASE)
_ITEM = re.compile(r"\s*(?:[-*+•·–o]|\(?(?:\w{1,3}|#)[.)]|\[.?\])[ \t]")
_DEEPEST = 12  # columns that the first line of a paragraph is indented by
_FULL = 0.8  # of the width of a line: what is more has no room for a word
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


def indentation(line: str) -> int:
    """Columns of the blanks that a line begins with."""
    wide = line.expandtabs(8)
    return len(wide) - len(wide.lstrip())


def runs_on(text: str) -> bool:
    """Whether a line of it is longer than programs that wrap leave any."""
    return any(len(line.rstrip()) > WRAPPED for line in split_lines(text))


def indented_opening(text: str) -> int:
    """How many columns the first line of a paragraph is indented by, where its others begin further to the left.

    That is how typewriters and books begin a paragraph; 0 for any other text. The line is full of words, so it's no
    code.
    """
    first, second, *_ = (line.expandtabs(8).rstrip() for line in [*split_lines(text), "", ""])
    columns, further = indentation(first), indentation(second)
    if not 0 <= further < columns <= _DEEPEST or len(first) > LOOKED_AT or not second[further : further + 1].isalnum():
        return 0
    if not _OPENS_PARAGRAPH.fullmatch(first):
        return 0
    room = _FULL * max(len(first), len(second)) - len(first) - 1
    return columns if len(second.split()[0]) > room else 0


def is_indented_line(text: str, columns: int) -> bool:
    """Whether a text is a single line that begins with a word so many columns to the right, more than none."""
    line = text.rstrip().expandtabs(8)
    begins = columns > 0 and line[:columns].isspace() and line[columns : columns + 1].strip() != ""
    return begins and "\n" not in line and "\r" not in line


def is_shown(text: str, above: str) -> bool:
    """Whether a paragraph is shown by the one above, which ends with a colon: it's further to the right, and no list.

    So are examples, quotations and what programs wrote; of lists the subjects of the letters in a digest.
    """
    if not text[:1].isspace():
        return False
    lines = [line for line in split_lines(text) if not BLANK.fullmatch(line)]
    *_, announcing = ["", *(line.rstrip() for line in split_lines(above) if not BLANK.fullmatch(line))]
    if not lines or not announcing.endswith(":"):
        return False
    if (_ITEM.match(lines[0]) or _ITEM.match(above)) and not _TOPICS.fullmatch(announcing):
        return False
    return all(indentation(line) >= indentation(announcing) + SHOWN for line in lines)


def breaks_off(words: str, below: str) -> bool:
    """Whether the words of a line end within a sentence, which those of the line below go on with."""
    return bool(_CONNECTS.search(words)) or (ends_within(words) and below[:1].islower())


def ends_within(words: str) -> bool:
    """Whether the words of a line end as no sentence does: with a word or a comma."""
    return bool(_WITHIN.search(words))


def newline_of(line: str) -> str:
    """What a line ends with; `\\n` for one that the text ends with."""
    return line[len(line.rstrip("\r\n")) :] or "\n"


def prefix(line: str) -> str:
    """Indentation and quotation marks at the start of a line."""
    return line[: len(line) - len(line.lstrip(" \t>"))]


def quotes(line: str) -> int:
    """How many quotation marks a line begins with."""
    return prefix(line).count(">")
