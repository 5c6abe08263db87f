"""Which format a text has, by the name of its file; what is no prose is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Literal, cast

from dgcli.errors import InputError
from dgcli.text.blocks.content import kind_of_data, looks_like_prose, reader_for
from dgcli.text.suffixes import WRITTEN

Format = Literal[
    "auto", "markdown", "mdx", "text", "html", "subtitles", "latex", "rst", "org", "asciidoc", "mediawiki", "gemtext"
]

_BY_SUFFIX = {suffix: cast("Format", format) for format, all in WRITTEN.items() for suffix in all.split()}

_CONVERT = "Turn it into text first, as in `pandoc FILE -t markdown`."
_REFUSED = {  # what a file is, what to do, and its suffixes; others are refused, too, but with fewer words
    ("a document of a word processor", _CONVERT): ".doc .docx .docm .dot .dotx .odt .ott .fodt .rtf .pages .epub .wpd",
    ("a document that dg cannot read", "Work on the text that it was made from."): (
        ".pdf .ps .dvi .djvu .xps .ppt .pptx .odp .key .xls .xlsx .ods .numbers .mobi .azw3"
    ),
    (
        "a picture, a sound or a film",
        "",
    ): ".png .jpg .jpeg .gif .webp .svg .ico .tiff .bmp .mp3 .wav .ogg .mp4 .mov .mkv",
    ("an archive", ""): ".zip .gz .bz2 .xz .zst .tar .tgz .7z .rar .jar .whl",
    ("a notebook", "Turn it into text first, as in `jupyter nbconvert --to markdown FILE`."): ".ipynb",
    ("a catalogue of translations", ""): ".po .pot .mo .xlf .xliff .strings .arb .resx",
    ("a table", ""): ".csv .tsv .psv .tab .parquet",
    ("data", ""): (
        ".json .jsonl .ndjson .json5 .jsonc .yaml .yml .toml .xml .plist .rss .atom .opml .sqlite .db .sql .geojson"
        " .kml .gpx .bib .ris .enw .ics .vcf .ldif .graphql .proto .lock"
    ),
    ("a file of settings", ""): ".ini .cfg .conf .cnf .config .properties .env .desktop .service .editorconfig .rc",
    ("a log", ""): ".log .trace .out .err",
    ("a patch", ""): ".diff .rej",
    ("a program", ""): (
        ".py .pyi .pyx .js .mjs .cjs .jsx .ts .tsx .c .h .cc .cpp .cxx .hpp .hh .m .mm .rs .go .java .kt .kts .scala"
        " .swift .rb .pl .pm .php .lua .r .jl .hs .lhs .ml .mli .fs .cs .vb .clj .cljs .el .lisp .scm .erl .ex .exs"
        " .dart .zig .nim .v .sv .vhd .asm .s .sh .bash .zsh .fish .ps1 .bat .cmd .awk .sed .vim .mk .cmake .gradle"
        " .tf .hcl .css .scss .sass .less .vue .svelte .astro .ejs .erb .hbs .j2 .jinja .jinja2 .twig .liquid .haml"
        " .pug .sty .cls .bst .dtx .mjml .wasm .rkt .d .pas .f90 .f .cu .glsl .sol"
    ),
}
_WHAT: Mapping[str, tuple[str, str]] = {suffix: what for what, all in _REFUSED.items() for suffix in all.split()}

# Names that say it, whatever their suffix.
_NO_PROSE = re.compile(
    r"(?:GNU)?makefile|(?:docker|container|gem|rake|vagrant|jenkins|proc|brew|just|pip|guard|cap|fast|pod|cask)file"
    r"|cmakelists\.txt|(?:.*[-_.])?(?:requirements|constraints)(?:[-_.].*)?\.txt|robots\.txt|sources\.txt|top_level\.txt"
    r"|git-rebase-todo|addp-hunk-edit\.diff|(?:licen[cs]e|copying|unlicense|eula)(?:[-_.][\w.-]+)?|codeowners|go\.(?:mod|sum)"
    r"|crontab|sudoers|fstab|hosts|passwd|group|shadow|known_hosts|authorized_keys|pkgbuild|configure|\.(?!plan$|signature$)[^.]*",
    re.IGNORECASE,
)
_PROSE = re.compile(
    r"(?:(?:COMMIT|MERGE|SQUASH|TAG|NOTES|EDIT|PULLREQ|ISSUE|RELEASE)_(?:EDIT)?(?:MSG|DESCRIPTION)|SQUASH_MSG|description"
    r"|read_?me(?:[-_ ]?first)?|notes?|to-?do|changelog|changes|history|news|authors|contributors|credits|thanks|faq"
    r"|contributing|hacking|install|about|acknowledg\w+|release[-_ ]?notes|diary|journal|letter|draft|ideas|blog|post"
    r"|(?:neo)?mutt-.*|\.plan)(?:\.[a-z]{2}(?:[-_][A-Za-z]{2})?)?",
    re.IGNORECASE,
)
# What programs and people put behind a name whose own suffix counts.
_BEHIND = re.compile(
    r"(?:~|\.(?:bak|backup|old|orig|new|tmp|temp|save|draft|copy|sw[op]|~\d+~))$|^#(?=.*#$)|(?<=.)#$", re.I
)
# What looks like a suffix and is none: a number, a date, more than a word; the names of temporary files.
_NO_SUFFIX = re.compile(r"\.(?:[\d_-]+|.*\s.*|)", re.DOTALL)
_TEMPORARY = re.compile(r"(?:tmp|temp|pico|nano|alpine|pine|tmpmsg|draft|mail|msg)[.-]\w+", re.IGNORECASE)


def named(name: str) -> Format:
    """The format that the suffix of a file's name tells; `auto` if it tells none."""
    return _BY_SUFFIX.get(PurePath(_bare(name)).suffix.lower(), "auto")


