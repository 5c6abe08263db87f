"""Prose of a Markdown text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from dgcli.text.blocks import dialects, mdx
from dgcli.text.blocks.layout import ParagraphLine, Prose, each_begins, laid_out
from dgcli.text.blocks.lines import breaks_off, split_lines
from dgcli.text.blocks.regions import foreign_lines
from dgcli.text.blocks.structure import has_loose_marks, tokens_of
from dgcli.text.blocks.talk import speaker
from dgcli.text.blocks.verse import is_broken
from dgcli.text.code import INDENTS_TEXT
from dgcli.text.sentences import LAST, PARTS

if TYPE_CHECKING:
    from markdown_it.token import Token

_CONTAINER = re.compile(r"^[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t\r\n]|$))")
_MARKER = r"(?:[ \t>]*(?:[-*+]|\d{1,9}[.)])(?=[ \t\r\n]|$))"
# A note, a tab, and maybe a definition, but no footnote: what is indented below is text, as below the mark of an item.
_INDENTING = {
    defines: re.compile(rf"^([ \t>]*)(?![{others}])(?:{INDENTS_TEXT.pattern})[^\r\n]*")
    for defines, others in ((True, r"\["), (False, r"\[:~"))
}
_AS_ITEM = r"\g<1>-   x"
_CONTAINERS = ("list_item_open", "blockquote_open")
_CONTAINER_ENDS = ("list_item_close", "blockquote_close", "bullet_list_close", "ordered_list_close")
_MAY_GO_ON = re.compile(r"[`~<>]")
# As GitHub, Obsidian and docsify have it, and as people write it in bold.
_CALLOUT = re.compile(
    r"\[![^\]\n]+\]|\*\*(?:Note|Tip|Hint|Info|Important|Warning|Caution|Danger|Attention):?\*\*(?=[:\s]|$)"
)
_NARROWEST = 45  # columns of what is wrapped: a line of less that begins with a capital or a digit does so on purpose
_KEYED = re.compile(r"[\w -]{1,40}:{1,2}[ \t]|\w+[=(\[{:]")
_RULE = re.compile(r"[ \t>]*-{2,}[ \t]*[\r\n]*")


def pieces(
    text: str,
    *,
    before: str = "",
    passing: Set[int] = frozenset(),
    width: int = 0,
    headings: bool = False,
    is_mdx: bool = False,
) -> Iterator[str | Prose]:
    """The pieces of `text`, which goes on in the lists and quotations that the lines of `before` open.

    Its lines `passing`, from 0, are no prose, whatever Markdown takes them for. `width` is what other paragraphs are
    wrapped to, for those that are one line yet; 0 if they are not wrapped.
    """
    lines = split_lines(text)
    foreign = foreign_lines(lines, is_mdx=is_mdx) | passing
    offset = len(split_lines(before))
    done = 0
    for token in _prose_tokens(tokens_of(before + text), headings):
        start, end = (number - offset for number in token.map or (0, 0))
        if start < done or (is_mdx and mdx.has_program(token.content)):
            continue
        own = frozenset(number - start for number in range(start, end) if number in foreign)
        behind_rule = start > 0 and bool(_RULE.fullmatch(lines[start - 1]))
        if not (found := _paragraph(lines[start:end], token, own, width, behind_rule=behind_rule)):
            continue
        if start > done:
            yield "".join(lines[done:start])
        yield from found
        done = end
    if done < len(lines):
        yield "".join(lines[done:])


def open_since(before: str, text: str) -> int | None:
    """The line of `text`, from 0, where that begins which goes on behind its last, blank line: a fence, HTML, words.

    Words do where their last line is nothing but what elsewhere marks a quotation. None if nothing goes on.
    """
    if not _MAY_GO_ON.search(text):
        return None
    offset = len(split_lines(before))
    end = offset + len(split_lines(text))
    for token in tokens_of(before + text):
        if token.type in ("fence", "html_block", "inline") and token.map and token.map[1] == end:
            return max(token.map[0] - offset, 0)
    return None


def open_containers(before: str, text: str, *, defines: bool = True) -> str:
    """Lines that open the lists and quotations which the end of `text` is in, and a blank one; mostly nothing.

    What a dialect indents by four blanks, and CommonMark takes for code, counts as an item of a list; so does what
    a colon or a tilde `defines`. Below a footnote it stays code, which it is for many.
    """
    source = split_lines(before + text)
    lines = [_INDENTING[defines].sub(_AS_ITEM, line) for line in source]
    if not before and not any(map(_CONTAINER.match, lines)):
        return ""
    foreign = foreign_lines(source)
    items: dict[int, int] = {}  # line → how many of the list items that it opens are still open
    for token in _open_at_end(tokens_of("".join(lines))):
        start = token.map[0] if token.map else 0
        if {start - 1, start} <= foreign:
            return ""  # a ` * ` within a remark of a program
        items[start] = items.get(start, 0) + (token.type == "list_item_open")
    opening = []
    for start, count in sorted(items.items()):
        match = re.match(rf"{_MARKER}{{{count}}}[ \t>]*", lines[start])
        if not match:
            return ""
        words = lines[start][match.end() :]
        callout = _CALLOUT.match(words)
        opening.append(match[0] + (callout[0] if callout else "x" if words.strip() else "") + "\n")
    if not opening:
        return ""
    last = lines[-1].rstrip("\r\n")
    return "".join(opening) + (last if not last.strip(" \t>") else "") + "\n"


def _open_at_end(tokens: Sequence[Token]) -> Iterator[Token]:
    """The list items and quotations that end with the text, from the outside in."""
    last: dict[int, Token] = {token.level: token for token in tokens if token.nesting == 1}
    for depth, token in enumerate(reversed(tokens)):
        if token.type not in _CONTAINER_ENDS:
            yield from (last[level] for level in range(depth) if last[level].type in _CONTAINERS)
            return


def _prose_tokens(tokens: Sequence[Token], headings: bool) -> Iterator[Token]:
    """The inline tokens of paragraphs, and of headings where those count; of quotations only those in callouts."""
    wanted = ("paragraph_open", "heading_open") if headings else ("paragraph_open",)
    own: list[bool] = []  # of each quotation that is open: whether it is a callout, which holds the writer's words
    for place, token in enumerate(tokens):
        if token.type == "blockquote_open":
            own.append(any(_CALLOUT.match(first.content) for first in tokens[place + 1 : place + 3]))
        elif token.type == "blockquote_close":
            own.pop()
        elif token.type == "inline" and tokens[place - 1].type in wanted and all(own):
            yield token


def _paragraph(
    lines: Sequence[str], token: Token, own: frozenset[int], width: int, *, behind_rule: bool
) -> list[str | Prose]:
    """A paragraph's lines as prose, but for those of their `own`; nothing where its words cannot be told apart."""
    contents = token.content.split("\n")
    own |= dialects.fenced([content.strip(" \t") for content in contents])
    others = [content.strip(" \t") for number, content in enumerate(contents) if number not in own]
    if len(contents) != len(lines) or dialects.is_no_prose(others, behind_rule=behind_rule):
        return []
    rows = [_row(line, content.strip(" \t")) for line, content in zip(lines, contents, strict=True)]
    found = [row for row in rows if row is not None]
    breaks = [_trimmed(row, "", last=row is found[-1])[0] for row in found]
    if len(found) < len(rows) or is_broken([row.words for row in breaks], [row.after for row in breaks]):
        return []
    parts = list(_parts(found, own))
    if len(parts) > 1 and any(has_loose_marks(part.text) for part in parts if not part.passes):
        return []  # emphasis or code runs on from one part to another, or could
    if any(not one.passes and other.passes and _is_parted(one, other) for one, other in pairwise(parts)):
        return []
    return [part.laid_out(width, part=len(parts) > 1) for part in parts]


