"""What was filled or changed, made visible on a terminal by style alone: bold and underlined, no colour of its own.

No character is added, and none of the text steers the terminal. What goes elsewhere than to a terminal is not marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dgcli.platform.environment import visible
from dgcli.text.diff import changed_words, painted
from dgcli.text.document import Document

if TYPE_CHECKING:
    from dgcli.tasks.infill.filled import Fill

_MARKED = "1;4"  # legible on any background


def filled(document: Document, fills: Sequence[Fill]) -> str:
    """The completed text for a terminal, with what stands in the holes marked."""
    parts: list[str] = []
    end = 0
    for fill in fills:
        text = shown(fill.text)
        parts += (shown(document.text[end : fill.span.start]), text if fill.skipped else painted(text, _MARKED))
        end = fill.span.end
    return "".join(parts) + shown(document.text[end:])


def reworded(old: str, new: str) -> str:
    """The new text for a terminal, with the words marked that were not there."""
    _, words = changed_words(shown(old), shown(new))
    return "".join(painted(word, _MARKED) if changed else word for word, changed in words)


def shown(text: str) -> str:
    """A text for a terminal: nothing in it steers that, but for tabs and line ends."""
    return "\t".join(map(visible, text.replace("\r\n", "\n").split("\t")))
