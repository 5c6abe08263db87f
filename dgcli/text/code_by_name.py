"""Where code is in a file, as its name tells how it is read."""

from __future__ import annotations

from pathlib import PurePath

from dgcli.text.code import Range, code_ranges, html_code
from dgcli.text.literal import literal_ranges
from dgcli.text.syntax.kinds import Kind, is_of_words, kind_of

_LITERAL = {Kind.RST: "rst", Kind.ORG: "org", Kind.ASCIIDOC: "asciidoc", Kind.TEX: "latex"}


def code_of(text: str, name: str) -> tuple[list[Range], bool]:
    """Where code is in a file of this name, `""` for none; and whether all of it is: marks are meant there as well."""
    if not is_of_words(name) or (not PurePath(name).suffix and text.startswith("#!")):
        return [(0, len(text))], True
    match kind_of(name):
        case Kind.MARKDOWN | Kind.TYPST as kind:
            return code_ranges(text, indented=kind is Kind.MARKDOWN), False
        case Kind.MDX:
            return code_ranges(text, indented=False), False
        case Kind.HTML | Kind.WIKI:
            return html_code(text), False
        case kind if kind in _LITERAL:
            return literal_ranges(text, _LITERAL[kind]), False
    return [], False
