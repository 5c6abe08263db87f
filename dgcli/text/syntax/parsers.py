"""What the parser of its kind sees in a text: a row of entries, each a type and what stands there."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from dgcli.platform.toml import parse_toml
from dgcli.text.syntax.kinds import Kind

if TYPE_CHECKING:
    from markdown_it.token import Token

Entry = tuple[str, str]
DELIMITERS = ",;\t|"

_FOOTNOTE = re.compile(r"^([ \t>]*)\[(\^[^\]\s]+\]:)", re.MULTILINE)  # CommonMark takes it for the target of a link
_MARKDOWN_WORDS = ("text", "softbreak", "text_special")
# What names a message: its context, and the words to translate; of settings what stands before the first sign.
_MESSAGE = re.compile(
    r"^msgctxt[^\n]*\n(?:\"[^\n]*\n)*msgid[^\n]*(?:\n\"[^\n]*)*|^msgid[^\n]*(?:\n\"[^\n]*)*|^\"[^\n]*\"(?=\s*=)", re.M
)
_STRING = re.compile(r"(?:msgctxt|\"(?:[^\"\\\n]|\\.)*\")")
_SECTION = re.compile(r"^\[[^\]\n]*\][ \t]*$", re.MULTILINE)
_SETTING = re.compile(r"^[ \t]*([^\s#;!=:\[][^=:\n]*?)[ \t]*[=:]", re.MULTILINE)
_DATED = re.compile(  # what has a date as its value, which elsewhere is a slip
    r"(?:date|datum|fecha|time|created|updated|modified|published|issued|released?|lastmod|expir\w*|due|deadline|since"
    r"|until|born|died|start|end)(?:_?(?:at|on))?$",
    re.IGNORECASE,
)
_ODD_SCALARS = ("bool", "null", "timestamp", "merge")  # a word that YAML takes for something else


def entries(kind: Kind, text: str) -> tuple[Entry, ...] | None:
    """What a parser sees, in the order of the text; nothing for a kind that has no parser here.

    Raises:
        ValueError: it does not parse.
    """
    parse = _PARSERS.get(kind)
    if parse is None:
        return None
    try:
        return tuple(parse(text))
    except (SyntaxError, RecursionError, MemoryError, OverflowError, csv.Error) as error:
        raise ValueError(f"it is not {kind.value}") from error


def delimiter(text: str) -> str:
    """What parts the cells of a table in a file: that which stands most often in its first line."""
    first = text.partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def _markdown(text: str) -> Iterator[Entry]:
    from dgcli.text.blocks.structure import tokens_of

    for token in tokens_of(_FOOTNOTE.sub(r"\1(\2", text)):
        if token.type == "inline":
            yield from _inline(token.children or [])
        else:
            yield token.type, f"{token.tag} {token.level} {token.markup} {token.info}"
            yield from _attributes(token)
            if token.content:
                yield f"{token.type} content", token.content


def _inline(tokens: Iterable[Token]) -> Iterator[Entry]:
    words = ""
    for token in tokens:
        if token.type in _MARKDOWN_WORDS:
            words += token.content or "\n"
            continue
        if words:
            yield "text", words
            words = ""
        yield token.type, token.markup
        yield from _attributes(token)
        if token.type == "image":
            yield from _inline(token.children or [])
        elif token.content:
            yield f"{token.type} content", token.content
    if words:
        yield "text", words


def _attributes(token: Token) -> Iterator[Entry]:
    for key, value in sorted({**token.attrs, **token.meta}.items()):
        if key != "alt":  # the words of an image, which its children are
            yield key, str(value)


class _Html(HTMLParser):
    """Tags, attributes, words, comments."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[Entry] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(("tag", tag))
        for name, value in attrs:
            self.found += (("attribute name", name), ("attribute", value or ""))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(("end", tag))

    def handle_data(self, data: str) -> None:
        kind = "script" if self.cdata_elem in ("script", "style") else "text"
        before = self.found.pop()[1] if self.found and self.found[-1][0] == kind else ""
        self.found.append((kind, before + data))

    def handle_entityref(self, name: str) -> None:
        self.found.append(("entity", name))

    def handle_charref(self, name: str) -> None:
        self.found.append(("entity", name))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))

    def handle_decl(self, decl: str) -> None:
        self.found.append(("declaration", decl))

    def handle_pi(self, data: str) -> None:
        self.found.append(("instruction", data))

    def unknown_decl(self, data: str) -> None:
        self.found.append(("declaration", data))


def _html(text: str) -> list[Entry]:
    try:
        return _Html(text).found
    except AssertionError as error:  # a declaration that it gives up on
        raise ValueError("it is not HTML") from error


def _xml(text: str) -> Iterator[Entry]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("what a document type brings along is not read")
    builder = ElementTree.TreeBuilder(insert_comments=True, insert_pis=True)
    yield from _element(ElementTree.fromstring(text.lstrip("\ufeff"), ElementTree.XMLParser(target=builder)))


def _element(element: ElementTree.Element) -> Iterator[Entry]:
    if callable(element.tag):  # that is how a comment is told
        yield "comment", element.text or ""
    else:
        yield "tag", element.tag
        for name, value in element.attrib.items():
            yield "attribute name", name
            yield "attribute", value
        yield "text", element.text or ""
        for child in element:
            yield from _element(child)
        yield "end", element.tag
    yield "text", element.tail or ""


