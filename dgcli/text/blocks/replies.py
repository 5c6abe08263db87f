"""What stands around the words of a letter: headers, who wrote what is quoted, sign-offs, where it was sent from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from dgcli.text.blocks.lines import LOOKED_AT, STEP
from dgcli.text.blocks.phrases import (
    ADDED,
    FORWARDED,
    FROM,
    MESSAGE,
    SCANNED,
    SENT,
    SENT_FROM,
    TRACKED,
    UNSUBSCRIBE,
    WROTE,
    any_of,
)
from dgcli.text.kept.name_words import GREETINGS, TITLES
from dgcli.text.sign_offs import ALONE, SIGN_OFFS

# `Name: value`, of at most three words, in any script, and as some programs print it in bold.
_FIELD = re.compile(
    rf"[*_]{{0,2}}(?![a-z]|{STEP})"
    r"[^\W\d_][^\s:：,;.!?]{0,40}(?:[ \u00a0][^\s:：,;.!?]{1,30}){0,2}[ \u00a0]?"
    r"(?::(?=[*_]{0,2}(?:\s|$))|：)"
)
# A header by its shape, or one of those that have no hyphen.
_HEADER = re.compile(
    r"[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)+:(?:\s|$)"
    r"|(?:from|to|cc|bcc|subject|date|sent|received|sender|references|newsgroups|organization"
    r"|precedence):(?:\s|$)|From \S+@\S",
    re.IGNORECASE,
)
_HYPHENATED = re.compile(r"[a-z]+(?:-[a-z]+)+:(?:\s|$)")  # as some programs write headers: `content-type:`
_MBOX = re.compile(r"From \S+(?: at \S+)?\s+\w{3} \w{3} +\d{1,2} \d\d:\d\d(?::\d\d)?(?: \S+){0,2} \d{4}")
_ADDRESS = r"(?<![\w.+-])[\w.+-]{1,64}(?:@| at )[\w-]{1,64}\.[\w.-]"
_ADDRESSED = re.compile(rf"<?{_ADDRESS}>?|\[mailto:|<mailto:")
_DATED = re.compile(r"\b\d{1,2}[:.h]\d\d\b|\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|\b(?:19|20)\d\d\b|\d+ ?[年月日년월일]")
_WROTE = re.compile(any_of(WROTE), re.IGNORECASE)
_ASKS_FOR_MORE = re.compile(r"[:：]\s*[*_]{0,2}$")
_DIRECTIONS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # of writing, as mail programs set them
_EMOJI = re.compile(r"(?<![\w:]):[\w+-]+:(?!\w)")  # by name
_LONGEST_ATTRIBUTION = 3  # lines
_ORIGINAL = re.compile(
    rf"\s*(?:[-_=*]{{2,}}[ \u00a0]*(?=[^\n]*{any_of(MESSAGE)})[^\n]{{3,150}}?[ \u00a0]*[-_=*]{{2,}}\s*$"
    rf"|{any_of(FORWARDED)}[ \u00a0]?[:：]\s*$)",
    re.IGNORECASE,
)
_FROM = re.compile(rf"[*_]{{0,2}}{any_of(FROM)}[ \u00a0]?[:：]", re.IGNORECASE)
_SENT_FROM = re.compile(
    rf"(?:[-–—]+ ?)?{any_of(SENT_FROM)}[^\n]{{0,80}}$|[^\n]{{1,40}}{any_of(SENT)}[^\n]{{0,3}}$|{any_of(SCANNED)}",
    re.IGNORECASE,
)
_UNSUBSCRIBE = re.compile(any_of(UNSUBSCRIBE), re.IGNORECASE)
_ADDED = re.compile(any_of(ADDED), re.IGNORECASE)
_TRACKED = re.compile(any_of(TRACKED), re.IGNORECASE)
_SUBJECT = re.compile(
    r"[ \t]*(?:(?:[-*•]|\d{1,3}[.)])[ \t]+)?(?:Re|RE|Fwd?|FWD?|AW|WG|TR|RV|SV|VS|Antw|Odp)(?:\[\d+\])?:"
    r"[ \t][^\n]*[^.!?\s]\s*$"
)
_RULE = re.compile(r"[_*=~-]{10,}\s*")
_LEADS_AWAY = re.compile(rf"https?://|www\.|{_ADDRESS}")
_GREETED = rf"(?:(?:{TITLES}|[^\W\d_])\.|[^\s.?!,:;]+)"  # a word, with a dot where it is a title or an initial
_GREETING = re.compile(rf"\W*{GREETINGS}(?:[ ,]+{_GREETED}){{0,5}}\s*[,:，：]\s*$", re.IGNORECASE)
_SIGN_OFF = re.compile(f"{SIGN_OFFS}|{ALONE}", re.IGNORECASE)


def is_field(line: str) -> bool:
    """Whether a line is `Name: value`, as in a header."""
    return bool(_FIELD.match(line) or is_header(line))


def is_header(line: str) -> bool:
    """Whether a line is a header wherever it stands."""
    return bool(_HEADER.match(line) or _HYPHENATED.match(line))


def fields(lines: Sequence[str]) -> int:
    """How many of the first lines are headers, with those that they are folded into."""
    head = list(takewhile(lambda line: is_field(line) or _is_folded(line), lines))
    names = sum(map(is_field, head))
    return len(head) if names and is_field(head[0]) and (names > 1 or is_header(head[0])) else 0


def is_mbox_line(line: str) -> bool:
    """Whether a line begins a message in a mailbox, or a patch that `git format-patch` wrote."""
    return bool(_MBOX.match(line))


def is_attribution(lines: Sequence[str]) -> bool:
    """Whether the last lines of a paragraph say who wrote what follows."""
    said = _last(lines)
    return bool(_ASKS_FOR_MORE.search(said)) and bool(
        _ADDRESSED.search(said) or _WROTE.search(said[-60:]) or (_WROTE.search(said) and _DATED.search(said))
    )


def leads_to_quotation(lines: Sequence[str]) -> bool:
    """Whether a few lines right above quoted ones say whose these are."""
    said = _last(lines)
    marks = (_ASKS_FOR_MORE, _ADDRESSED, _DATED)
    return len(lines) <= _LONGEST_ATTRIBUTION and any(mark.search(said) for mark in marks)


def is_dated_attribution(lines: Sequence[str]) -> bool:
    """Whether the last lines are what a mail program writes, and nobody by hand, over what is quoted."""
    said = _last(lines)
    marks = (_ADDRESSED.search(said), _WROTE.search(said), _DATED.search(said))
    return bool(_ASKS_FOR_MORE.search(said)) and sum(map(bool, marks)) > 1


def heads_original(line: str) -> bool:
    """Whether all that follows a line is somebody else's letter."""
    return len(line) <= LOOKED_AT and bool(_ORIGINAL.match(line))


