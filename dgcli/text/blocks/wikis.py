"""Gemtext and MediaWiki, as far as their paragraphs are told from all else: each line, or each item, is one."""

from __future__ import annotations

import re

from dgcli.text.blocks.lightweight import Closes, Markup, nested, paired

GEMTEXT = Markup(
    foreign=re.compile(r"[#>]|=>[ \t]*\S*\s*$"),  # headings, quotations, links without a name
    item=re.compile(r"(?:\*|=>[ \t]*\S+)[ \t]+(?=\S)"),
    marks=re.compile(r"(?!)"),  # a line is told by how it begins, and nothing within it is more than words
    opening=paired((r"`{3}", r"^`{3}")),
    indented=True,
    apart="lines",
)

_ELEMENTS = "ref|nowiki|pre|code|syntaxhighlight|source|math|chem|poem|gallery|blockquote|score|timeline|templatedata"
_PARAMETERS = r"[ \t]*(?:\||!|\}\}|\{\{)|.*\|\}"  # of tables and templates
_PAIRS = paired(
    (r"[ \t:]*\{\|", r"^[ \t]*\|\}"),
    (rf".*?<(?P<what>{_ELEMENTS})\b[^<>]*(?<!/)>(?:(?!</(?P=what)).)*$", r"</WHAT\s*>"),
    (r".*?<!--(?:(?!-->).)*$", r"-->"),
)


def _opening(line: str) -> Closes | None:
    """What ends a table, an element, a comment, or a template that is not closed on its line."""
    return _PAIRS(line) or nested(lambda each: each.count("{{") - each.count("}}"), line)


MEDIAWIKI = Markup(
    foreign=re.compile(
        rf"[\W_]*$|=|{_PARAMETERS}|[ \t]+\S|%|[:;]|</?\w[^<>]*>\s*$|<!--.*-->\s*$|__\w+__\s*$|#\w+[ \t]*\[\["
        r"|\[\[\s*(?:Category|Kategorie|Catégorie|Categoría|Categoria|Категория|File|Image|Datei|Bild|Fichier|Archivo"
        r"|Immagine|Файл)\s*:"
        r"|.*~{3,5}|.*\b\d\d:\d\d, \d{1,2} \w+ \d{4} \([A-Z]{3,4}\)\s*$",  # what is signed is somebody's own
        re.IGNORECASE,
    ),
    spreads=re.compile(rf"(?!\{{\{{.*\}}\}}\s*$)(?:{_PARAMETERS})"),  # but for a template on a line of its own
    item=re.compile(r"(?:[*#]+|-)[ \t]*(?=[^\s*#:;-])"),
    marks=re.compile(
        rf"<(?P<element>{_ELEMENTS})\b[^<>]*(?<!/)>.{{0,2000}}?</(?P=element)\s*>|<!--.{{0,2000}}?-->|<[^<>\n]+>"
        r"|\[\[[^\[\]\n]+\]\](?:[^\W\d_]+)?|\[(?:\w+:)?//[^\[\]\n]*\]|\{\{(?:[^{}]|\{\{[^{}]*\}\})*\}\}"
        r"|&(?:#\d+|#[xX][0-9A-Fa-f]+|[A-Za-z]\w*);|__[A-Z]+__|'{2,5}|[\[\]{}<>|]",
        re.DOTALL | re.IGNORECASE,
    ),
    opening=_opening,
    apart="items",
)
