"""What a command takes, under headings: `--help`, the man page and the errors of a command line are made of it."""

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from dgcli.cli.suggest import did_you_mean

WHAT, HOW, OUTPUT, MODEL, DISPLAY = PANELS = "What", "How", "Output", "Model", "Display"
"""Headings of options, in this order."""
ARGUMENTS, COMMANDS, _OTHERS = "Arguments", "Commands", "Options"
_WIDEST = 30  # columns of the names; longer ones have a line of their own
_LARGE = 2**64 - 1
_BRIEF = 60  # characters


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it: names, and what is said of each."""

    title: str
    rows: tuple[tuple[str, str], ...]


Misused: Any = typer.BadParameter.__mro__[1]  # what typer raises where a command line cannot be read


class _Laid:
    """What commands and groups of them have in common."""

    params: list[Any]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        _write(sections(self, ctx), formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        items: list[Any] = super().shell_complete(ctx, incomplete)  # type: ignore[misc]
        for each in items:
            each.help = brief(each.help or "")
        return items

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        pieces = ["[OPTIONS]"]
        for each in self.params:
            if each.param_type_name == "argument":
                name = value_name(each) if each.required else f"[{value_name(each)}]"
                pieces.append(name if each.nargs == 1 else f"{name}...")
        return pieces


class Command(_Laid, TyperCommand):
    """A command whose help is laid out by `sections`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.allow_extra_args = True  # to say in our own words that there are too many
        with _in_context(ctx):
            rest: list[str] = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            ctx.fail(f"{rest[0]!r} is one argument too many; words that belong together stand in quotes.")
        return rest


class Group(_Laid, TyperGroup):
    """Commands whose help is laid out by `sections`, each with the whole of its summary."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [*_Laid.collect_usage_pieces(self, ctx), self.subcommand_metavar]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with _in_context(ctx):
            rest: list[str] = super().parse_args(ctx, args)
        return rest

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if not ctx.resilient_parsing and not args[0].startswith("-") and args[0] not in self.commands:
            ctx.fail(f"`{ctx.command_path}` has no command {args[0]!r}.{did_you_mean(args[0], self.commands)}")
        return super().resolve_command(ctx, args)


def sections(command: Any, context: Any) -> list[Section]:
    """Arguments, options by panel, and commands; headings below which nothing stands are left out."""
    rows: dict[str, list[tuple[str, str]]] = {title: [] for title in (ARGUMENTS, *PANELS, _OTHERS, COMMANDS)}
    shown = [each for each in command.get_params(context) if not getattr(each, "hidden", False)]
    rest = DISPLAY if any(_panel(each) for each in shown) else _OTHERS
    for each in shown:
        title = ARGUMENTS if each.param_type_name == "argument" else _panel(each) or rest
        rows[title].append((term(each), _said(each)))
    for name, each in getattr(command, "commands", {}).items():
        if not each.hidden:
            rows[COMMANDS].append((name, summary(each)))
    return [Section(title, tuple(below)) for title, below in rows.items() if below]


def summary(command: Any) -> str:
    """The first sentence of what a command does, whole."""
    text = str(command.short_help or " ".join((command.help or "").split("\n\n")[0].split()))
    return text.partition(". ")[0].removesuffix(".") + "."


def brief(text: str) -> str:
    """What a shell shows beside a name, where a second line would be taken for another name."""
    return textwrap.shorten(text, _BRIEF, placeholder="…")


def term(parameter: Any) -> str:
    """An argument, or an option with all its names and what stands behind it: -o, --output FILE."""
    if parameter.param_type_name == "argument":
        return value_name(parameter)
    names = [", ".join(sorted(each, key=len)) for each in (parameter.opts, parameter.secondary_opts) if each]
    return " / ".join(names) + ("" if parameter.is_flag else f" {value_name(parameter)}")


def value_name(parameter: Any) -> str:
    """What stands for a value: FILE."""
    return str(parameter.metavar or parameter.name.upper())


def expected(parameter: Any) -> str:
    """What values it takes, where that is not any text: a whole number from 1 to 99."""
    if names := choices(parameter):
        return ", ".join(names[:-1]) + f" or {names[-1]}" if names[1:] else names[0]
    low, high = bounds(parameter)
    if low is None and high is None:
        return ""
    return f"{'a whole number' if isinstance(low, int) else 'a number'}, {_between(low, high)}"


def choices(parameter: Any) -> list[str]:
    """The words that may be chosen from; none where anything may stand."""
    kind = getattr(parameter, "type_descriptor", None) or getattr(parameter, "type", None)
    return [str(each.value if isinstance(each, Enum) else each) for each in getattr(kind, "choices", None) or ()]


def bounds(parameter: Any) -> tuple[float | None, float | None]:
    """The smallest and the largest number that may be given."""
    kind = parameter if hasattr(parameter, "min") else getattr(parameter, "type", None)  # as typer has it now, or click
    return getattr(kind, "min", None), getattr(kind, "max", None)


def _said(parameter: Any) -> str:
    """The help, and behind it what values there are and which one holds if none is given."""
    found = []
    low, high = bounds(parameter)
    if choices(parameter):
        found.append(expected(parameter))
    elif low is not None or high is not None:
        found.append(_between(low, high))
    default = parameter.default
    if getattr(parameter, "show_default", False) and default is not None and not getattr(parameter, "is_flag", False):
        found.append(f"default: {default.value if isinstance(default, Enum) else default}")
    text = getattr(parameter, "help", "") or ""
    return f"{text}  [{'; '.join(found)}]" if found else text


def _between(low: float | None, high: float | None) -> str:
    if high is None:
        return f"{_number(low)} or more"
    return f"{_number(high)} or less" if low is None else f"{_number(low)} to {_number(high)}"


def _number(value: float | None) -> str:
    return "2^64-1" if value == _LARGE else f"{value:g}"


def _panel(parameter: Any) -> str | None:
    found: str | None = getattr(parameter, "rich_help_panel", None)
    return found


@contextlib.contextmanager
def _in_context(context: Any) -> Iterator[None]:
    """What cannot be read here knows of which command it is."""
    try:
        yield
    except Misused as error:
        error.ctx = error.ctx or context
        raise


def _write(found: Sequence[Section], formatter: Any) -> None:
    """With one column of names for arguments and options, and a narrower one for commands."""
    widths = {
        section.title: max(len(name) for other in found for name, _ in other.rows if _alike(section, other))
        for section in found
    }
    for section in found:
        with formatter.section(section.title):
            rows = [(name.ljust(min(_WIDEST, widths[section.title])), said) for name, said in section.rows]
            formatter.write_dl(rows, col_max=_WIDEST)


def _alike(one: Section, other: Section) -> bool:
    return (one.title == COMMANDS) == (other.title == COMMANDS)


def context_of(command: Any, name: str, parent: Any) -> Any:
    """The context in which a command's help is asked for."""
    return typer.Context(command, info_name=name, parent=parent)
