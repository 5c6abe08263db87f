"""The kind of a file, by its name."""

from __future__ import annotations

from enum import Enum
from pathlib import PurePath
from typing import Any


class Kind(Enum):
    """How a file is read; the value names it to people."""

    MARKDOWN = "Markdown"
    MDX = "MDX"
    TEXT = "plain text"
    TEX = "TeX"
    RST = "reStructuredText"
    HTML = "HTML"
    XML = "XML"
    JSON = "JSON"
    JSON_LINES = "JSON lines"
    TOML = "TOML"
    YAML = "YAML"
    CSV = "CSV"
    MESSAGES = "a catalogue of messages"
    SUBTITLES = "subtitles"
    SETTINGS = "settings"
    PYTHON = "Python"
    CODE = "code"


_SUFFIXES = {
    Kind.MARKDOWN: "md markdown mdown mkd mkdn qmd rmd",
    Kind.MDX: "mdx",
    Kind.TEXT: "txt text eml mbox log adoc asciidoc org textile wiki mediawiki",
    Kind.TEX: "tex latex ltx sty cls dtx bib",
    Kind.RST: "rst rest",
    Kind.HTML: "html htm xhtml vue svelte astro hbs ejs njk jinja jinja2 j2 liquid erb",
    Kind.XML: "xml svg xsl xslt xsd plist rss atom xliff xlf resx dita docbook dbk tei fb2 opf ncx kml gpx",
    Kind.JSON: "json ipynb geojson webmanifest arb jsonld json5 jsonc",
    Kind.JSON_LINES: "jsonl ndjson",
    Kind.TOML: "toml",
    Kind.YAML: "yaml yml cff",
    Kind.CSV: "csv tsv tab psv",
    Kind.MESSAGES: "po pot strings",
    Kind.SUBTITLES: "srt vtt sbv ass ssa",
    Kind.SETTINGS: "ini cfg conf properties env desktop",
    Kind.PYTHON: "py pyi pyw",
}
_KINDS = {f".{suffix}": kind for kind, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}


def kind_of(name: str) -> Kind:
    """The kind of a file of this name; Markdown for a text that has none, plain text where nothing is known."""
    if name in ("", "stdin"):
        return Kind.MARKDOWN
    path = PurePath(name)
    suffix = path.suffix.lower() or (path.name.lower() if path.name.startswith(".") else "")
    return _KINDS.get(suffix) or (Kind.CODE if lexer_of(name) else Kind.TEXT)


def lexer_of(name: str) -> Any:
    """A lexer of Pygments for a source file of this name, or None."""
    from pygments.lexers import find_lexer_class_for_filename  # takes a while, and prose needs none

    found = find_lexer_class_for_filename(PurePath(name).name)
    return found() if found else None
