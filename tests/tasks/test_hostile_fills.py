"""A model that writes what breaks files: whatever it writes, a file says the same beside the fill, or the mark stays.

The parsers that are asked are not those of the package.
"""

from __future__ import annotations

import ast
import configparser
import csv
import io
import json
import re
import shlex
from collections.abc import Callable, Collection, Hashable
from html.parser import HTMLParser

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dgcli.platform.toml import parse_toml
from dgcli.tasks.infill.infill import infill
from dgcli.text.marks import find_marks
from tests.fakes import Letters, Parrot, finished
from tests.tasks.test_infill import session


class Headstrong(Letters):
    """Its tokens cannot be told by what they hold: nothing is kept from being proposed."""

    line_breaking: frozenset[int] = frozenset()

    def holding(self, strings: Collection[str]) -> frozenset[int]:
        return frozenset()


def _markdown(text: str) -> Hashable:
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    inline = [[child.type for child in token.children or () if child.type != "text"] for token in tokens]
    return str([(token.type, token.level, token.info, kinds) for token, kinds in zip(tokens, inline, strict=True)])


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(f"{tag} {[name for name, _ in attrs]}")

    def handle_endtag(self, tag: str) -> None:
        self.found.append(f"/{tag}")

    def handle_comment(self, data: str) -> None:
        self.found.append("comment")


def _shape(value: object) -> object:
    """Keys and types, and strings as far as they have no fill."""
    if isinstance(value, dict):
        return [(key, _shape(inner)) for key, inner in value.items()]
    return (
        [_shape(inner) for inner in value]
        if isinstance(value, list)
        else _SCALARS.get(type(value), type(value).__name__)
    )


_SCALARS: dict[type, str] = dict.fromkeys((str, int, float), "a word or a number")  # where either may stand


def _yaml(text: str) -> object:
    return _shape(yaml.safe_load(text))


def _front_matter(text: str) -> object:
    head, body = text[4:].split("\n---\n")
    return _yaml(head), _markdown(body)


def _script(text: str) -> object:
    return re.fullmatch(r'<script>let x = "[^"\\<\n]*"; f\(\);</script>\n', text) is None


def _csv(text: str) -> object:
    return [len(row) for row in csv.reader(io.StringIO(text, newline=""))]


def _org(text: str) -> object:
    return re.sub(r"[^|*=~\n{}<>\[\]]", "", text)


def _rst(text: str) -> object:
    return re.sub(r"[^|*`_:\n\\]|:(?!:)", "", text)


def _drawn(text: str) -> object:
    """Whether all lines are of one length, as with a word in the hole they are not."""
    return {len(line) for line in text.splitlines()} - {len(text.splitlines()[0]), len("| so word    | x |")}


def _cards(text: str) -> object:
    """Names, parameters and the number of values of each line, with those that go on behind a fold."""
    lines = re.sub(r"\n[ \t]", "", text).split("\n")
    names = [[each.partition("=")[0] for each in line.partition(":")[0].split(";")] for line in lines]
    return names, [re.findall(r"\\.|[,;\\]", line) for line in lines]


def _keys(text: str) -> object:
    return len(yaml.safe_load(text)) == 2 or "word: y" in text


def _python(text: str) -> str:
    return re.sub(r"value='(?:[^'\\]|\\.)*'|value=\"[^\"]*\"", "value=…", ast.dump(ast.parse(text)))


def _settings(text: str) -> Hashable:
    parser = configparser.ConfigParser(inline_comment_prefixes=("#", ";"))
    parser.read_string(text)
    return str(
        [(section, [(key, bool(value)) for key, value in parser.items(section)]) for section in parser.sections()]
    )


def _messages(text: str) -> Hashable:
    """Each line is an entry's, with one whole string, and its directives are those of the other."""
    return str(
        [
            re.fullmatch(r'(msgid|msgstr) "(?:[^"\\%{}]|\\[n"])*"|#.*|', line) and line.partition(" ")[0]
            for line in text.split("\n")
        ]
    )


def _tex(text: str) -> Hashable:
    return "".join(re.findall(r"%(?=.*\n)|[$&#_\\{}^~\n]", re.sub("%.*", "%", text)))


def _c(text: str) -> Hashable:
    """What is a string and what a comment, whichever begins first; no string may have a conversion (`%`)."""
    part = re.compile(r'"(?:[^"\\\n]|\\n)*"|/\*.*?\*/|//[^\n]*', re.DOTALL)
    strings = [found for found in part.findall(text) if found.startswith('"')]
    return part.sub(lambda match: "S" if match[0][0] == '"' else "C", text), ["%" in string for string in strings]


def _sql(text: str) -> Hashable:
    return re.sub(r"'[^'\n]*'|--[^\n]*|/\*.*?\*/", lambda match: match[0][0], text, flags=re.DOTALL)


