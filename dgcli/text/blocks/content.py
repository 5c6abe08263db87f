"""What a text plainly is, by what stands in it."""

from __future__ import annotations

import ast
import csv
import json
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise, takewhile
from typing import Literal

from dgcli.text.blocks.lines import BLANK, MARK
from dgcli.text.blocks.programs import begins_with_rules, may_be_rules

_LONGEST = 100_000  # characters that are looked at
_FEW = 4  # paragraphs that may be settings and rules before the first command of a Makefile
_PROSE_SHARE = 0.6  # of what stands between blanks: plain words

_READERS: tuple[tuple[Literal["html", "subtitles", "latex", "org", "asciidoc"], re.Pattern[str]], ...] = (
    ("html", re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL)),
    ("subtitles", re.compile(r"WEBVTT[ \t\r\n]|\s*\d+[ \t]*\r?\n\d+:\d\d:\d\d[,.]\d{3}[ \t]+-->")),
    ("latex", re.compile(r"\s*(?:%[^\n]*\n\s*)*\\document(?:class|style)\b")),
    ("org", re.compile(r"\s*#\+(?:title|author|date|startup|options|filetags):", re.IGNORECASE)),
    ("asciidoc", re.compile(r"\s*= \S[^\n]*\n(?:[^\n]+\n)*:[\w-]+:")),
)
_REMARKS = r"(?:(?://[^\n]*\n|/\*(?:(?!\*/).)*\*/)\s*)*"
_KINDS = (
    ("a document that dg cannot read", re.compile(r"%PDF-|%!PS|\{\\rtf")),
    (
        "a program",
        re.compile(r"#!\s*/|<\?php|\s*(?:#include\s*[<\"]|#ifndef \w+\s*\n#define |package \w+;?\s*\n\s*import )"),
    ),
    (
        "a patch",
        re.compile(
            r"(?:diff --git |diff -\w+ |Index: \S[^\n]*\n=+\s*\n|--- \S[^\n]*\n\+\+\+ \S|(?:# HG changeset patch\n))"
        ),
    ),
    (
        "a list of commits to rebase",
        re.compile(r"(?:pick|p|reword|r|edit|e|squash|s|fixup|f|drop|d) [0-9a-f]{7,40} \S"),
    ),
    (
        "a licence",
        re.compile(
            r"\s*(?:the )?(?:(?:MIT|ISC|zlib|Boost Software|Apache|(?:BSD )?\d-Clause(?: BSD)?|Unlicense)"
            r"(?: licen[cs]e)?|GNU (?:Affero |Lesser |Library )?General Public License|Mozilla Public License"
            r"|Creative Commons[^\n]{1,60})"
            r"(?: \(\w+\)|[ ,-]*(?:version )?v?\d(?:\.\d)?)*[ \t]*(?:Legal Code)?[ \t]*[\r\n]\s*"
            r"(?:=+\s*)?(?:Version \d|Copyright|By exercising|This license|http)",
            re.IGNORECASE,
        ),
    ),
    ("XML", re.compile(r"\s*<\?xml\s")),
    ("a catalogue of translations", re.compile(r"\s*(?:#[^\n]*\n)*msg(?:id|ctxt) \"")),
    (
        "data",
        re.compile(r"BEGIN:V(?:CALENDAR|CARD)\r?\n|\s*@(?:article|book|misc|inproceedings|online|string)\s*\{", re.I),
    ),
    (
        "a file of settings",
        re.compile(r"\s*(?:[;#][^\n]*\n\s*)*\[[\w.\" -]+\]\s*\n(?:\s*[;#][^\n]*\n)*[ \t]*[\w.-]+[ \t]*="),
    ),
    (
        "a key or a message in armour",
        re.compile(r"\s*-----BEGIN (?:[A-Z0-9 ]*KEY|CERTIFICATE|PGP MESSAGE)[A-Z ]*-----"),
    ),
    ("data", re.compile(rf"\s*{_REMARKS}\{{[ \t]*\r?\n\s*{_REMARKS}\w+\s*:\s", re.DOTALL)),  # JSON5
    (
        "a program",  # that makes an image
        re.compile(
            r"(?:(?:#|ARG )[^\n]*\n|\s*\n)*FROM \S+(?: AS \S+)?\s*\n\s*(?:RUN|COPY|ADD|WORKDIR|ENV|ARG|LABEL|USER|CMD) "
        ),
    ),
    ("a game of chess", re.compile(r"\s*\[Event \"")),
    ("a tune", re.compile(r"X:\s*\d+[ \t]*\r?\n(?:[A-Z]:[^\n]*\n)*K:")),
    ("subtitles of another kind", re.compile(r"\s*\d+:\d\d:\d\d\.\d{3},\d+:\d\d:\d\d\.\d{3}\s*\n|\s*\[Script Info\]")),
    ("a manual page", re.compile(r"(?:\.\\\"[^\n]*\n|'\\\"[^\n]*\n)*\.(?:TH|Dd|SH) ")),
)
_JSON = re.compile(rf"\s*{_REMARKS}(?:\{{\s*{_REMARKS}(?:[\"}}]|\w+\s*:|\Z)|\[\s*[\[{{\"\d\]-])", re.DOTALL)
_REMARK = re.compile(r"(?P<string>\"(?:[^\"\\\n]|\\.)*\")|//[^\n]*|/\*.*?\*/", re.DOTALL)
_LAST_COMMA = re.compile(r",(\s*[\]}])")
_STATEMENTS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign)
_YAML_KEY = re.compile(r"[a-z_][A-Za-z0-9_-]*:(?:[ \t]|$)")
_YAML_BELOW = re.compile(r"[ \t]+\S|-[ \t]+\S")
_SEPARATORS = (",", ";", "\t", "|")
_HEADER = re.compile(r"^(?:[A-Za-z][\w-]*:[ \t].*|[ \t]*>.*)$", re.MULTILINE)
_PLAIN = re.compile(r"[(\[\"'“‘«„*_-]*[^\W\d_]+(?:['’-][^\W\d_]+)*[)\]\"'”’».,;:!?…*_-]*")


