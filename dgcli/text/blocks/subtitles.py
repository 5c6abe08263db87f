"""Prose of subtitles (SubRip, WebVTT): the words of each cue, which keeps its number, times, lines and tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from dgcli.text.blocks.layout import ParagraphLine, Prose, even, laid_out
from dgcli.text.blocks.lines import BLANK

TIMES = "00:00:00,000 --> 00:00:00,000\n"
_TIMES = re.compile(r"[ \t]*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}[ \t]+-->[ \t]+(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}(?!\S)")
_NOT_A_CUE = re.compile(r"(?:NOTE|STYLE|REGION|WEBVTT)(?!\S)")
_ADDRESS = re.compile(r"https?://|(?<!\w)www\.\w")  # of who made them, or of what is advertised
# Who made them, in a line that begins so.
_MADE_BY = re.compile(
    r"[\W_]*(?:<[^<>\n]*>)*[\W_]*(?:"
    r"(?:sub(?:title[ds]?|s|bed)|sync(?:hed|ed)?|caption(?:ed|s|ing)|transcri(?:bed|pt)|translat(?:ed|ion)|corrected"
    r"|encoded|ripped)\b[^.!?\n]{0,40}?\bby\b"
    r"|(?:subtitles? )?downloaded from\b"
    r"|(?:sous-titr|untertitel|subt[ií]tul|legendas|sottotitol|tradu)\w*[^.!?\n]{0,20}?(?:\b(?:par|von|por|di)\b|:))",
    re.IGNORECASE,
)
# Tags, positions, entities, sounds, music, the arrow of the times.
_MARKS = re.compile(
    r"<[^<>\n]*>|\{[^{}\n]*\}|\[[^\[\]\n]*\]|\([^()\n]*\)|(?:(?<![^\W_])[^\W_]+)?&(?:#\d+|#[xX][0-9A-Fa-f]+|[A-Za-z]\w*);[^\W_]*"
    r"|-->|\\[Nnh]|[<>&{}\[\]()♪♫#\\]"
)
# What stands before the words of a line: tags and positions, the dash or the name of who speaks.
_LEAD = re.compile(
    r"[ \t]*(?:<(?!v[ .])[^<>\n]*>|\{[^{}\n]*\})*"
    r"(?P<speaker>(?:<v[ .][^<>\n]*>)?(?:[-–—‐−•][ \t]*|>{2,3}[ \t]*)?"
    r"(?:[A-Z][A-Z0-9 .'’#&-]{0,30}(?:\([^()\n]*\))?:[ \t]+)?)"
)


def read(lines: Iterable[str]) -> Iterator[str | Prose]:
    """The pieces of subtitles. What is no whole cue passes through, and so do comments, styles and music."""
    held: list[str] = []
    for line in lines:
        held.append(line)
        if BLANK.fullmatch(line):
            yield from _block(held)
            held = []
    yield from _block(held)


def _block(lines: Sequence[str]) -> Iterator[str | Prose]:
    """The lines of a cue, or of something else, with the blank one behind it."""
    times = next((number for number, line in enumerate(lines[:2]) if _TIMES.match(line)), None)
    if times is None or any("-->" in line for line in lines[times + 1 :]) or _NOT_A_CUE.match(lines[0]):
        yield from lines
        return
    if any(_ADDRESS.search(line) or _MADE_BY.match(line) for line in lines[times + 1 :]):
        yield from lines  # who made them
        return
    end = len(lines) - bool(BLANK.fullmatch(lines[-1]))
    yield "".join(lines[: times + 1])
    speech: list[ParagraphLine] = []
    for line in lines[times + 1 : end]:
        row, begins = _row(line)
        if begins and speech:
            yield _speech(speech)
            speech = []
        speech.append(row)
    if speech:
        yield _speech(speech)
    yield from lines[end:]


def _row(line: str) -> tuple[ParagraphLine, bool]:
    """A line, and whether somebody else begins to speak with it."""
    text = line.rstrip(" \t\r\n")
    lead = _LEAD.match(text)
    assert lead is not None  # it may be empty
    return ParagraphLine(lead[0], text[lead.end() :], line[len(text) :]), bool(lead["speaker"])


def _speech(rows: Sequence[ParagraphLine]) -> str | Prose:
    """What one speaker says; it passes through where its lines begin differently, and where it is sung."""
    source = "".join(row.source for row in rows)
    if not even(rows) or any(row.before for row in rows[1:]) or re.search("[♪♫]", source):
        return source
    return laid_out(rows, markdown=False, marks=_MARKS, lines=len(rows))
