"""What languages that are mostly words have between the words, where no parser of the kind sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dgcli.text.syntax.kinds import Kind
from dgcli.text.syntax.parsers import Entry

LANGUAGES = frozenset((Kind.MARKDOWN, Kind.MDX, Kind.TEX, Kind.RST, Kind.ORG, Kind.ASCIIDOC, Kind.WIKI))
_FORMULA = re.compile(r"(?<![\\$\w])\$(?![\s$])[^$\n]*?(?<![\s\\])\$(?![\w$])|\$\$|\\[()]")
_MODULE = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)  # of MDX, whatever follows
_OF_WIKIS = re.compile(r"'{2,}|\*{2,}|(?<!:)//|_{2,}|~~|-{2,}|,,|\^\^")  # emphasis, and what is raised or struck out
_ALONE = ("dialect ends", "item")


def between_words(kind: Kind, text: str) -> tuple[Entry, ...]:
    """What is markup in a text of one of `LANGUAGES`, in order: lines of their own, what stands between words."""
    if kind is Kind.WIKI:
        return tuple(("mark", match[0]) for match in _OF_WIKIS.finditer(text))
    found = _in_markdown(text, is_mdx=kind is Kind.MDX) if kind in (Kind.MARKDOWN, Kind.MDX) else _in_lines(kind, text)
    return tuple(found)


def may_stand_alone(entry: Entry) -> bool:
    """Whether a fill that is a paragraph of its own may have it: a row of a table, the beginning of an item."""
    name, content = entry
    return name in _ALONE or (name == "dialect line" and content.startswith("|"))


def _in_markdown(text: str, *, is_mdx: bool) -> Iterator[Entry]:
    from dgcli.text.blocks.dialects import marks

    for name, *content in marks(text, is_mdx=is_mdx):
        yield f"dialect {name}", "\0".join(content)
    yield from (("formula", match[0]) for match in _FORMULA.finditer(text))
    if is_mdx:
        yield from (("module", match[0]) for match in _MODULE.finditer(text))


def _in_lines(kind: Kind, text: str) -> Iterator[Entry]:
    from dgcli.text.blocks.languages import ASCIIDOC, LATEX, ORG, RST

    markup = {Kind.TEX: LATEX, Kind.RST: RST, Kind.ORG: ORG, Kind.ASCIIDOC: ASCIIDOC}[kind]
    for line in text.split("\n"):
        if markup.foreign.match(line) and line.strip():
            yield "line", line
        elif item := markup.item.match(line):
            yield "item", item[0]
    yield from (("mark", match[0]) for match in markup.marks.finditer(text))
