"""Texts that `dg restyle` works on: how each is read, and where its parts go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dgcli.cli import reading
from dgcli.cli.faults import advice_of
from dgcli.cli.output.marked import reworded, shown
from dgcli.errors import ExitCode, InputError
from dgcli.platform.environment import Environment

if TYPE_CHECKING:
    from dgcli.cli.session import Runner
    from dgcli.tasks.restyle.restyled import Part
    from dgcli.text import blocks

_FIRST_WORDS = 40  # characters of a block that name it


class Format(str, Enum):
    """How a text is read."""

    auto = "auto"
    markdown = "markdown"
    mdx = "mdx"
    text = "text"
    html = "html"
    subtitles = "subtitles"
    latex = "latex"
    rst = "rst"
    org = "org"
    asciidoc = "asciidoc"
    mediawiki = "mediawiki"
    gemtext = "gemtext"


@dataclass(frozen=True)
class Text:
    """A text, and how it is read."""

    lines: Iterable[str]
    format: blocks.Format
    source: reading.Source | None  # None: stdin as it comes


def opened(path: Path, format: Format, env: Environment, *, streams: bool, quiet: bool) -> Text:
    """Open a text, and find out its format if none was given.

    Raises:
        InputError: it cannot be read, or is not prose.
        typer.Exit: what comes from stdin is not prose, and went to stdout as it was.
    """
    from dgcli.text.blocks.content import begun
    from dgcli.text.blocks.formats import format_in, format_of

    if streams and path == reading.STDIN:
        lines = reading.lines(env, quiet=quiet)
        if format is not Format.auto:
            return Text(lines, format.value, None)
        head, lines = begun(lines)
        try:
            return Text(lines, format_in(head, "stdin"), None)
        except InputError as error:
            env.tell(f"dg: {error.problem} {advice_of(error)}")
            for line in lines:
                env.write(line.encode())
            raise typer.Exit(ExitCode.PARTLY_DONE) from error
    source = reading.read(path, env, quiet=quiet)
    if format is not Format.auto:
        known: blocks.Format = format.value
    else:
        known = format_in(source.text, "stdin") if path == reading.STDIN else format_of(path.name, source.text)
    return Text([source.text], known, source)


@dataclass
class Sink:
    """Where the parts of a text go, each as soon as it is done; what a person should know about them is told."""

    session: Runner
    text: Text
    prints: bool  # to stdout
    marks: bool  # what is new there
    keeps: bool  # for what is written or recorded in the end
    kept: list[Part] = field(default_factory=list)
    doubted: bool = False  # once in a text is enough

    def write(self, part: Part) -> None:
        env = self.session.env
        if not isinstance(part, str):
            self.doubted = self.doubted or self.session.doubt(part.old)
        if not isinstance(part, str) and part.faults and not self.session.options.quiet:
            name = "stdin" if self.text.source is None else self.text.source.name
            words = " ".join(part.old.split())
            words = words if len(words) <= _FIRST_WORDS else f"{words[:_FIRST_WORDS]}…"
            env.tell(f"dg: {name}, line {part.line}: “{words}” was left as it was, or a part of it: {part.faults[0]}.")
        if self.prints:
            env.write((_marked(part) if self.marks else part if isinstance(part, str) else part.text).encode())
        if self.keeps:
            self.kept.append(part)


def _marked(part: Part) -> str:
    return shown(part) if isinstance(part, str) else reworded(part.old, part.text)
