"""Logs of talk: who said what, line by line, as chats, interviews and plays have it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dgcli.text.blocks.lines import STEP

_NAME = r"[@&%+~]?[^\W\d_][\w.'’-]{0,30}(?:[ \u00a0][\w.'’-]{1,20}){0,2}"
_ASIDE = r"(?:[ \u00a0]?\([^()\n]{1,30}\)|:[\w+-]{1,40}:)?"  # behind a name: `(work)`, `(he/him)`, `:palm_tree:`
_TIME = r"\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?"
_DATE = (
    r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|(?:Today|Yesterday)(?: at)?|[A-Z][a-z]{2,8} \d{1,2}(?:, \d{4})?"
    r"|\d{1,2}[-. ][A-Z][a-z]{2,8}[-. ]\d{2,4})"
)
_WHEN = rf"[\[(]?(?:{_DATE},?[ \u00a0T]+)?{_TIME}(?:,[ \u00a0]{_DATE})?[\])]?"
_NUMBER = r"\+\d[\d \u00a0()-]{5,20}"  # of a telephone, where its owner has no name
_TIMED = re.compile(
    rf"[\u200e\u200f]?{_WHEN}(?:[ \u00a0]?[-–—])?[ \t]+[<(\[]?(?:{_NAME}{_ASIDE}|{_NUMBER})[>)\]:]"
    rf"|{_NAME}[ \u00a0]?[\[(](?:{_DATE},?[ \u00a0T]+)?{_TIME}[\])]:[ \t]"
    rf"|{_WHEN}[ \t]+From[ \t]+{_NAME}[^:\n]{{0,60}}:[ \t]"  # to whom, in conferences
)
_ENTRY = re.compile(
    rf"[\u200e\u200f]?[\[(]?{_DATE},?[ \u00a0T]+{_TIME}[\])]?(?:[ \u00a0]?[-–—])?[ \t]+\S"
)  # in the log of a chat
_HEADING = re.compile(
    rf"{_NAME}{_ASIDE}(?:[ ]{{2,}}|\t|[ ]?[-–—|·•,][ ]?|[ ](?=[\[(])){_WHEN}:?\s*"
    rf"|[\[(](?:{_DATE},?[ \u00a0T]+)?{_TIME}[\])][ \t]+{_NAME}(?:#\d{{4}})?\s*"  # as exports of Discord have it
)
_MOMENT = re.compile(rf"\s*[\[(]?{_TIME}[\])]?\s*")  # by itself
_STAMP = re.compile(rf"\s*{_DATE},?[ \u00a0T]+{_TIME}\s*")  # below what was said
_ONLY_NAME = re.compile(rf"{_NAME}{_ASIDE}:?\s*")
_CLIPPING = re.compile(r"- \S[^|\n]* \| [^\n]*\d{1,2}:\d\d")  # of a reader of books: what was marked, where, when
_EVENT = re.compile(
    rf"(?:-!-|-->|<--|<->|\*\*\*)[ \t]+\S|{_WHEN}[ \t]+(?:[-–—*→←][ \t]+)?{_NAME} (?:has )?(?:joined|left|quit)\b"
)
_SHAPES = tuple(  # in which a line may begin with who says it
    map(
        re.compile,
        (
            rf"[*_]{{0,2}}(?!{STEP}){_NAME}{_ASIDE}[*_]{{0,2}}(?::[*_]{{0,2}}(?=\s)|：)",
            rf"\[(?=[^\]\s]{{2}}){_NAME}\][ \t]",
            rf"\((?![ivxlcdm]+\))(?=[^)\s]{{2}}){_NAME}\)[ \t]",
            rf"{_NAME}[ \t]+[>»|][ \t]",
            rf"<{_NAME}>[ \t]",
        ),
    )
)
_SPEAKER = re.compile(
    rf"(?:[@]?[^\W\d_][\w.'’-]{{0,30}}|[^\W\d_a-z]\w+ [^\W\d_a-z]\w+){_ASIDE}(?::[ \t]+|：[ \t]*)(?=\S)"
    r"|[^\W\d_a-z]\w*(?:[ \u00a0][\w.]+){1,2}:[ \t]+(?=[$€£+#(]?\d|[A-Z]{2}[\W\d])"  # what a date or a number is
)


def said(lines: Sequence[str]) -> bool:
    """Whether a paragraph is talk of several lines that begin with who says them, or stands below who, or when."""
    if len(lines) < 2:
        return False
    if _HEADING.fullmatch(lines[0]) or _MOMENT.fullmatch(lines[0]) or any(map(_TIMED.match, lines)):
        return True
    if _ONLY_NAME.fullmatch(lines[0]) and (_MOMENT.fullmatch(lines[1]) or _STAMP.fullmatch(lines[-1])):
        return True
    if any(map(_CLIPPING.match, lines)):
        return True
    return any(shape.match(lines[0]) and any(map(shape.match, lines[1:])) for shape in _SHAPES)


def is_said(line: str) -> bool:
    """Whether a line says by itself when somebody said it, or what became of somebody in a chat."""
    return bool(_TIMED.match(line) or _EVENT.match(line) or _HEADING.fullmatch(line))


def is_entry(lines: Sequence[str]) -> bool:
    """Whether a paragraph has an entry in the log of a chat: a date, a time, and who said it."""
    return any(_ENTRY.match(line) and _TIMED.match(line) for line in lines)


def speaker(words: str) -> str:
    """Who says a paragraph, with the colon and the blanks behind; mostly nothing."""
    match = _SPEAKER.match(words)
    return match[0] if match else ""
