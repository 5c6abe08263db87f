"""Lines of a plain text that are nobody's prose, or somebody else's: headers, quotations, logs, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from itertools import groupby, pairwise, takewhile

from dgcli.text.blocks.commits import are_surely_trailers, is_comment, is_raw_head, is_todo, names_commit
from dgcli.text.blocks.dialects import says_who
from dgcli.text.blocks.lines import (
    LOOKED_AT,
    breaks_off,
    ends_within,
    has_words,
    indented_opening,
    is_indented_line,
    quotes,
)
from dgcli.text.blocks.programs import (
    is_address,
    is_cells,
    is_commands,
    is_drawing,
    is_encoded,
    is_program,
    is_section,
    is_yaml,
    stands_alone,
)
from dgcli.text.blocks.replies import (
    fields,
    footer,
    is_added,
    is_attribution,
    is_greeting,
    is_header,
    is_mbox_line,
    is_sent_from,
    is_sign_off,
    leads_to_quotation,
    names_letter,
)
from dgcli.text.blocks.rows import DEEP, NARROWEST, Line, is_parted, is_shown_below, looks_drawn, runs
from dgcli.text.blocks.talk import is_said, said
from dgcli.text.blocks.verse import is_set
from dgcli.text.sentences import LAST

# Lines of others: `> `, `> > `, `bob> `, `| `, `» `.
_QUOTED = re.compile(r"[ \t]*(?:[A-Za-z][\w.+-]{0,15})?>|[ \t]*[|¦»]|[ \t]*[\]}][ \t]")
_MARKED = re.compile(r"[^\w\s(\"'“‘¿¡]")
_BOUNDARY = re.compile(r"--[^\s-]\S*\s*$")
_SPEAKER = re.compile(r"(?:\[[\d:. ,/APM-]{4,24}\] ?)?(?:<[\w.@+ -]{1,24}>)[ \t]+\S")  # as on IRC
_ANY_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,2}){1,4}\.?[ \t]+\S")  # a heading
_UNDERLINE = re.compile(r"[ \t]*([^\w\s])\1{2,}")
_UNEVEN = 2  # columns between the lengths of a heading and of what is below it
_RULE = re.compile(r"[-–—_=*~]{3,}")
_MOST_NAMES, _LONGEST_NAME = 6, 48  # lines of a signature, and their columns
_SMALL = 5  # letters of a word that needs a capital in a heading; `with` may have none
_LONGEST_HEADING = 70  # columns
_NEVER = 1 << 30  # columns


def protected(lines: Sequence[Line], before: str = "", *, code: bool = True, indents: int = 0) -> set[int]:
    """The lines of a text, from 0, that are nobody's prose, or somebody else's: headers, trailers, logs, tables.

    `before` are lines that open the lists and quotations which the text goes on in. Without `code` indented lines may
    be prose, as somebody else finds the code among them. A line that is indented by `indents` columns begins a
    paragraph.
    """
    inside = max((len(line.removesuffix("x").expandtabs(8)) for line in before.splitlines()), default=0)
    deep = DEEP + inside if code else _NEVER
    found: set[int] = set()
    start = 0
    for words, run in groupby(lines, key=lambda line: bool(line.words)):
        paragraph = list(run)
        if words:
            opens = len(paragraph) == 1 and is_indented_line(paragraph[0].source, indents)
            found.update(start + number for number in _passing(paragraph, max(deep, indents + 1) if opens else deep))
        start += len(paragraph)
    return found


def with_whole_sentences(lines: Sequence[Line], passing: Set[int]) -> set[int]:
    """The lines `passing`, and those before and behind them in which their sentence begins or goes on."""
    whole = set(passing)
    for number, (line, after) in enumerate(pairwise(lines)):
        above, below = number in whole, number + 1 in whole
        if above == below or not is_parted(line, after) or (below and is_shown_below(line, after)):
            continue
        rest = range(number + 1, len(lines)) if number in whole else range(number, -1, -1)
        whole.update(takewhile(lambda each: each not in passing and bool(lines[each].words), rest))
    return whole


def is_quoted(line: str) -> bool:
    """Whether a line is marked as somebody else's."""
    return bool(_QUOTED.match(line))


def is_answer(line: str, before: str) -> bool:
    """Whether a line answers the quoted one before it. Below `>>> ` may stand what Python has printed."""
    return bool(line.strip()) and quotes(before) > 0 == quotes(line) and not before.startswith(">>> ")


def _passing(paragraph: Sequence[Line], deep: int) -> Iterator[int]:
    """The lines of a paragraph, from 0, that pass through."""
    lines = [line.source[:LOOKED_AT] for line in paragraph]
    wholes = (
        are_surely_trailers,
        is_todo,
        is_raw_head,
        is_program,
        is_commands,
        is_encoded,
        is_drawing,
        is_cells,
        is_section,
        is_yaml,
        said,
        is_set,
    )
    if any(whole(lines) for whole in wholes) or _is_signature(lines) or (len(lines) == 1 and is_greeting(lines[0])):
        yield from range(len(lines))
        return
    yield from range(_head(lines))
    yield from range(len(lines) - footer(lines), len(lines))
    around = ["", *lines, ""]
    for number, line in enumerate(lines):
        if _passes_alone(line) or is_address(line, around[number], around[number + 2]):
            yield number
    yield from _comments(lines)
    yield from _around_quotations(lines)
    yield from _no_prose(list(runs(paragraph)), deep)
    ended = next((number for number, line in enumerate(lines) if is_sign_off(line) or is_added(line)), len(lines))
    yield from range(ended, len(lines))
    if says_who(paragraph[-1].source.strip()):
        yield len(lines) - 1
    if _is_heading(lines, label=deep == _NEVER):
        yield 0
    yield from (number for number, pair in enumerate(pairwise(lines)) if _is_underlined(*pair))


