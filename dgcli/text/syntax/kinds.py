"""The kind of a file, by its name."""

from __future__ import annotations

from enum import Enum
from pathlib import PurePath
from typing import Any

from dgcli.text.suffixes import WRITTEN


class Kind(Enum):
    """How a file is read; the value names it to people."""

    MARKDOWN = "Markdown"
    MDX = "MDX"
    TEXT = "plain text"
    TEX = "TeX"
    RST = "reStructuredText"
    ORG = "Org"
    ASCIIDOC = "AsciiDoc"
    WIKI = "a wiki"
    ROFF = "a manual page"
    TYPST = "Typst"
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
    CARDS = "calendars and cards"
    PYTHON = "Python"
    CODE = "code"


_SUFFIXES = {
    Kind.MARKDOWN: WRITTEN["markdown"],
    Kind.MDX: WRITTEN["mdx"],
    Kind.TEXT: f"{WRITTEN['text']} {WRITTEN['gemtext']} .log .fountain",
    Kind.TEX: f"{WRITTEN['latex']} .sty .cls .dtx .bib",
    Kind.RST: WRITTEN["rst"],
    Kind.ORG: WRITTEN["org"],
    Kind.ASCIIDOC: WRITTEN["asciidoc"],
    Kind.WIKI: f"{WRITTEN['mediawiki']} .dokuwiki .textile .creole .tid",
    Kind.ROFF: ".1 .2 .3 .4 .5 .6 .7 .8 .9 .man .mdoc .roff .troff .tr .ms .me .mom",
    Kind.TYPST: ".typ",
    Kind.HTML: f"{WRITTEN['html']} .vue .svelte .astro .hbs .ejs .njk .jinja .jinja2 .j2 .liquid .erb .shtml"
    " .mustache .cshtml .razor .mako .mjml .heex .gotmpl",
    Kind.XML: ".xml .svg .xsl .xslt .xsd .plist .rss .atom .xliff .xlf .resx .dita .docbook .dbk .tei .fb2 .opf .ncx"
    " .kml .gpx .tmx .tbx .sdlxliff .opml .stringsdict .resw .xaml .csproj .fsproj .vbproj .vcxproj .props .targets"
    " .nuspec .storyboard .xib .fxml .ui .qrc .wsdl .musicxml .mml .ttml .dfxp .xmp .gml .tcx .xbel",
    Kind.JSON: ".json .ipynb .geojson .webmanifest .arb .jsonld .json5 .jsonc .xcstrings .har .topojson"
    " .code-workspace .sublime-settings .babelrc .avsc .excalidraw .mcmeta",
    Kind.JSON_LINES: ".jsonl .ndjson .jsonlines",
    Kind.TOML: ".toml",
    Kind.YAML: ".yaml .yml .cff .clang-format .yamllint .sublime-syntax",
    Kind.CSV: ".csv .tsv .tab .psv",
    Kind.MESSAGES: ".po .pot .strings",
    Kind.SUBTITLES: f"{WRITTEN['subtitles']} .sbv .ass .ssa",
    Kind.SETTINGS: ".ini .cfg .conf .properties .env .desktop .url .gitconfig .editorconfig .hgrc .pylintrc",
    Kind.CARDS: ".ics .ical .ifb .icalendar .vcf .vcard",
    Kind.PYTHON: ".py .pyi .pyw",
}
_KINDS = {suffix: kind for kind, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_OF_WORDS = frozenset(  # a mark may run over lines there, and one that is not closed is a slip
    (
        Kind.MARKDOWN,
        Kind.MDX,
        Kind.TEXT,
        Kind.RST,
        Kind.ORG,
        Kind.ASCIIDOC,
        Kind.WIKI,
        Kind.ROFF,
        Kind.TYPST,
        Kind.HTML,
        Kind.XML,
    )
)
_PROGRAMS = frozenset((".log", ".bib", ".sty", ".cls", ".dtx", ".vue", ".svelte", ".astro", ".ejs", ".erb"))


def is_of_words(name: str) -> bool:
    """Whether a file of this name is for words, so that all else is code or data: not where its suffix is unknown."""
    suffix = _suffix(name)
    kind = kind_of(name)
    return (kind in _OF_WORDS or kind is Kind.TEX) and suffix not in _PROGRAMS and (suffix in _KINDS or not suffix)


def _suffix(name: str) -> str:
    path = PurePath(name)
    return path.suffix.lower() or (path.name.lower() if path.name.startswith(".") else "")


def kind_of(name: str) -> Kind:
    """The kind of a file of this name; Markdown for a text that has none, plain text where nothing is known."""
    if name in ("", "stdin"):
        return Kind.MARKDOWN
    return _KINDS.get(_suffix(name)) or (Kind.CODE if lexer_of(name) else Kind.TEXT)


def lexer_of(name: str) -> Any:
    """A lexer of Pygments for a source file of this name, or None."""
    from pygments.lexers import find_lexer_class_for_filename  # takes a while, and prose needs none

    name = PurePath(name).name
    found = find_lexer_class_for_filename(f"{name[:-1]}R" if name.endswith(".r") else name)  # REBOL is rarer than R
    return found() if found else None


def lexer_named(language: str) -> Any:
    """A lexer of Pygments for a language, or None."""
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None
