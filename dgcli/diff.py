"""What changed, as a unified diff that `patch` applies."""

from __future__ import annotations

import difflib
import re

from dgcli.env import visible

_NO_NEWLINE = "\\ No newline at end of file\n"


def unified(old: str, new: str, name: str) -> str:
    """The diff from `old` to `new`; empty where they are equal. Lines end at `\\n` alone, as `patch` sees them."""
    lines = difflib.unified_diff(_lines(old), _lines(new), f"a/{_header(name)}", f"b/{_header(name)}")
    return "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}" for line in lines)


def coloured(diff: str) -> str:
    """The same for a terminal: removed lines red, added ones green, places cyan. Nothing in the text steers it."""
    colours = {"-": "31", "+": "32", "@": "36"}
    lines = _lines("\t".join(map(visible, diff.split("\t"))))
    return "".join(
        f"\x1b[{colours[line[0]]}m{line.rstrip(chr(10))}\x1b[0m\n" if line[0] in colours else line for line in lines
    )


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _header(name: str) -> str:
    """A file name that cannot be taken for another line of the diff."""
    return re.sub(r"[\x00-\x1f\x7f]", "?", name.lstrip("/"))
