"""The man page, made of what `--help` says. The build installs it; `python -m dgcli.cli.manual` prints it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

import dgcli
from dgcli.cli.help import COMMANDS, Section, context_of, sections

_FILES = (
    ("config.toml", "Settings: the default model, folders of models, looks. `dg config` says where it is."),
    ("registers.toml", "Registers of your own, beside config.toml."),
    ("~/.cache/dg/prompts", "What --cache keeps of prompts."),
    ("~/.local/state/dg/changes", "What -i changed, for `dg undo`; on macOS in ~/Library/Application Support."),
)
_VARIABLES = (
    ("DG_MODEL", "The model, where -m names none."),
    ("NO_COLOR", "No colours, if it is set and not empty."),
    ("VISUAL, EDITOR", "The editor for a fill that is edited by hand, and for settings."),
    ("HF_HUB_CACHE, HF_HOME", "Where models of the Hugging Face Hub are kept."),
    ("HF_ENDPOINT", "A mirror of the Hub."),
)


def manual() -> str:
    """The page as roff, for `man`."""
    from dgcli.cli.app import app

    group: Any = typer.main.get_command(app)
    root = typer.Context(group, info_name="dg", **group.context_settings)
    found = sections(group, root)
    lines = [
        f'.TH DG 1 "" "dg {dgcli.__version__}" "User Commands"',
        *(".SH NAME", f"dg \\- {_text(_first_small(group.help))}"),
        *(".SH SYNOPSIS", ".B dg", "[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGS\\fR]..."),
        ".SH OPTIONS",
        *(line for section in found if section.title != COMMANDS for line in _rows(section)),
        ".SH COMMANDS",
        *(line for name in group.commands for line in _command(group, root, name)),
        *(".SH EXIT STATUS", *_definitions(re.findall(r"(\d+) ([^,.]+)", str(group.epilog)))),
        *(".SH ENVIRONMENT", *_definitions(_VARIABLES)),
        *(".SH FILES", *_definitions(_FILES)),
    ]
    return "\n".join(lines) + "\n"


def _command(group: Any, parent: Any, name: str) -> Iterator[str]:
    """A command and those below it, each under a heading of its own."""
    _, command, _ = group.resolve_command(parent, [name])
    context = context_of(command, name, parent)
    yield f".SS {_text(context.command_path)}"
    yield f"\\fB{_text(context.command_path)}\\fR {_text(' '.join(command.collect_usage_pieces(context)))}"
    for paragraph in (command.help or "").split("\n\n"):
        yield from (".PP", _text(" ".join(paragraph.split())))
    for section in sections(command, context):
        if section.title != COMMANDS:
            yield from (".PP", f"\\fI{_text(section.title)}\\fR", *_rows(section))
    for each in getattr(command, "commands", {}):
        yield from _command(command, context, each)


def _rows(section: Section) -> Iterator[str]:
    return _definitions(section.rows)


def _definitions(rows: Any) -> Iterator[str]:
    for name, said in rows:
        yield from (".TP", f"\\fB{_text(name)}\\fR", _text(said))


def _first_small(text: str) -> str:
    text = " ".join(text.split()).removesuffix(".")
    return text[:1].lower() + text[1:]


def _text(text: str) -> str:
    """As roff prints it as it is: no line of it is a request."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain


if __name__ == "__main__":
    print(manual(), end="")
