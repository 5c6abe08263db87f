"""What changed, as a unified diff that `patch` applies."""

from __future__ import annotations

import difflib
import itertools
import os
import re

from dgcli.platform.environment import visible

_COLOURS = {"-": "31", "+": "32", "@": "36"}
_LONGEST = 20_000  # characters of a change whose words are compared, which takes their number squared
_NO_NEWLINE = "\\ No newline at end of file\n"


def unified(old: str, new: str, name: str) -> str:
    """The diff from `old` to `new`; empty where they are equal. Lines end at `\\n` alone, as `patch` sees them.

    `name` is that of the file, seen from where `patch -p1` is to be run.
    """
    lines = difflib.unified_diff(_lines(old), _lines(new), _header(f"a/{name}"), _header(f"b/{name}"))
    return "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}" for line in lines)


def coloured(diff: str) -> str:
    """The same for a terminal: removed lines red, added ones green, places cyan. Nothing in the text steers it.

    Of lines that took the place of others, the words that differ are bold and underlined.
    """
    lines = _lines("\t".join(map(visible, diff.split("\t"))))
    found: list[str] = []
    at = 0
    while at < len(lines):
        removed = _run(lines, at, "-")
        added = _run(lines, at + len(removed), "+")
        if removed and added and not removed[0].startswith("--- "):
            found += _changed(removed, added)
            at += len(removed) + len(added)
        else:
            found.append(painted(lines[at], _COLOURS.get(lines[at][0], "")))
            at += 1
    return "".join(found)


def changed_words(old: str, new: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Two texts in pieces, each with whether it stands in that text alone; blanks around what does are said to not."""
    left, right = (re.findall(r"\w+|\s+|[^\w\s]", text) for text in (old, new))
    sides: tuple[list[tuple[str, bool]], list[tuple[str, bool]]] = ([], [])
    for tag, a, b, c, d in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for side, piece in zip(sides, (left[a:b], right[c:d]), strict=True):
            text = "".join(piece)
            core = text.strip()
            before, _, after = text.partition(core) if core else (text, "", "")
            found = ((before, False), (core, tag != "equal"), (after, False))
            side += [each for each in found if each[0]]
    return sides


def painted(text: str, codes: str) -> str:
    """Each line of a text with a style of its own, so that it ends where the line does."""
    if not codes:
        return text
    return "".join(
        f"\x1b[{codes}m{line.rstrip(chr(10))}\x1b[0m{line[len(line.rstrip(chr(10))) :]}" if line.strip() else line
        for line in _lines(text)
    )


def _changed(removed: list[str], added: list[str]) -> list[str]:
    """Removed lines and those in their place."""
    old, new = ("".join(line[1:] for line in lines) for lines in (removed, added))
    if max(len(old), len(new)) > _LONGEST:
        return [painted("".join(lines), _COLOURS[lines[0][0]]) for lines in (removed, added)]
    sides = changed_words(old, new)
    alike = any(word.strip() and not changed for word, changed in sides[0])
    found = []
    for sign, words in zip("-+", sides, strict=True):
        line = [(sign, False)]
        for word, changed in words:
            for part in _lines(word):
                line.append((part, changed and alike))
                if part.endswith("\n"):
                    found.append(_line(line, _COLOURS[sign]))
                    line = [(sign, False)]
    return found


def _line(pieces: list[tuple[str, bool]], colour: str) -> str:
    """Pieces of a line in a colour, the changed ones bold and underlined."""
    return "".join(
        painted("".join(piece for piece, _ in group), f"{colour};1;4" if changed else colour)
        for changed, group in itertools.groupby(pieces, key=lambda piece: piece[1])
    )


def _run(lines: list[str], start: int, sign: str) -> list[str]:
    """The lines from `start` on that begin with a sign."""
    return list(itertools.takewhile(lambda line: line[0] == sign, itertools.islice(lines, start, None)))


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
