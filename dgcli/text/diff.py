"""What changed, as a unified diff that `patch` applies."""

from __future__ import annotations

import difflib
import os
import re

from dgcli.platform.environment import visible

_NO_NEWLINE = "\\ No newline at end of file\n"


def unified(old: str, new: str, name: str) -> str:
    """The diff from `old` to `new`; empty where they are equal. Lines end at `\\n` alone, as `patch` sees them.

    `name` is that of the file, seen from where `patch -p1` is to be run.
    """
    lines = difflib.unified_diff(_lines(old), _lines(new), _header(f"a/{name}"), _header(f"b/{name}"))
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
    """A file name as GNU patch and `git apply` read it, that cannot be taken for another line of the diff.

    Behind a blank or a letter beyond ASCII a tab says where the name ends. What a tab does not help is in quotes, with
    octal escapes for bytes, as git has it.
    """
    if '"' in name or "\\" in name or name.endswith(" ") or visible(name) != name or "\n" in name:
        return f'"{"".join(map(_escaped, os.fsencode(name)))}"'
    return name if re.fullmatch(r"[!-~]*", name) else f"{name}\t"


def _escaped(byte: int) -> str:
    plain = 0x20 <= byte < 0x7F and chr(byte) not in '"\\'
    return chr(byte) if plain else f"\\{byte:03o}"