class _Pairs(list[tuple[str, Any]]):
    """What stands in an object, double keys included."""


def _json(text: str) -> Iterator[Entry]:
    yield from _value(json.loads(text, object_pairs_hook=_Pairs))


def _json_lines(text: str) -> Iterator[Entry]:
    for line in text.splitlines():
        yield "line", ""
        if line.strip():
            yield from _json(line)


def _toml(text: str) -> Iterator[Entry]:
    yield from _value(parse_toml(text))


def _value(value: Any) -> Iterator[Entry]:
    if isinstance(value, dict):
        value = _Pairs(value.items())
    if isinstance(value, _Pairs):
        yield "object", f"{len(value)} {len(dict(value))}"
        for key, inner in value:
            yield "key", key
            yield from _value(inner)
    elif isinstance(value, list):
        yield "list", str(len(value))
        for inner in value:
            yield from _value(inner)
    else:
        yield type(value).__name__, str(value)


def _yaml(text: str) -> Iterator[Entry]:
    import yaml

    resolve = yaml.SafeLoader("").resolve
    try:
        keys, above = _Keys(), ""
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            name, anchor, tag = type(event).__name__, getattr(event, "anchor", ""), getattr(event, "tag", "")
            yield from keys.after(event)
            if isinstance(event, yaml.ScalarEvent):
                read_as = resolve(yaml.ScalarNode, event.value, event.implicit).rpartition(":")[2]
                odd = read_as in _ODD_SCALARS and not (read_as == "timestamp" and _DATED.search(above))
                yield f"scalar {event.style or ''}", f"{anchor} {tag} {read_as if odd else ''}"
                yield "scalar", event.value
                above = event.value
            else:
                yield name, f"{anchor} {tag} {getattr(event, 'flow_style', '')}"
    except yaml.YAMLError as error:
        raise ValueError("it is not YAML") from error


class _Keys:
    """The keys of the mappings of YAML that are open, by the events of its parser, which lets one come twice."""

    def __init__(self) -> None:
        self._open: list[tuple[bool, list[str]]] = []  # of each collection: whether it is a mapping, what is in it

    def after(self, event: Any) -> Iterator[Entry]:
        """How many keys a mapping has that ends with this event, and how many of them are different."""
        import yaml

        if isinstance(event, yaml.CollectionEndEvent):
            is_mapping, inside = self._open.pop()
            if is_mapping:
                yield from _names("keys", inside[::2])
        elif isinstance(event, yaml.NodeEvent):
            value = event.value if isinstance(event, yaml.ScalarEvent) else f"\0{event.start_mark.index}"
            if self._open:
                self._open[-1][1].append(value)
            if isinstance(event, yaml.CollectionStartEvent):
                self._open.append((isinstance(event, yaml.MappingStartEvent), []))


def _names(of: str, names: Sequence[str]) -> Iterator[Entry]:
    """Names that may each stand but once: how many there are, and how many different ones."""
    yield of, f"{len(names)} {len(set(names))}"


def _messages(text: str) -> Iterator[Entry]:
    yield from _names("messages", ["".join(_STRING.findall(match[0])) for match in _MESSAGE.finditer(text)])


def _settings(text: str) -> Iterator[Entry]:
    for section in _SECTION.split(text):
        yield from _names("settings", [match[1] for match in _SETTING.finditer(section)])


def _csv(text: str) -> Iterator[Entry]:
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text), strict=True):
        yield "row", str(len(row))
        for cell in row:
            yield "cell", cell


def _python(text: str) -> Iterator[Entry]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            yield type(node.value).__name__, repr(node.value)
        else:
            told = [value for _, value in ast.iter_fields(node) if isinstance(value, str | int)]
            yield type(node).__name__, repr(told)


_PARSERS: dict[Kind, Callable[[str], Iterable[Entry]]] = {
    Kind.MARKDOWN: _markdown,
    Kind.MDX: _markdown,
    Kind.HTML: _html,
    Kind.XML: _xml,
    Kind.JSON: _json,
    Kind.JSON_LINES: _json_lines,
    Kind.TOML: _toml,
    Kind.YAML: _yaml,
    Kind.CSV: _csv,
    Kind.PYTHON: _python,
    Kind.MESSAGES: _messages,
    Kind.SETTINGS: _settings,
}


def roles(lexer: Any, text: str) -> str:
    """A letter for each character of a program: `s` in a string, `c` in a comment, `.` elsewhere."""
    from pygments.token import Comment, String

    found = ["."] * len(text)
    for start, kind, value in lexer.get_tokens_unprocessed(text):
        role = "s" if kind in String else "c" if kind in Comment and kind not in Comment.Preproc else "."
        if kind in String.Doc and value.lstrip()[:1] not in ("'", '"'):
            role = "c"  # as `///` of Rust
        if role != "." and not (kind in String.Interpol or kind in String.Symbol):
            found[start : start + len(value)] = role * len(value)
    return "".join(found)[: len(text)]


def opening_quote(text: str, role: str) -> str:
    """The quotation mark that opens the string in which a text ends; the letters of `role` are those of `text`."""
    start = len(role.rstrip("s"))
    match = re.search(r"\"\"\"|'''|[\"'`]", text[start:])
    return match.group() if match else ""
