"""Commit messages: the subject, comments, trailers, lists of commits to rebase."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dgcli.text.blocks.layout import Prose
from dgcli.text.blocks.lines import split_lines

# As `git interpret-trailers` sees them, but for times of a day, and the footers of Conventional Commits.
_TRAILER = re.compile(r"(?!\d{1,2}:\d\d)[A-Za-z0-9-]+[ \t]*:|BREAKING CHANGE:|[A-Za-z-]+ #\d")
_GENERATED = re.compile(r"Signed-off-by: |\(cherry picked from commit ")
_COMMENT = re.compile(r"[#;](?:[ \t\r\n]|$)")
# What follows is git's own: everything beneath it is cut off.
SCISSORS = re.compile(r"\S{1,3} -{8,} ?>8 ?-{8,}\s*$")
_TODO = re.compile(
    r"(?:p|pick|r|reword|e|edit|s|squash|f|fixup|d|drop|m|merge|t|reset|l|label|u|update-ref)(?: -[cC])?"
    r" (?:[0-9a-f]{7,64}\b|refs/)"
)
# By these lines git finds the commit that is meant, or they were written by it.
_NAMES_COMMIT = re.compile(
    r"(?:fixup|squash|amend)! |Revert \"|Reapply \"|This reverts commit [0-9a-f]{7,}|This reapplies commit "
    r"|\(cherry picked from commit |Merge (?:branch|branches|tag|commit|remote-tracking branch|pull request|in) "
    r"|(?:(?:close[sd]?|fix(?:es|ed)?|resolve[sd]?|refs?|see|and)[: ]+(?:[\w./-]*#|https?://)\S+[ ]*(?:and[ ]+)?){2,}$"
    r"|(?:commit|tree|parent|object) [0-9a-f]{7,64}\b|(?:[*|\\/ ]+ )?[0-9a-f]{7,40} \S|(?:close[sd]?|fix(?:es|ed)?"
    r"|resolve[sd]?|refs?|see(?: also)?|part of|related to|re)[: ]+(?:(?:and|,) )?(?:[\w./-]*#|https?://)\S+[^a-z]*$",
    re.IGNORECASE,
)
_RAW = re.compile(r"(?:tree|object) [0-9a-f]{40,64}")
# What stands before the words of a subject: `[PATCH v2 1/3]`, `fix(parser)!:`, `net: ethernet:`, `ABC-123`.
_SUBJECT_LEAD = re.compile(
    r"(?:\[[^\]\n]{1,40}\][ ]+)*(?:[A-Z][A-Z0-9]+-\d+[ ]+)?(?:[\w./*{},+-]+(?:\([^()\n]*\))?!?:[ ]+)*"
)


def is_trailers(lines: Sequence[str]) -> bool:
    """Whether git takes a paragraph for trailers if it is the last and not the first."""
    trailers, others, generated = _counted(lines)
    return trailers > 0 and (others == 0 or (generated and trailers * 3 >= others))


def are_surely_trailers(lines: Sequence[str]) -> bool:
    """Whether a paragraph is trailers wherever it stands: there are several, or git has written one."""
    trailers, others, generated = _counted(lines)
    return is_trailers(lines) and (generated or (trailers > 1 and others == 0))


def is_comment(line: str) -> bool:
    """Whether git, as it is set up mostly, takes a line for a comment."""
    return bool(_COMMENT.match(line))


def names_commit(line: str) -> bool:
    """Whether a line names a commit or an issue, and nothing beside."""
    return bool(_NAMES_COMMIT.match(line) or _TODO.match(line))


def is_todo(lines: Sequence[str]) -> bool:
    """Whether a paragraph tells `git rebase -i` what to do."""
    return any(_TODO.match(line) for line in lines)


def is_raw_head(lines: Sequence[str]) -> bool:
    """Whether a paragraph is the head of a commit or a tag as git keeps it, with who has signed it."""
    return bool(_RAW.fullmatch(lines[0].strip()))


def with_subject(found: Iterator[str | Prose]) -> Iterator[str | Prose]:
    """Pieces of which the first words may be the subject of a commit: what stands before these is none of them."""
    for piece in found:
        if isinstance(piece, Prose):
            match = _SUBJECT_LEAD.match(piece.text)
            lead = match[0] if match and match[0] != piece.text else ""
            yield replace(
                piece,
                first=piece.first + lead,
                lead=piece.lead + lead,
                text=piece.text.removeprefix(lead),
                subject=len(split_lines(piece.source)) == 1,
            )
            break
        yield piece
        if piece.strip():
            break
    yield from found


def _counted(lines: Sequence[str]) -> tuple[int, int, bool]:
    """Trailers, lines that are none, and whether git has written one of the trailers."""
    trailers = others = 0
    generated = in_trailer = False
    for line in lines:
        if is_comment(line) or not line.strip():
            continue
        if line[0] in " \t":
            others += not in_trailer
            continue
        in_trailer = bool(_TRAILER.match(line) or _GENERATED.match(line))
        generated = generated or bool(_GENERATED.match(line))
        trailers += in_trailer
        others += not in_trailer
    return trailers, others, generated
