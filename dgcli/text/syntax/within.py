"""Files within files: the head of a Markdown text, code in fences, scripts and styles of a page."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

from dgcli.text.syntax.kinds import Kind

_FRONT_MATTER = re.compile(
    r"\A\ufeff?(?P<rule>---|\+\+\+|;;;)[ \t]*\n(?P<head>(?:(?!(?P=rule)[ \t]*\n|\.\.\.[ \t]*\n).*\n)*(?!(?P=rule)).*)\Z"
)
_HEADS = {"---": Kind.YAML, "+++": Kind.TOML, ";;;": Kind.JSON}
_WITH_HEAD = (Kind.MARKDOWN, Kind.MDX, Kind.HTML, Kind.RST, Kind.ORG, Kind.ASCIIDOC)
_OBJECT = re.compile(r"\{[ \t]*[\"\n]")
_STAND_INS = ("word", "1")  # in a string, and in place of a value
_LONGEST_HEAD = 8_000
_FENCE = re.compile(r"^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(?P<fence>`{3,}|~{3,})(?P<info>[^\n`]*)$", re.MULTILINE)
_LANGUAGE = re.compile(r"[ \t]*\{?\.?(?P<name>[\w+#-]+)")
_ELEMENT = re.compile(r"<(?P<name>script|style)\b(?P<attributes>[^<>]*)>", re.IGNORECASE)
_TYPE = re.compile(r"\b(?:type|lang)\s*=\s*[\"']?(?P<type>[\w/+-]+)", re.IGNORECASE)
_DATA = {
    "json": Kind.JSON,
    "jsonc": Kind.JSON,
    "json5": Kind.JSON,
    "yaml": Kind.YAML,
    "yml": Kind.YAML,
    "toml": Kind.TOML,
}


@dataclass(frozen=True)
class Part:
    """What a hole is in, within a file of another kind."""

    kind: Kind
    left: str
    right: str
    language: str = ""  # of a program
    never: str = ""  # characters that would end it


def part_at(kind: Kind, name: str, left: str, right: str) -> Part | None:
    """The part that `left` ends in and `right` goes on with, if it is of another kind than the file of this name."""
    if kind in _WITH_HEAD and (head := _head(left, right) or _object(left, right)):
        return replace(head, kind=Kind.CODE, language="typescript") if name.endswith(".astro") else head
    if kind in (Kind.MARKDOWN, Kind.MDX):
        return _fence(left, right) or _element(left, right, block=True)
    return _element(left, right) if kind is Kind.HTML else None


def _head(left: str, right: str) -> Part | None:
    match = _FRONT_MATTER.match(left) if len(left) < _LONGEST_HEAD else None
    if not match:
        return None
    end = re.compile(rf"^(?:{re.escape(match['rule'])}|\.\.\.)[ \t]*$", re.MULTILINE).search(right[:_LONGEST_HEAD])
    return Part(_HEADS[match["rule"]], match["head"], right[: end.start()]) if end else None


def _object(left: str, right: str) -> Part | None:
    """A head that is an object of JSON, without marks around it."""
    left = left.removeprefix("\ufeff")
    if not _OBJECT.match(left) or len(left) > _LONGEST_HEAD:
        return None
    for word in _STAND_INS:
        try:
            _, end = json.JSONDecoder().raw_decode(left + word + right[:_LONGEST_HEAD])
        except (ValueError, RecursionError):
            continue
        behind = end - len(left) - len(word)
        return Part(Kind.JSON, left, right[:behind]) if behind > 0 else None
    return None


def _fence(left: str, right: str) -> Part | None:
    opened: re.Match[str] | None = None
    for match in _FENCE.finditer(left):
        if opened is None:
            opened = match
        elif match["fence"].startswith(opened["fence"]) and not match["info"].strip():
            opened = None
    language = opened and _LANGUAGE.match(opened["info"])
    if not opened or not language or "\n" not in left[opened.end() :]:
        return None
    end = re.search(rf"^[ \t>]*{opened['fence']}", right, re.MULTILINE)
    inside = left[opened.end() + 1 :], right[: end.start()] if end else right
    return _part(language["name"].lower(), *inside)


def _element(left: str, right: str, *, block: bool = False) -> Part | None:
    """A script or a style. In Markdown it is a `block`: elsewhere words may speak of one."""
    lower = left.lower()
    start = max(lower.rfind("<script"), lower.rfind("<style"))
    match = _ELEMENT.match(left, start) if start >= 0 else None
    if not match or f"</{match['name'].lower()}" in lower[match.end() :]:
        return None
    end = re.search(rf"</{match['name']}", right, re.IGNORECASE)
    if block and (not end or lower[:start].rpartition("\n")[2].strip()):
        return None
    given = _TYPE.search(match["attributes"])
    kind = given["type"].lower().rpartition("/")[2].rpartition("+")[2] if given else ""
    language = {"": "javascript", "module": "javascript", "ts": "typescript"}.get(kind, kind)
    inside = left[match.end() :], right[: end.start()] if end else right
    return _part("css" if match["name"].lower() == "style" and not given else language, *inside, never="<")


def _part(language: str, left: str, right: str, never: str = "") -> Part:
    if language in _DATA:
        return Part(_DATA[language], left, right, never=never)
    return Part(Kind.CODE, left, right, language, never)