def _around_quotations(lines: Sequence[str]) -> Iterator[int]:
    """Lines right above quoted ones that say whose these are, and lines below such that begin with one mark all."""
    start = 0
    for number, line in enumerate(lines):
        if is_quoted(line):
            if leads_to_quotation(lines[start:number]):
                yield from range(start, number)
            start = number + 1
        elif number and is_attribution(lines[:number]) and _MARKED.match(line):
            if all(below.startswith(line[0]) for below in lines[number:]):
                yield from range(number, len(lines))
            return


def _passes_alone(line: str) -> bool:
    shapes = (is_quoted, is_header, names_commit, names_letter, is_sent_from, stands_alone, is_said)
    return any(shape(line) for shape in shapes) or bool(_BOUNDARY.match(line) or _SPEAKER.match(line))


def _is_heading(lines: Sequence[str], *, label: bool) -> bool:
    """Whether the first of some lines is a heading: it has a number such as `2.1`, or its words have capitals, but for
    small ones, and no mark ends it.

    It is the only one, or it ends with a colon; where only a `label` can be one, it has to.
    """
    line = lines[0].strip()
    if not label and len(lines) == 1 and _NUMBERED.match(line) and line[-1] not in ".!?:…,;":
        return len(line) <= _LONGEST_HEADING
    words = _ANY_WORD.findall(line)
    capitals = [word[0].isupper() for word in words]
    if sum(capitals) < max(2, len(words) / 2) or not capitals[0] or len(line) > _LONGEST_HEADING or line.isupper():
        return False
    if any(len(word) >= _SMALL for word, capital in zip(words, capitals, strict=True) if not capital):
        return False
    return line.endswith(":") or (not label and len(lines) == 1 and line[-1] not in ".!?…,;")


def _is_signature(lines: Sequence[str]) -> bool:
    """Whether a rule has nothing below it but a few short lines that are no sentences."""
    names = [line.strip() for line in lines[1:]]
    short = 0 < len(names) <= _MOST_NAMES and all(0 < len(name) <= _LONGEST_NAME for name in names)
    return short and _RULE.fullmatch(lines[0].strip()) is not None and not any(map(LAST.search, names))


def _is_underlined(line: str, below: str) -> bool:
    """Whether a line is a heading, as long as the row of one sign below it."""
    rule = _UNDERLINE.fullmatch(below.rstrip())
    return rule is not None and abs(len(below.rstrip()) - len(line.rstrip())) <= _UNEVEN


def _head(lines: Sequence[str]) -> int:
    """How many lines are a head: a rule or a line of a mailbox, and headers."""
    rule = int(is_mbox_line(lines[0]) or not has_words(lines[0], 1) or bool(_BOUNDARY.match(lines[0])))
    found = fields(lines[rule:])
    return rule + found if found else 0


def _comments(lines: Sequence[str]) -> Iterator[int]:
    """Lines that git takes for comments; a single one may be a heading."""
    found = [number for number, line in enumerate(lines) if is_comment(line)]
    if len(found) > 1 or any(lines[number][1:2] != " " for number in found):
        yield from found


def _no_prose(found: Sequence[Sequence[Line]], deep: int) -> Iterator[int]:
    """The lines, from 0, of runs that are no prose, and of those whose sentence goes on in such a run."""
    passes = [_is_no_prose(run, deep) for run in found]
    for number, (run, after) in enumerate(pairwise(found)):
        if (
            deep < _NEVER
            and is_shown_below(run[0], after[0])
            and is_shown_below(run[-1], after[0])
            and not LAST.search(run[-1].words)
            and not (after[0].words[:1].isupper() and LAST.search(after[-1].words))  # a paragraph below its title
        ):
            passes[number + 1] = True
            continue
        if deep < _NEVER and passes[number] != passes[number + 1] and _goes_on_in(run[-1], after[0]):
            passes[number] = passes[number + 1] = True
    start = 0
    for run, none in zip(found, passes, strict=True):
        if none:
            yield from range(start, start + len(run))
        start += len(run)


def _goes_on_in(line: Line, after: Line) -> bool:
    """Whether a line ends within a sentence, which the next one goes on with in the same column.

    One that is as long as those of a paragraph does so whatever the next begins with.
    """
    if line.quotes != after.quotes or after.marker or line.indentation + len(line.marker) != after.indentation:
        return False
    is_full = line.row.width >= NARROWEST and ends_within(line.words)
    return is_full or breaks_off(line.words, after.words)


def _is_no_prose(run: Sequence[Line], deep: int) -> bool:
    """Whether lines that belong together are a table, code, or say who wrote what is quoted."""
    if is_attribution([line.words for line in run]):
        return True
    drawn = sum(map(looks_drawn, run))
    if drawn > 1 or drawn == len(run):
        return True
    if len(run) > 1 and run[0].indentation >= deep > run[1].indentation and not run[0].marker:
        return not indented_opening(run[0].source + run[1].source)  # as code, but for what follows
    return min(line.indentation for line in run) >= deep and not any(line.marker for line in run)