def format_of(name: str, text: str) -> Format:
    """The format of a file.

    The name decides, and where it leaves a doubt, what is in the file.

    Raises:
        InputError: it is no prose, or it is not known whether it is.
    """
    bare = _bare(name)
    suffix = PurePath(bare).suffix.lower()
    if _NO_PROSE.fullmatch(bare):
        raise _refusal(name, "is not prose by its name")
    known = _BY_SUFFIX.get(suffix)
    if known is not None and (known != "text" and suffix != ".asc"):
        return known
    if suffix in _WHAT:
        what, advice = _WHAT[suffix]
        raise _refusal(name, f"is {what}, not prose", advice)
    shown = format_in(text, name)
    if shown != "auto":
        return shown
    if known is not None:
        return known
    if suffix == ".patch" or _PROSE.fullmatch(bare) or _TEMPORARY.fullmatch(bare):
        return "auto"
    if suffix and not _NO_SUFFIX.fullmatch(suffix):
        raise _refusal(name, f"ends in {suffix}, which dg has no reader for")
    if looks_like_prose(text):
        return "auto"
    raise _refusal(name, "does not look like prose")


def format_in(text: str, name: str) -> Format:
    """The format of a text that plainly is of one; `auto` where it is not plain.

    Raises:
        InputError: it plainly is no prose.
    """
    if format := reader_for(text):
        return format
    if what := kind_of_data(text):
        raise _refusal(name, f"is {what}, not prose")
    return "auto"


def _bare(name: str) -> str:
    """A file's name without what was put behind it."""
    while (bare := _BEHIND.sub("", name)) and bare != name:
        name = bare
    return name


def _refusal(name: str, problem: str, advice: str = "") -> InputError:
    return InputError(
        f"{name} {problem}, so it was not restyled.",
        f"{advice} If it is prose after all, say how to read it, as in <format> text.".strip(),
    )
