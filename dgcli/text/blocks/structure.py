"""What a Markdown parser sees in a text beside its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dgcli.text.blocks import dialects
from dgcli.text.blocks.lines import MARK

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Structure = tuple[tuple[str, ...], ...]

_MARKS = re.compile(r"[\\`*_\[\]<>~]")
_LINK_OF_WIKI = re.compile(r"!?\[\[[^\[\]\n]+\]\]")  # whole
_WORDS = ("text", "softbreak", "text_special")


def structure(text: str, *, every_reference: bool = False, is_mdx: bool = False) -> Structure:
    """Blocks, levels, code, HTML, emphasis and targets of a Markdown text, in order, without its words.

    So with what only some dialect has. A part of a text does not tell which of its `[brackets]` lead somewhere: with
    `every_reference` all of them do.
    """
    tokens = tokens_of(text, every_reference=every_reference)
    seen = tuple(entry for token in tokens for entry in _entries(token))
    return seen + dialects.marks(text, is_mdx=is_mdx)


def same_structure(old: str, new: str, *, is_mdx: bool = False) -> bool:
    """Whether a Markdown parser sees the same in both beside the words, whatever their brackets lead to."""
    return all(
        structure(old, every_reference=every, is_mdx=is_mdx) == structure(new, every_reference=every, is_mdx=is_mdx)
        for every in (False, True)
    )


def has_loose_marks(text: str) -> bool:
    """Whether a paragraph has characters that would be markup if there were more of them in what goes on behind it."""
    return any(
        child.type == "text" and _MARKS.search(child.content)
        for token in tokens_of(_LINK_OF_WIKI.sub("x", text))
        for child in token.children or ()
    )


def tokens_of(text: str, *, every_reference: bool = False) -> list[Token]:
    """A CommonMark parser's tokens, with tables and struck-out text."""
    return _parser().parse(text.removeprefix(MARK), {"references": _EveryReference()} if every_reference else {})


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # takes a while, and only a rewrite needs it

    parser = MarkdownIt("commonmark", {"inline_definitions": True})
    return parser.enable(["table", "strikethrough"]).disable("text_join")  # escaped characters stay by themselves


class _EveryReference(dict[str, Any]):
    """References in which any label is defined."""

    def get(self, label: str, default: Any = None) -> Any:
        return {"href": label, "title": ""}


def _entries(token: Token) -> Iterator[tuple[str, ...]]:
    if token.type == "inline":
        for child in token.children or ():
            if child.type not in _WORDS:
                content = "" if child.type == "image" else _on_one_line(child.content)
                yield (child.type, child.tag, child.markup, content, *_attributes(child))
    else:
        yield (token.type, token.tag, str(token.level), token.markup, token.info, token.content, *_attributes(token))


def _attributes(token: Token) -> list[str]:
    return [f"{key}={_on_one_line(str(value))}" for key, value in sorted({**token.attrs, **token.meta}.items())]


def _on_one_line(text: str) -> str:
    """In code, tags and titles the end of a line is a blank, and so is the indentation behind it."""
    return " ".join(text.split())
