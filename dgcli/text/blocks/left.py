"""Why words of a text were left although they may be prose, where a person can do something about it."""

from __future__ import annotations

from dgcli.text.blocks.content import looks_like_prose
from dgcli.text.blocks.lines import BLANK, split_lines
from dgcli.text.blocks.regions import RegionTracker

LONGEST = 100_000  # characters; what goes on for longer without a blank line passes through
_FIRST = 20  # characters that name what is open


def too_long(text: str) -> str:
    """Whether a chunk that passes through does so for its length alone; nothing if not."""
    if len(text) <= LONGEST or _open_since(text) is not None or not looks_like_prose(text):
        return ""
    return f"it goes on for more than {LONGEST:,} characters without a blank line"


def never_closed(text: str, *, is_mdx: bool) -> str:
    """What a chunk opens and does not close, if more than a paragraph stands behind it; mostly nothing."""
    lines = split_lines(text)
    blank = next((number for number, line in enumerate(lines) if BLANK.fullmatch(line)), len(lines))
    if not any(map(str.strip, lines[blank:])):  # most chunks are one paragraph
        return ""
    opening = _open_since(text, is_mdx=is_mdx)
    if opening is None or not _goes_on(lines[opening:]):
        return ""
    words = lines[opening].strip()
    return f"what begins with “{words[:_FIRST]}{'…' if len(words) > _FIRST else ''}” is never closed"


def _open_since(text: str, *, is_mdx: bool = False) -> int | None:
    """The line, from 0, that opens what is still open at the end of a text."""
    tracker, since = RegionTracker(is_mdx=is_mdx), None
    for number, line in enumerate(split_lines(text)):
        tracker.read(line)
        since = (number if since is None else since) if tracker.open else None
    return since


def _goes_on(lines: list[str]) -> bool:
    """Whether there are words behind a blank line."""
    blank = next((number for number, line in enumerate(lines) if BLANK.fullmatch(line)), len(lines))
    return any(map(str.strip, lines[blank:]))