def reader_for(text: str) -> Literal["html", "subtitles", "latex", "org", "asciidoc"] | None:
    """The format of a text that begins as only texts of that format do."""
    text = text[:_LONGEST].removeprefix(MARK)
    return next((format for format, pattern in _READERS if pattern.match(text)), None)


def kind_of_data(text: str) -> str:
    """What a text is that is certainly no prose; nothing if it may be some."""
    text = text.removeprefix(MARK)
    head = text[:_LONGEST]
    for kind, pattern in _KINDS:
        if pattern.match(head):
            return kind
    if may_be_json(text) and _is_json(text):
        return "JSON"
    if _is_python(head) or begins_with_rules(head.splitlines()):
        return "a program"
    if _is_yaml(head):
        return "YAML"
    return "a table" if _is_table(head) else ""


def looks_like_prose(text: str) -> bool:
    """Whether most of a text is words, as far as headers and quotations leave a doubt."""
    between = _HEADER.sub("", text[:_LONGEST]).split()
    return sum(bool(_PLAIN.fullmatch(each)) for each in between) >= _PROSE_SHARE * len(between)


def begun(lines: Iterable[str]) -> tuple[str, Iterator[str]]:
    """The first paragraph of a text that comes, and all its lines; of a Makefile a few, of what may be JSON all."""
    lines, head, found, paragraphs = iter(lines), [], False, 0
    for line in lines:
        head.append(line)
        if found and BLANK.fullmatch(line):
            paragraphs += 1
            text = "".join(head)
            if not (may_be_json(text) or (paragraphs < _FEW and may_be_rules(text.splitlines()))):
                break
        found = found or not BLANK.fullmatch(line)
    return "".join(head), chain(head, lines)


def may_be_json(text: str) -> bool:
    """Whether a text begins as JSON does."""
    return bool(_JSON.match(text.removeprefix(MARK)))


def _is_json(text: str) -> bool:
    """Whether a text is JSON, with remarks or without, or its first lines are."""
    bare = _REMARK.sub(lambda match: match["string"] or " ", text)
    try:
        json.loads(_LAST_COMMA.sub(r"\1", bare))
    except (ValueError, RecursionError):
        pass
    else:
        return True
    lines = text.split("\n", 2)
    try:
        return len(lines) > 1 and all(isinstance(json.loads(line), dict | list) for line in lines[:2])
    except (ValueError, RecursionError):
        return False


def _is_python(text: str) -> bool:
    """Whether a text is a program of more than a line that a person may have meant as words."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return sum(isinstance(each, _STATEMENTS) for each in body) > 1 or any(
        isinstance(each, ast.FunctionDef | ast.ClassDef) for each in body
    )


def _is_yaml(text: str) -> bool:
    """Whether all lines of a paragraph are keys, entries of lists or what is indented below, as no letter has it."""
    lines = [line for line in takewhile(str.strip, text.strip().splitlines()) if line[0] != "#"]
    keys = [line for line in lines if _YAML_KEY.match(line)]
    nests = any(a.rstrip().endswith((":", "|", ">")) and _YAML_BELOW.match(b) for a, b in pairwise(lines))
    return len(keys) > 2 and nests and all(_YAML_KEY.match(line) or _YAML_BELOW.match(line) for line in lines)


def _is_table(text: str) -> bool:
    """Whether all lines, at least three, have the same number of cells."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 3:
        return False
    return any(_is_table_of(lines[:-1], separator) for separator in _SEPARATORS)


def _is_table_of(lines: Sequence[str], separator: str) -> bool:
    """Whether lines, of which the last may be cut off, are rows of as many cells, of which none begins with a blank."""
    try:
        rows = list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return False
    least = 2 if separator == "\t" else 3
    return (
        {len(row) for row in rows} == {len(rows[0])}
        and len(rows[0]) >= least
        and not any(cell.startswith(" ") for row in rows for cell in row)
    )
