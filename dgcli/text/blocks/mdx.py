"""MDX: programs between the words of a Markdown text. What of a line is one, and what of it goes on."""

from __future__ import annotations

import re

# What is open, from the outside in, a character each: a program (`e`: imports and exports), brackets, a tag (`<`), a
# string of an attribute, a template string, a remark (`*`).
Open = str

_MODULE = re.compile(r"(?:import|export)\b")
_TAG = re.compile(r"<(?=[A-Za-z/>])")
_TICKS = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)|`+")
_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")
_ELEMENT = re.compile(r"<(?:[A-Z>]|[a-z][\w-]*[.:])")  # that is no HTML: a component, a fragment
_DEEPEST = 1000  # what is open within each other; more stays open
_PAIRS = {"}": "{", ")": "(", "]": "["}


def after(opened: Open, line: str, *, may_begin: bool = False) -> Open:
    """What is open behind a line. Imports and exports begin where a block `may_begin`, and end with a blank line."""
    if not line.strip() and opened == "e":
        return ""
    if not opened and may_begin and _MODULE.match(line):
        opened = "e"
    place = 0
    while place < len(line) and len(opened) < _DEEPEST:
        opened, place = _step(opened, line, place)
    return opened


def has_program(text: str) -> bool:
    """Whether a paragraph has an expression or an element, whose words may be a program's."""
    bare = re.sub(r"\\.", "", _TICKS.sub("", text))
    return "{" in bare or text.lstrip().startswith("<") or bool(_ELEMENT.search(bare))


def _step(opened: Open, line: str, place: int) -> tuple[Open, int]:
    """One character, or string, further."""
    top = opened[-1:]
    if top == "*":
        end = line.find("*/", place)
        return (opened, len(line)) if end < 0 else (opened[:-1], end + 2)
    if line[place] == "\\":
        return opened, place + 2
    if top and top in "\"'`":
        return _in_string(opened, line, place)
    if top == "<":
        return _in_tag(opened, line[place]), place + 1
    return (_in_program if top else _in_words)(opened, line, place)


def _in_string(opened: Open, line: str, place: int) -> tuple[Open, int]:
    if opened[-1] == "`" and line.startswith("${", place):
        return opened + "{", place + 2
    return opened[:-1] if line[place] == opened[-1] else opened, place + 1


def _in_tag(opened: Open, character: str) -> Open:
    if character == ">":
        return opened[:-1]
    return opened + character if character in "\"'{" else opened


def _in_words(opened: Open, line: str, place: int) -> tuple[Open, int]:
    if ticks := _TICKS.match(line, place):
        return opened, ticks.end()
    opens = line[place] == "{" or _TAG.match(line, place)
    return opened + line[place] if opens else opened, place + 1


def _in_program(opened: Open, line: str, place: int) -> tuple[Open, int]:
    character = line[place]
    if string := _STRING.match(line, place):
        return opened, string.end()
    if line.startswith("/*", place):
        return opened + "*", place + 2
    if line.startswith("//", place) and line[place - 1 : place] != ":":
        return opened, len(line)
    if character in "{([`":
        return opened + character, place + 1
    if _PAIRS.get(character) == opened[-1]:
        return opened[:-1], place + 1
    return opened, place + 1
