"""The suffixes of files that people write in, by the name of their format."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WRITTEN: Mapping[str, str] = MappingProxyType(
    {
        "markdown": ".md .markdown .mdown .mkd .mkdn .mdwn .rmd .qmd",
        "mdx": ".mdx",
        "text": ".txt .text .eml .mbox .mail",
        "html": ".html .htm .xhtml",
        "subtitles": ".srt .vtt",
        "latex": ".tex .ltx .latex",
        "rst": ".rst .rest",
        "org": ".org",
        "asciidoc": ".adoc .asciidoc .asc",
        "mediawiki": ".wiki .mediawiki",
        "gemtext": ".gmi .gemini",
    }
)