def _row(line: str, words: str) -> ParagraphLine | None:
    """A line with the words that a parser finds in it, if they can be told apart."""
    start = line.rfind(words)
    if not words or start < 0 or line[start + len(words) :].strip(" \t\r\n#"):
        return None  # a parser reads a NUL as another character
    if words.startswith(">"):
        return None  # too far to the right, it quotes nothing for this parser, and does for others
    return ParagraphLine(line[:start], words, line[start + len(words) :])


@dataclass(frozen=True)
class _Part:
    """Lines of a paragraph that go together."""

    rows: Sequence[ParagraphLine]
    lead: str = ""  # the end of what stands before the first words, which is no word, and a parser takes for one
    passes: bool = False

    @property
    def text(self) -> str:
        return " ".join(row.words for row in self.rows)

    def laid_out(self, width: int, *, part: bool) -> str | Prose:
        if self.passes:
            return "".join(row.source for row in self.rows)
        stays = "#" in self.rows[0].before or (self.lead and not self.lead.startswith("["))
        return laid_out(self.rows, markdown=True, lead=self.lead, part=part, width=0 if stays else width)


def _is_parted(part: _Part, after: _Part) -> bool:
    """Whether a part of a paragraph breaks off within a sentence, which a line that passes through goes on with."""
    words = after.rows[0].words
    return not after.lead and not _KEYED.match(words) and breaks_off(part.rows[-1].words, words)


