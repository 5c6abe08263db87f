"""Prose of a Markdown text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from dgcli.blocks.layout import Prose, Row, laid_out
from dgcli.blocks.lines import MARK, split_lines
from dgcli.blocks.structure import has_loose_marks, tokens_of

if TYPE_CHECKING:
    from markdown_it.token import Token

_CONTAINER = re.compile(r"^[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t\r\n]|$))", re.MULTILINE)
_MARKER = r"(?:[ \t>]*(?:[-*+]|\d{1,9}[.)])(?=[ \t\r\n]|$))"
_CONTAINERS = ("list_item_open", "blockquote_open")
_CONTAINER_ENDS = ("list_item_close", "blockquote_close", "bullet_list_close", "ordered_list_close")
# A footnote, a task, a definition: what other dialects put before words.
_LEAD = re.compile(r"(?:\[\^[^\]\s]+\]:|\[[ xX]\]|:)[ \t]+(?=\S)")
# Paragraphs of CommonMark that are something else in another dialect: formulas, directives, attributes, templates.
_FOREIGN = re.compile(r"^[ \t]*(?:\$\$|\\\[|\\begin\{|:::|!!! |\?\?\?|\{[%#{:.]|\[TOC\]|import .* from)", re.MULTILINE)
_MAY_GO_ON = re.compile(r"[`~<>]")
_ALERT = re.compile(r"\[![A-Za-z]+\][-+]?")


def pieces(text: str, *, before: str = "", width: int = 0, headings: bool = False) -> Iterator[str | Prose]:
    """The pieces of `text`, which goes on in the lists and quotations that the lines of `before` open.

    `width` is what other paragraphs are wrapped to, for those that are one line yet; 0 if they are not wrapped.
    """
    lines = split_lines(text)
    offset = len(split_lines(before))
    done = 0
    for token in _prose_tokens(tokens_of(before + text.removeprefix(MARK)), headings):
        start, end = (number - offset for number in token.map or (0, 0))
        if start < done or not (found := _paragraph(lines[start:end], token, width)):
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


def open_containers(before: str, text: str) -> str:
    """Lines that open the lists and quotations which the end of `text` is in, and a blank one; mostly nothing."""
    if not before and not _CONTAINER.search(text):
        return ""
    lines = split_lines(before + text)
    items: dict[int, int] = {}  # line → how many of the list items that it opens are still open
    for token in _open_at_end(tokens_of(before + text)):
        start = token.map[0] if token.map else 0
        items[start] = items.get(start, 0) + (token.type == "list_item_open")
    opening = []
    for start, count in sorted(items.items()):
        match = re.match(rf"{_MARKER}{{{count}}}[ \t>]*", lines[start])
        if not match:
            return ""
        opening.append(match[0] + ("x" if lines[start][match.end() :].strip() else "") + "\n")
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
    """The inline tokens of paragraphs, and of headings where those count."""
    wanted = ("paragraph_open", "heading_open") if headings else ("paragraph_open",)
    for before, token in pairwise(tokens):
        if token.type == "inline" and before.type in wanted:
            yield token


def _paragraph(lines: Sequence[str], token: Token, width: int) -> list[str | Prose]:
    """A paragraph's lines as prose, cut where a line ends on purpose; nothing where its words cannot be told apart."""
    contents = token.content.split("\n")
    if len(contents) != len(lines) or _FOREIGN.search(token.content):
        return []
    rows: list[Row] = []
    for line, content in zip(lines, contents, strict=True):
        words = content.strip(" \t")
        start = line.rfind(words)
        if not words or line[start + len(words) :].strip(" \t\r\n#"):
            return []
        rows.append(Row(line[:start], words, line[start + len(words) :]))
    parts = list(_parts(rows))
    texts = (" ".join(row.words for row in part) for _, part in parts)
    if len(parts) > 1 and any(has_loose_marks(text) for text in texts if not _ALERT.fullmatch(text)):
        return []  # emphasis or code runs on from one part to another, or could
    return [
        laid_out(part, markdown=True, lead=lead, part=len(parts) > 1, width=0 if "#" in part[0].before else width)
        for lead, part in parts
    ]


def _parts(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The lines up to each hard break, footnote or definition, and the mark of such a one, which is no word."""
    lead = ""
    part: list[Row] = []
    for row in rows:
        match = _LEAD.match(row.words)
        if match and part:
            yield lead, part
            part = []
        if not part:
            lead = match[0] if match else ""
        words, after = row.words.removeprefix(match[0] if match else ""), row.after
        if row is not rows[-1] and (len(words) - len(words.rstrip("\\"))) % 2:
            words, after = words[:-1], "\\" + after
        part.append(Row(row.before + (match[0] if match else ""), words, after))
        if after.startswith(("  ", "\\")) or _ALERT.fullmatch(words):
            yield lead, part
            part = []
    if part:
        yield lead, part
