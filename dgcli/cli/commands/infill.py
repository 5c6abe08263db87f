"""`dg infill`: fill the marked holes of a document and leave every other byte alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dgcli.cli import options, reading
from dgcli.cli.filtering import filtering
from dgcli.cli.guard import guarded
from dgcli.cli.help import HOW, OUTPUT, WHAT
from dgcli.cli.holes import HoleChoice
from dgcli.cli.output.delivery import Delivery, closing
from dgcli.cli.output.remaining import remaining
from dgcli.errors import ExitCode, UsageError
from dgcli.platform.environment import Environment
from dgcli.serve.jobs import LONGEST_TEXT

if TYPE_CHECKING:
    from dgcli.tasks.infill.filled import Fill
    from dgcli.text.document import Document

_FORCE = (
    "Replace the file of -o if it is there; fill holes that remove more than 2,000 characters; "
    "load a model that may not fit into memory."
)
_OFFERED = 5  # fills to pick from


@guarded
@filtering
@options.with_run
def infill(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="The draft; - or a pipe for stdin.", show_default=False, readable=False),
    ] = None,
    in_place: options.InPlace = False,
    backup: options.Backup = None,
    output: options.Output = None,
    force: Annotated[bool, typer.Option("-f", "--force", help=_FORCE, rich_help_panel=OUTPUT)] = False,
    diff: options.AsDiff = False,
    alternatives: Annotated[
        int | None,
        typer.Option(
            "-n",
            "--alternatives",
            metavar="N",
            min=1,
            max=99,
            help="List N fills of each hole instead, or offer N with --pick.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    pick: Annotated[
        bool,
        typer.Option(
            "--pick", help="Choose the fill of each hole in the terminal, or edit it there.", rich_help_panel=HOW
        ),
    ] = False,
    lines: Annotated[
        str | None,
        typer.Option(
            "--lines",
            metavar="A-B",
            help="Without marks: rewrite these lines.",
            show_default=False,
            rich_help_panel=WHAT,
        ),
    ] = None,
    match: Annotated[
        str | None,
        typer.Option(
            "--match",
            metavar="REGEX",
            help="Without marks: rewrite every match.",
            show_default=False,
            rich_help_panel=WHAT,
        ),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(
            "--count",
            metavar="N",
            min=1,
            help="With --match: only the first N matches.",
            show_default=False,
            rich_help_panel=WHAT,
        ),
    ] = None,
    span: Annotated[
        str | None,
        typer.Option(
            "--span",
            metavar="A:B",
            help="Without marks: rewrite these characters.",
            show_default=False,
            rich_help_panel=WHAT,
        ),
    ] = None,
    hint: Annotated[
        str | None,
        typer.Option(
            "--hint",
            metavar="WORDS",
            help="What the chosen text should say instead.",
            show_default=False,
            rich_help_panel=WHAT,
        ),
    ] = None,
    strength: Annotated[
        float | None,
        typer.Option(
            "--strength",
            metavar="SHARE",
            min=0.0,
            max=1.0,
            help="How much of the chosen text may change: 0 nothing, 1 (the default) all.",
            show_default=False,
            rich_help_panel=HOW,
        ),
    ] = None,
    in_code: Annotated[
        bool, typer.Option("--in-code", help="Fill marks inside the code of Markdown, too.", rich_help_panel=WHAT)
    ] = False,
    marker: Annotated[
        str | None,
        typer.Option(
            "--marker",
            metavar="REGEX",
            help="What marks a hole instead of [[?]]; its groups `hint` and `words`, if any, are used.",
            show_default=False,
            rich_help_panel=WHAT,
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="List the marks that are left, and exit with 1 if there are any.", rich_help_panel=OUTPUT
        ),
    ] = False,
    plain: options.Plain = False,
    *,
    run: options.RunOptions,
) -> None:
    """Fill the holes of a draft, marked [[?]], [[? a hint]] or [[?~20]] (about 20 words). Nothing else changes."""
    env: Environment = context.obj
    if not paths and env.stdin.isatty():
        raise UsageError("No file was named.", "Name a draft, as in dg infill draft.md, or - to type one.")
    paths = paths or [reading.STDIN]
    run = run.found(env).beside(env, prints=run.as_json or not (in_place or output))
    choice = HoleChoice.of(
        *(lines, match, span),
        count=count,
        hint=hint,
        strength=strength,
        marker=marker,
        in_code=in_code,
        any_size=force,
    )
    if check:
        if in_place or output or diff or pick or run.as_json or run.record:
            others = "-i, -o, --diff, --pick, --json and --record"
            raise UsageError("--check lists the marks and writes nothing.", f"Leave out {others}.")
        left_over = remaining([reading.read(path, env, quiet=run.quiet) for path in paths], choice)
        env.write("".join(left_over).encode())
        raise typer.Exit(ExitCode.FAILED if left_over else ExitCode.DONE)
    delivery = Delivery("infill", paths, in_place, backup, output, force, diff, run.as_json, alternatives, pick, plain)
    delivery.check(run.record, env)
    sources = [reading.read(path, env, quiet=run.quiet) for path in paths]
    documents = [choice.document(source) for source in sources]

    from dgcli.cli.picking import Picks, picker
    from dgcli.cli.picks import keep_picks
    from dgcli.cli.session import Runner
    from dgcli.watch.offers import fill_lines

    too_long = any(len(document.text) > LONGEST_TEXT for document in documents)
    prints = not (in_place or output or run.as_json)
    session = Runner.open(env, run, "infill", force=force, here=pick or too_long, prints=prints)
    if not run.quiet:
        for source, document in zip(sources, documents, strict=True):
            if (found := choice.found(document, source)) is not None:
                env.tell(f"dg: {found}")
    any(session.doubt(document.text) for document in documents)
    left = 0  # holes as they were
    for source, document in zip(sources, documents, strict=True):
        started = env.clock()
        picks = Picks(picker(env, fill_lines))
        choosing: dict[str, Any] = {"choose": picks} if pick else {}
        task = partial(
            session.model.infill,
            document,
            seed=session.seed,
            profile=session.profile,
            steps=run.steps,
            marker=choice.marker,
            alternatives=alternatives or (_OFFERED if pick else 1),
            strength=1.0 if strength is None else strength,
            name=source.name,
            **choosing,
        )
        result = session.run(task, closing)
        delivery.deliver(session, source, document, result, env.clock() - started)
        keep_picks([*picks.fills(document)], env, quiet=run.quiet)
        session.report(converged=result.converged, steps=result.steps_used)
        if pick:
            _tell_skipped(env, run, source.name, result.fills)
        else:
            left += sum(bool(fill.fault) for fill in result.fills)
            _tell_left(env, run, source.name, document, result.fills)
        if result.stopped:
            break
    if left:
        raise typer.Exit(ExitCode.PARTLY_DONE)


def _tell_skipped(env: Environment, run: options.RunOptions, name: str, fills: Sequence[Fill]) -> None:
    """Say how many holes of a file were filled, where a person skipped some."""
    holes, skipped = len(fills), sum(fill.skipped for fill in fills)
    if skipped and not run.quiet:
        env.tell(f"dg: filled {holes - skipped} of {holes} holes of {name}; the others are as they were.")


def _tell_left(env: Environment, run: options.RunOptions, name: str, document: Document, fills: Sequence[Fill]) -> None:
    """Say which holes of a file were left, and with -v, for which the first fills had no words."""
    for fill in fills:
        line = document.line_of(fill.span)
        if fill.again and run.verbose and not run.quiet:
            times = f"{fill.again} time{'s' if fill.again > 1 else ''}"
            env.tell(f"dg: {name}, line {line}: the first fills had no words; the hole was tried again {times}.")
        if fill.fault and not run.quiet:
            env.tell(f"dg: {name}, line {line}: the hole was left, as every fill {fill.fault}.")
