"""Passages of a text that pass through whole: armour, patches, attachments, what stands below a signature.

Each takes the lines that belong to it one by one, and says what is open behind each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dgcli.text.blocks.commits import SCISSORS
from dgcli.text.blocks.lines import BLANK, quotes
from dgcli.text.blocks.replies import heads_original


@dataclass(frozen=True)
class Until:
    """A passage that ends with the line in which a pattern is found."""

    closing: re.Pattern[str]
    holds_all = True  # whatever a line looks like, it begins nothing else

    def take(self, line: str) -> tuple[bool, Passage | None]:
        """Whether a line belongs to it, and what is open behind the line."""
        return True, None if self.closing.search(line) else self


@dataclass(frozen=True)
class Rest:
    """All that follows; a signature: up to a line with more or fewer quotation marks."""

    quotes: int | None = None
    holds_all = True

    def take(self, line: str) -> tuple[bool, Passage | None]:
        """Whether a line belongs to it, and what is open behind the line."""
        inside = self.quotes is None or BLANK.fullmatch(line) is not None or quotes(line) == self.quotes
        return inside, self if inside else None


@dataclass(frozen=True)
class Shaped:
    """Lines of one shape."""

    shape: re.Pattern[str]
    holds_all = False

    def take(self, line: str) -> tuple[bool, Passage | None]:
        """Whether a line belongs to it, and what is open behind the line."""
        inside = bool(self.shape.match(line))
        return inside, self if inside else None


@dataclass(frozen=True)
class Patch:
    """A unified diff. Hunks say how many lines they have; if that cannot be, all that follows may be a part of them."""

    old: int = 0  # lines that the hunk still has of the old file
    new: int = 0

    @property
    def holds_all(self) -> bool:
        """Whether a hunk is open, and so no line begins anything else."""
        return self.old > 0 or self.new > 0

    def take(self, line: str) -> tuple[bool, Passage | None]:
        """Whether a line belongs to it, and what is open behind the line."""
        if self.holds_all:
            mark = line[:1]
            if mark not in " +-\\\r\n":
                return True, Rest()
            return True, Patch(self.old - (mark not in "+\\"), self.new - (mark not in "-\\"))
        if match := _HUNK.match(line):
            return True, Patch(int(match[1] or 1), int(match[2] or 1))
        inside = bool(_PATCH_LINE.match(line))
        return inside, self if inside else None


Passage = Until | Rest | Shaped | Patch

BLANK_LINE = re.compile(r"^[ \t>]*[\r\n]*\Z")
_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_PATCH_LINE = re.compile(
    r"diff |Index: |={20,}|index [0-9a-f]|(?:old|new|deleted file|new file) mode |(?:dis)?similarity index |rename "
    r"|copy |--- |\+\+\+ |@@|Binary files |GIT binary patch|(?:literal|delta) \d|\S{20,}\s*$|RCS file"
    r"|retrieving revision|Property changes on|_{20,}|(?:Added|Modified|Deleted|Name): |Only in "
    r"|[ +]|-(?!-*8<-)|\\ |\s*$"  # `--8<--` begins a snippet, and is no line that is gone
)
_CONTEXT_LINE = re.compile(r"\*{3}|---|diff |Index: |[ !+-] |\\ |\s*$")
_NORMAL_LINE = re.compile(r"\d+(?:,\d+)?[acd]\d+(?:,\d+)?\s*$|[<>\\](?: |\s*$)|---\s*$|diff |Only in ")
_COMBINED_LINE = re.compile(r"[ +]|-(?!-*8<-)|\\ |@@@|index |mode |\s*$")

_BEFORE = r"[ \t>]{0,12}"
_ARMOUR = re.compile(rf"{_BEFORE}(?:gpgsig(?:-sha256)? )?-{{4,5}} ?BEGIN ([A-Z0-9 ,.-]+?) ?-{{4,5}}")
_SIGNED = "PGP SIGNED MESSAGE"
_COMPONENT = re.compile(rf"{_BEFORE}BEGIN:(V[A-Z]+)\s*$")
_PAIRS = (
    (re.compile(r"begin(?:-base64)? [0-7]{3,4} \S"), re.compile(r"^(?:end|====)\s*$")),
    (
        re.compile(r"\s*TERMS AND CONDITIONS(?: FOR [A-Z, ]+)?\s*$"),
        re.compile(r"END OF TERMS AND CONDITIONS"),
    ),  # licences
    (re.compile(r"=ybegin "), re.compile(r"^=yend ")),
    (re.compile(r"\s*(?:<!doctype html|<html[\s>])", re.IGNORECASE), re.compile(r"</html\s*>", re.IGNORECASE)),
)
_DIFF = re.compile(r"diff (?:--\w|-[A-Za-z])|Index: \S+\s*$")
_CONTEXT_DIFF = re.compile(r"\*{15}\s*$|\*{3} \d+(?:,\d+)? \*{4}\s*$")
_NORMAL_DIFF = re.compile(r"\d+(?:,\d+)?[acd]\d+(?:,\d+)?\s*$")


def opened(line: str, before: Sequence[str]) -> tuple[Passage | None, bool] | None:
    """What is open behind a line that begins a passage, and whether the paragraph before it belongs to it."""
    if match := _ARMOUR.match(line):
        name = "PGP SIGNATURE" if match[1] == _SIGNED else match[1]
        return _begun(Until(re.compile(rf"-{{4,5}} ?END {re.escape(name)} ?-{{4,5}}")), line)
    if match := _COMPONENT.match(line):
        return _begun(Until(re.compile(rf"^[ \t>]*END:{match[1]}\s*$")), line)
    for opening, closing in _PAIRS:
        if opening.match(line):
            return _begun(Until(closing), line)
    if SCISSORS.match(line) or heads_original(line):
        return _begun(Rest(), line)
    return _opened_patch(line, before)


def _opened_patch(line: str, before: Sequence[str]) -> tuple[Passage | None, bool] | None:
    if _DIFF.match(line):
        return _begun(Patch(), line)
    if _HUNK.match(line) or (line.startswith("+++ ") and before and before[-1].startswith("--- ")):
        return _begun(Patch(), line, late=True)
    if line.startswith("@@@ -"):
        return _begun(Shaped(_COMBINED_LINE), line, late=True)
    if _CONTEXT_DIFF.match(line):
        return _begun(Shaped(_CONTEXT_LINE), line, late=True)
    if _NORMAL_DIFF.match(line):
        return _begun(Shaped(_NORMAL_LINE), line)
    return None


def _begun(passage: Passage, line: str, *, late: bool = False) -> tuple[Passage | None, bool]:
    return passage.take(line)[1], late