def heads_reply(lines: Sequence[str]) -> bool:
    """Whether a paragraph is the headers of a letter that is quoted below without marks, or ends with them.

    A rule stands between them and what is above.
    """
    for number, line in enumerate(lines):
        if _FROM.match(line) and not any(map(str.isalnum, "".join(lines[max(number - 1, 0) : number]))):
            return fields(lines[number:]) > 1
    return False


def is_sent_from(line: str) -> bool:
    """Whether a line says which program or machine sent the letter."""
    return bool(_SENT_FROM.match(_DIRECTIONS.sub("", line).strip()))


def is_added(line: str) -> bool:
    """Whether a line begins what a program put into the letter on its way."""
    return bool(_ADDED.match(line.strip()))


def names_letter(line: str) -> bool:
    """Whether a line is the subject of a letter that is answered, or what a tracker writes above an answer."""
    return bool(_SUBJECT.match(line) or _TRACKED.match(line.strip()))


def footer(lines: Sequence[str]) -> int:
    """How many of the last lines of a paragraph say how to leave a mailing list: all, or those from a rule on."""
    rule = next((number for number, line in enumerate(lines) if _RULE.fullmatch(line)), 0)
    text = " ".join(lines[rule:])
    return len(lines) - rule if _UNSUBSCRIBE.search(text) and _LEADS_AWAY.search(text) else 0


def is_greeting(line: str) -> bool:
    """Whether a line, a paragraph by itself, greets somebody at the beginning of a letter."""
    return bool(_GREETING.match(line))


def is_sign_off(line: str) -> bool:
    """Whether a line is what stands before a name at the end of a letter."""
    return bool(_SIGN_OFF.fullmatch(line.strip().rstrip(",.!，！。 ")))


def _is_folded(line: str) -> bool:
    return line[:1] in (" ", "\t") and bool(line.strip())


def _last(lines: Sequence[str]) -> str:
    """What the last lines say, without the signs that steer its direction, and without colons of emoji."""
    said = " ".join(_DIRECTIONS.sub("", line[:LOOKED_AT]).strip() for line in lines[-_LONGEST_ATTRIBUTION:])
    return _EMOJI.sub(" ", said)
