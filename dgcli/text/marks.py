"""Where the holes of a text are: marks written into it, or text chosen from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from dgcli.errors import InputError, UsageError
from dgcli.text.code import Range, range_at
from dgcli.text.document import Document, Plain, Span, line_and_column
from dgcli.text.expressions import compiled

MOST_WORDS = 100_000  # a length beyond this is a slip of the pen
LARGEST = 2_000  # characters that a hole removes; more is not what a hint says, but text that is to stay
_LONGEST = 9_999  # characters of a hint that are read at all
_NESTED = 4  # brackets within brackets
_OPENING = re.compile(r"(?<!\\)\[\[\?")
_LENGTH = r"(?:~(?P<words>\d+)(?=\s|\]\]))?"  # with a blank or the mark's end behind it
# What no hint runs over: a blank line (in a quotation as well), and one that begins something else than words.
_BREAK = r"(?:[^\S\n]|>)*(?:\n|\Z|#{1,6}[^\S\n]|[-*+][^\S\n]|\d{1,9}[.)][^\S\n]|`{3}|~{3}|\||-{3}|={3}|\*{3}|:{3})"
CLOSE = (
    r"Write ]] before a blank line or another [[ (a single bracket in a mark is \[ or \]), or \[[? if it is not a mark."
)
_NEAR = 200  # characters of a line that tell what stands behind them
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


def _mark(length: str, line_end: str) -> re.Pattern[str]:
    """A mark whose hint holds balanced brackets, none of them doubled; in it `\\[` and `\\]` are no brackets."""
    character = rf"[^\[\]\\\n]|\\[\[\]]|\\(?![\[\]]){line_end}"
    hint = rf"(?:{character}){{0,{_LONGEST}}}"
    for _ in range(_NESTED):
        hint = rf"(?:{character}|\[(?!\[){hint}\]){{0,{_LONGEST}}}"
    return re.compile(rf"{_OPENING.pattern}{length}(?P<hint>{hint})\]\]")


# In words, a hint may run over the ends of lines. In code, a mark stands in one line and is written in full: `[[?` with
# nothing, a blank or a length behind it. Lines end in `\n` here.
MARK = _mark(_LENGTH, rf"|\n(?!{_BREAK})")
_MARK_IN_CODE = _mark(rf"(?=\]\]|[^\S\n]|~\d){_LENGTH}", "")


# A mark that lost its first bracket.
_HALF = re.compile(r"(?<![\[\\])\[\?[^\[\]\n]{0,200}\]\]")
# In a line before a bare mark: a raw string or a regular expression, where that is a set of characters.
_EXPRESSION = re.compile(
    r"(?<!\w)[bB]?[rR][bB]?#{0,3}(?:\"[^\"]*|'[^']*)\Z"
    r"|(?:^|[=(,:;!&|?{}~]|\b(?:return|if|when|split))\s*/(?![/*\s])[^/]*\Z"
    r"|\b(?:re|regexp?)\.\w+\(\s*(?:\"[^\"]*|'[^']*)\Z"
    r"|(?:\b(?:[Rr]eg[Ee]xp?\w*|\w*grep\w*|\w*sub|preg_\w+|\w*[Mm]atch\w*|replace\w*|split|[Cc]ompile|scan)\(\s*"
    r"|(?:^|[|;&($`]\s*)(?:\w+ )?(?:[ef]?grep|rg|sed|g?awk|ack|ag|perl)\s[^#]*?)(?:\"[^\"]*|'[^']*)\Z"
)


class NoMarkError(InputError):
    """There is nothing to fill."""


def find_marks(
    text: str, name: str, pattern: re.Pattern[str] = MARK, *, code: Sequence[Range] = (), in_code: bool = True
) -> Document:
    """The document with a hole at every mark, or wherever another `pattern` matches.

    The pattern's groups `hint` and `words`, where it has them, give the hole's hint and its length in words. `code` are
    the parts of the text that are code, where `[[?` may be code as well, and is no mark if nothing closes it. Without
    `in_code`, marks are left alone there.

    Raises:
        NoMarkError: there is no mark.
        InputError: one is not closed, one matches no text at all, or a length makes no sense.
    """
    found = look_for_marks(text, name, pattern, code=code, in_code=in_code)
    if found.unclosed:
        raise InputError(f"The mark at {_place(text, found.unclosed[0])} of {name} is not closed.", CLOSE)
    if not found.spans and found.hidden:
        raise NoMarkError(f"The marks of {name} are all inside code.", "Add <in_code> to fill them there.")
    if not found.spans:
        raise NoMarkError(
            f"{name} has no mark to fill{_almost(text, found.passed, found.halves)}.",
            "Write [[?]] where text is missing, or [[? what it should say]].",
        )
    document = Document(text=text, spans=found.spans, passed=found.passed, halves=found.halves)
    for span in document.spans:
        if slip := length_slip(span):
            raise InputError(f"The mark in line {document.line_of(span)} of {name} {slip[0]}.", slip[1])
    return document


@dataclass(frozen=True, kw_only=True)
class FoundMarks:
    """What of a text is a mark, or nearly one: characters of the text."""

    spans: tuple[Span, ...]
    unclosed: tuple[int, ...]  # where a mark begins that nothing closes
    passed: tuple[int, ...]  # what looks like a mark and is left as it is, as it stands in code
    halves: tuple[int, ...]  # where a mark lacks its first bracket, and so is none
    hidden: bool  # some of what is passed is a mark in full


def look_for_marks(
    text: str, name: str, pattern: re.Pattern[str] = MARK, *, code: Sequence[Range] = (), in_code: bool = True
) -> FoundMarks:
    """What `find_marks` makes a document of, and what it refuses: marks that are not closed, or ask for nothing.

    Raises:
        InputError: another pattern than that of marks matches no text at all.
    """
    plain = Plain.of(text)
    places: list[Span] = []
    passed: list[int] = []
    unclosed: list[int] = []
    hidden = False
    for start, match in _marks(plain, code) if pattern is MARK else _matches(plain, name, pattern):
        around = range_at(start, code)
        if match is None:
            (unclosed if around is None else passed).append(start)
        elif not in_code and around and not (start == around[0] and plain.origin(match.end()) >= around[1]):
            passed.append(start)
            hidden = True
        else:  # outside code, or all of it, as a comment may be
            places.append(_span(plain, match))
    halves = _halves(plain, code) if pattern is MARK else ()
    return FoundMarks(spans=tuple(places), unclosed=tuple(unclosed), passed=tuple(passed), halves=halves, hidden=hidden)


def length_slip(span: Span) -> tuple[str, str] | None:
    """What a mark asks for, as the end of a sentence, and what to write instead, where its length makes no sense."""
    if span.words is None or 1 <= span.words <= MOST_WORDS:
        return None
    if not span.words:
        return "asks for 0 words", "Ask for at least one, as in [[?~20]]."
    return f"asks for more than {MOST_WORDS:,} words", "Ask for fewer, as in [[?~20]]."


def _almost(text: str, passed: Sequence[int], halves: Sequence[int]) -> str:
    """What there is in place of a mark, as the end of a sentence that says that there is none."""
    if halves:
        return f"; what begins at {_place(text, halves[0])} lacks a bracket"
    return f"; what looks like one at {_place(text, passed[0])} is code" if passed else ""


def check_sizes(document: Document, name: str) -> None:
    """Look that no hole would remove more text than a hint has.

    Raises:
        InputError: one would.
    """
    for span in document.spans:
        if span.end - span.start > LARGEST:
            raise InputError(
                f"The hole at {_place(document.text, span.start)} of {name} would remove {span.end - span.start} "
                "characters.",
                f"Add <any_size> to remove more than {LARGEST}.",
            )


def choose_matches(text: str, name: str, pattern: re.Pattern[str], hint: str, count: int | None) -> Document:
    """The document with a hole in place of every match, or of the first `count`.

    Raises:
        InputError: nothing matches, or a match has no text at all, or it runs over a blank line unasked.
    """
    plain = Plain.of(text)
    matches = islice(_matches(plain, name, pattern), count)
    found = [(start, plain.origin(match.end())) for start, match in matches]
    if not found:
        raise InputError(f"Nothing in {name} matches {pattern.pattern!r}.", "Check the expression; case counts.")
    return Document(text=text, spans=tuple(_chosen(text, start, end, hint) for start, end in found))


def choose_lines(text: str, name: str, lines: str, hint: str) -> Document:
    """The document with a hole in place of lines such as `12-14` or `12`, counted from 1; the last newline stays."""
    match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", lines.strip())
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last:
        raise UsageError(
            f"{lines!r} does not say which lines.", "Write the first and the last one, as in <lines> 12-14."
        )
    starts = [0, *(newline.end() for newline in re.finditer(r"\r\n|\n|\r", text))]
    if last > len(starts) or (last == len(starts) and starts[-1] == len(text) and len(starts) > 1):
        raise InputError(f"{name} has no line {last}.", f"Its last line is {len(starts) - (starts[-1] == len(text))}.")
    end = starts[last] if last < len(starts) else len(text)
    content = text[starts[first - 1] : end]
    end -= len(content) - len(content.rstrip("\r\n"))
    return Document(text=text, spans=(_chosen(text, starts[first - 1], end, hint),))


def choose_span(text: str, name: str, span: str, hint: str) -> Document:
    """The document with a hole in place of the characters `START:END`, counted from 0, the end not included."""
    match = re.fullmatch(r"(\d{1,12}):(\d{1,12})", span.strip())
    if not match:
        raise UsageError(f"{span!r} is not a span.", "Write two character offsets, as in <span> 120:164.")
    start, end = int(match[1]), int(match[2])
    if not start <= end <= len(text):
        raise InputError(f"{name} has {len(text)} characters, so {span} is not within it.", "Check the offsets.")
    return Document(text=text, spans=(_chosen(text, start, end, hint),))


def compile_pattern(pattern: str, option: str) -> re.Pattern[str]:
    """The regular expression of an option: `^` and `$` are the edges of lines, and `.` stops at their ends.

    Raises:
        UsageError: it is none, or it matches even where there is nothing.
    """
    expression = compiled(pattern, option, re.MULTILINE)
    if expression.search(""):
        raise UsageError(
            f"{pattern!r} of {option} matches even where there is nothing.",
            "Let it match at least one character: .+ in place of .*",
        )
    return expression


def _marks(plain: Plain, code: Sequence[Range]) -> Iterator[tuple[int, re.Match[str] | None]]:
    """Where every `[[?` begins, and its mark; None if it has none. As no mark holds another, they are apart."""
    for opening in _OPENING.finditer(plain.text):
        start = plain.origin(opening.start())
        around = range_at(start, code)
        match = (_MARK_IN_CODE if around else MARK).match(plain.text, opening.start())
        if match and (range_at(plain.origin(match.end()) - 1, code) != around or _begins_quotation(plain.text, match)):
            match = None  # it is closed by what is not its own
        if match and around and _is_expression(plain.text, match):
            match = None
        yield start, match


def _is_expression(text: str, match: re.Match[str]) -> bool:
    """Whether a mark in code, with nothing in it, is a set of characters in a regular expression."""
    before = text[max(match.start() - _NEAR, 0) : match.start()].rpartition("\n")[2]
    return match.group() == "[[?]]" and any(map(before.__contains__, "\"'/")) and bool(_EXPRESSION.search(before))


def _halves(plain: Plain, code: Sequence[Range]) -> tuple[int, ...]:
    """Where, outside code, a mark lost its first bracket."""
    starts = (plain.origin(match.start()) for match in _HALF.finditer(plain.text))
    return tuple(start for start in starts if range_at(start, code) is None)


def _begins_quotation(text: str, match: re.Match[str]) -> bool:
    """Whether a hint goes on in a quotation that it did not begin in."""
    line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
    return not line.lstrip().startswith(">") and bool(re.search(r"\n[^\S\n]*>", match.group()))


def _matches(plain: Plain, name: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """Where each match begins, and the match.

    Raises:
        InputError: one has no text at all, or it runs over a blank line, and the expression has no `(?s)`.
    """
    for match in pattern.finditer(plain.text):
        start = plain.origin(match.start())
        if not match.group():
            raise InputError(
                f"{pattern.pattern!r} matches nothing at {_place(plain.text, match.start())} of {name}.",
                "Let it match at least one character: .+ in place of .*",
            )
        if not pattern.flags & re.DOTALL and _BLANK_LINE.search(match.group()):
            raise InputError(
                f"The match at {_place(plain.text, match.start())} of {name} runs over a blank line.",
                "Begin the expression with (?s) if it is meant to.",
            )
        yield start, match


def _span(plain: Plain, match: re.Match[str]) -> Span:
    groups = match.groupdict()
    words = groups.get("words")
    hint = re.sub(r"\n[^\S\n]*>[^\S\n>]*", " ", groups.get("hint") or "")  # what marks a quotation is no part of it
    return Span(
        start=plain.origin(match.start()),
        end=plain.origin(match.end()),
        hint=re.sub(r"\\([\[\]])", r"\1", " ".join(hint.split())),
        words=int(words[:9]) if words and words.isdecimal() else None,
    )


def _chosen(text: str, start: int, end: int, hint: str) -> Span:
    return Span(start=start, end=end, hint=" ".join(hint.split()), old=text[start:end])


def _place(text: str, offset: int) -> str:
    line, column = line_and_column(text, offset)
    return f"line {line}, column {column}"