def _parts(rows: Sequence[ParagraphLine], own: frozenset[int]) -> Iterator[_Part]:
    """The lines up to each that ends on purpose, or before one that begins so; lines of their own by themselves."""
    lead, held = "", list[ParagraphLine]()
    terms = max((number for number, row in enumerate(rows) if dialects.defines(row.words)), default=0)
    in_items, under, option = bool(dialects.item(rows[0].words)), False, False
    is_verse = len(rows) > 2 and not rows[0].before.strip(" \t>") and max(row.width for row in rows) < _NARROWEST
    apart = _sentences_apart(rows) or (not rows[0].before.strip(" \t>") and each_begins(rows))
    for number, row in enumerate(rows):
        passes = number in own or _passes(rows, number, terms) or (option and dialects.has_key(row.words))
        option = passes
        found = "" if passes else _lead(row.words, in_items=in_items, under=under, first=under or not number)
        begins = is_verse and (row.words[:1].isupper() or row.words[:1].isdigit())
        if held and (passes or found or begins or (under and row.before != held[-1].before)):
            yield _Part(held, lead)
            held = []
        if passes:
            under = True
            yield _Part([row], passes=True)
            continue
        if not held:
            lead = found
        part, ends = _trimmed(row, found, last=row is rows[-1])
        held.append(part)
        if ends or apart:
            yield _Part(held, lead)
            held = []
    if held:
        yield _Part(held, lead)


def _sentences_apart(rows: Sequence[ParagraphLine]) -> bool:
    """Whether each line ends with a sentence, on purpose, and one of them holds several."""
    width = max(row.width for row in rows)
    return (
        len(rows) > 1
        and all(LAST.search(row.words) for row in rows)
        and any(PARTS.search(row.words) for row in rows)
        and not all(row.fills(after, width) for row, after in pairwise(rows))
    )


def _lead(words: str, *, in_items: bool, under: bool, first: bool) -> str:
    return (
        dialects.lead(words)
        or (dialects.item(words) if in_items else "")
        or dialects.bullet(words, under=under)
        or (dialects.label(words) or speaker(words) if first else "")
    )


def _passes(rows: Sequence[ParagraphLine], number: int, terms: int) -> bool:
    """Whether a line is none of prose: one of its own, a field under a directive, a term (up to the line `terms`)."""
    words = rows[number].words
    above = rows[number - 1].words if number else ""
    if words.startswith("/") and above[:1] not in ("", "/") and breaks_off(above, words[1:]):
        return False  # a path in a sentence, and no command
    if dialects.own_line(words):
        return True
    alone = len(rows) == 1
    if dialects.is_heading(words, alone=alone) and not (alone and rows[0].before.strip(" \t>")):
        return True  # and no item of a list
    if number and number == len(rows) - 1 and dialects.says_who(words):
        return True
    if (
        words.startswith(":")
        and number
        and rows[number - 1].words.startswith((":", ";"))
        and not dialects.defines(words)
    ):
        return True
    return number < terms and rows[number].before == rows[0].before and not dialects.defines(words)


def _trimmed(row: ParagraphLine, lead: str, *, last: bool) -> tuple[ParagraphLine, bool]:
    """A line without its lead, its trail and the mark of a hard break, and whether it ends on purpose."""
    words, after = row.words[len(lead) :], row.after
    if not last and (len(words) - len(words.rstrip("\\"))) % 2:
        words, after = words[:-1], "\\" + after
    trail = dialects.trail(words)
    words, after = words.removesuffix(trail), trail + after
    return ParagraphLine(row.before + lead, words, after), bool(trail) or after.startswith(("  ", "\\"))