Reads = Callable[[str], object]
FILES: list[tuple[str, str, Reads]] = [
    ("a.md", "The mill [[?]] stands.\n\n- so [[?]]\n- it\n", _markdown),
    ("a.md", "| a | b |\n|---|---|\n| [[?]] | x |\n| y | z [[?]] |\n", _markdown),
    ("a.md", "See [the [[?]] page](x.md) and [it](y/[[?]]).\n", _markdown),
    ("a.md", "So.[^1]\n\n[^1]: It [[?]] so.\n\n# [[?]]\n\n> [[?]]\n", _markdown),
    ("a.md", '---\ntitle: "[[?]]"\nx: [[?]]\n---\n\nSo [[?]] it.\n', _front_matter),
    ("a.html", '<p title="[[?]]">x [[?]]</p><!-- [[?]] --><b>y</b>\n', lambda text: _Tags(text).found),
    ("a.html", '<script>let x = "[[?]]"; f();</script>\n', _script),
    ("a.py", 'def f():\n    """So [[?]]."""\n    return "[[?]]"  # [[?]]\n', _python),
    ("a.json", '{"a": "x [[?]]", "b": ["[[?]]", 1]}\n', lambda text: _shape(json.loads(text))),
    ("a.toml", "a = \"x [[?]]\"  # [[?]]\nb = '[[?]]'\n", lambda text: _shape(parse_toml(text))),
    ("a.yaml", "a: so [[?]]\nb: '[[?]]'\nc: |\n  x [[?]]\nd: [x, y [[?]]]\n", _yaml),
    ("a.po", '# [[?]]\nmsgid "a [[?]]"\nmsgstr "[[?]]"\n', _messages),
    ("a.csv", 'a,b\nx,so [[?]]\n"y [[?]]",z\n', _csv),
    ("a.sh", "echo \"so [[?]]\" 'it [[?]]'\nls\n", lambda text: len(shlex.split(text))),
    ("a.c", 'int a; /* [[?]] */\nint b; // [[?]]\nf("so [[?]]\\n");\n', _c),
    ("a.sql", "select 'so [[?]]' from t; -- [[?]]\nselect 1 /* [[?]] */;\n", _sql),
    ("a.ini", "[a]\nb = so [[?]]\nc = d\n; [[?]]\n", _settings),
    ("a.tex", "So [[?]] it.\n\n\\section{It [[?]]}\n% so [[?]]\n", _tex),
    ("a.org", "| a | [[?]] |\nSo [[?]] it.\n", _org),
    ("a.rst", "+-------------+---+\n| so [[?]]    | x |\n+-------------+---+\n", _drawn),
    ("a.ics", "BEGIN:VEVENT\nSUMMARY:so [[?]]\nDESCRIPTION:a\\, b\n  and [[?]]\nX;CN=[[?]]:y\nEND:VEVENT\n", _cards),
    ("a.yaml", "word: x\n[[?]]: y\n", _keys),
    ("a.rst", "[[?]]\n====\n\nSo [[?]] it::\n\n  x\n", _rst),
]  # fmt: skip
SIGNS = [*"\"'`\\%$&#_{}[]()<>|,;:=*~^/-+!?.@\n\t\x00\x1b", "*/", "-->", '"""', "```", "[[?]]", "${", "{{", "}}", "]("]
WORDS = ["word", " it", "yes ", "# ", "don't", "1.", "]]", "||", "\n\n", "- ", "\\n", "::", "%s", "word word "]
pieces = st.sampled_from([*SIGNS, *WORDS])
phrases = st.lists(pieces, min_size=1, max_size=8).map("".join)


@pytest.mark.parametrize(("name", "text", "reads"), FILES, ids=[f"{name} {text[:12]}" for name, text, _ in FILES])
@settings(max_examples=40, deadline=None)
@given(phrase=phrases, favourite=st.integers(1, 12))
@example(phrase="*/", favourite=4)  # ends a comment and opens another
def test_whatever_a_model_writes_a_file_says_the_same(
    name: str, text: str, reads: Reads, phrase: str, favourite: int
) -> None:
    engine = Parrot(Headstrong(), phrase=phrase, favourite=favourite, context_length=400)
    document = find_marks(text, name, code=[(0, len(text))] if name.endswith((".py", ".c", ".sh")) else ())
    _, result = finished(infill(session(engine), document, name=name))
    parts, end = [], 0
    for fill in result.fills:
        parts += [text[end : fill.span.start], "word" if fill.skipped else fill.text or "word"]
        end = fill.span.end
        assert fill.skipped or not re.search(r"\[\[|\]\]|```|[\x00\x1b]", fill.text)
    filled = "".join((*parts, text[end:]))
    assert result.text.count("[[?") == sum(fill.skipped for fill in result.fills)
    assert reads(filled) == reads(text.replace("[[?]]", "word"))
