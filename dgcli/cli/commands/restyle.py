"""`dg restyle`: rewrite the prose of a text in another register and leave everything else alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dgcli.cli import options, reading
from dgcli.cli.adapters import learned_registers, registers_with
from dgcli.cli.choose import BUNDLED_RESTYLE
from dgcli.cli.completing import registers as names
from dgcli.cli.config import read_settings, tell_faults
from dgcli.cli.filtering import filtering
from dgcli.cli.guard import guarded
from dgcli.cli.help import HOW, WHAT
from dgcli.cli.output.delivery import Delivery, closing
from dgcli.cli.restyling import Format, Sink, Text, opened
from dgcli.cli.serving import may_be_served
from dgcli.errors import ExitCode, UsageError
from dgcli.platform.environment import Environment
from dgcli.serve.jobs import LONGEST_TEXT
from dgcli.tasks.restyle.registers import Register, find_register
from dgcli.text.kept import compile_named

if TYPE_CHECKING:
    from dgcli.cli.session import Runner
    from dgcli.tasks.restyle.manner import Manner
    from dgcli.tasks.restyle.restyled import Totals

_OFFERED = 4  # rewritings to pick from beside the one that would be taken


@guarded
@filtering
@options.with_run
def restyle(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="The text; - or nothing for stdin.", show_default=False, readable=False),
    ] = None,
    register: Annotated[
        str | None,
        typer.Option(
            "--register",
            metavar="NAME|WORDS",
            autocompletion=names,
            help="How it should sound: a name of `dg registers`, or your own words. Default: config.toml.",
            show_default=False,
            rich_help_panel=WHAT,
        ),
    ] = None,
    strength: Annotated[
        float,
        typer.Option(
            "--strength",
            metavar="SHARE",
            min=0.0,
            max=1.0,
            help="How much may change: 0 nothing, 1 every word.",
            rich_help_panel=HOW,
        ),
    ] = 0.8,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            "--keep",
            metavar="REGEX",
            help="Keep what matches, such as names. Several may be given.",
            show_default=False,
            rich_help_panel=WHAT,
        ),
    ] = None,
    example: Annotated[
        list[str] | None,
        typer.Option(
            "--example",
            metavar="FROM=TO",
            help="Say TO instead of FROM, as an example. Several may be given.",
            show_default=False,
            rich_help_panel=HOW,
        ),
    ] = None,
    headings: Annotated[bool, typer.Option("--headings", help="Rewrite headings, too.", rich_help_panel=WHAT)] = False,
    format: Annotated[
        Format,
        typer.Option(
            "--format",
            metavar="NAME",
            help="How to read the text; auto: by the file's name and what is in it.",
            rich_help_panel=WHAT,
        ),
    ] = Format.auto,
    candidates: Annotated[
        int,
        typer.Option(
            "-n",
            "--candidates",
            metavar="N",
            min=1,
            max=99,
            help="Rewrite each passage N times, and take the best.",
            rich_help_panel=HOW,
        ),
    ] = 1,
    pick: Annotated[
        bool,
        typer.Option(
            "--pick", help="Choose for each paragraph in the terminal, or edit it there.", rich_help_panel=HOW
        ),
    ] = False,
    in_place: options.InPlace = False,
    backup: options.Backup = None,
    output: options.Output = None,
    force: options.Overwrite = False,
    diff: options.AsDiff = False,
    plain: options.Plain = False,
    *,
    run: options.RunOptions,
) -> None:
    """Rewrite the prose of a text in another register, block by block. Code, links, numbers and layout stay.

    It reads .md, .txt, .eml, .html, .srt, .vtt, .tex, .rst, .org, .adoc, .wiki and .gmi, and others with --format.
    """
    env: Environment = context.obj
    run = run.found(env).beside(env, prints=run.as_json or not (in_place or output))
    named, examples = compile_named(keep or (), "--keep"), tuple(map(_example, example or ()))
    wanted = _register(register, run.adapter or (), env, quiet=run.quiet)
    paths = paths or [reading.STDIN]
    delivery = Delivery("restyle", paths, in_place, backup, output, force, diff, run.as_json, pick=pick, plain=plain)
    delivery.check(run.record, env)
    streams = not (in_place or output or diff or run.as_json or env.mixed or pick)
    here = False
    if streams and reading.STDIN in paths and may_be_served(env, run):
        env, whole = reading.ahead(env, LONGEST_TEXT)
        here = not whole  # it is restyled as it comes
    texts = [opened(path, format, env, streams=streams, quiet=run.quiet) for path in paths]

    from dgcli.cli.picking import Picks, picker, register_kept
    from dgcli.cli.picks import keep_picks
    from dgcli.cli.session import Runner
    from dgcli.tasks.restyle.manner import Manner
    from dgcli.tasks.restyle.restyled import Restyled, Totals
    from dgcli.watch.offers import rewriting_lines

    too_long = any(text.source is not None and len(text.source.text) > LONGEST_TEXT for text in texts)
    session = Runner.open(
        env, run, "restyle", force=force, here=here or too_long or pick, prints=streams, bundled=BUNDLED_RESTYLE
    )
    manner = Manner.of(
        wanted,
        strength=strength,
        examples=examples,
        keep=named,
        headings=headings,
        candidates=candidates,
        spare=_OFFERED if pick else 0,
    )
    every = Totals()
    for text in texts:
        started = env.clock()
        sink = Sink(
            session, text, prints=streams, marks=delivery.marks(env), keeps=not streams or run.record is not None
        )
        picks = Picks(picker(env, rewriting_lines), env.teller(quiet=run.quiet))
        totals = _run(session, manner, text, sink, {"choose": picks} if pick else {})
        if not streams:
            assert text.source is not None
            result = Restyled.of(sink.kept)
            delivery.deliver(session, text.source, result.document, result, env.clock() - started)
        keep_picks([*picks.pairs(register_kept(wanted, env))], env, quiet=run.quiet)
        session.report(converged=totals.converged, steps=totals.steps_used)
        every += totals
        if totals.kept and not run.quiet:
            assert text.source is not None
            told = f"rewrote {totals.changed} of {totals.blocks} paragraphs of {text.source.name}"
            env.tell(f"dg: {told}; the others are as they were.")
        if totals.stopped:
            break
    if every.left and not pick:
        raise typer.Exit(ExitCode.PARTLY_DONE)
    if every.blocks and not (every.changed or every.kept or run.quiet):
        env.tell("dg: nothing was changed: the model found no better words. Try a larger --strength, or another model.")


def _run(session: Runner, manner: Manner, text: Text, sink: Sink, choosing: Mapping[str, Any]) -> Totals:
    """Restyle a text into a sink."""
    from dgcli.tasks.restyle.restyled import Restyled

    task = partial(
        session.model.restyle_lines,
        text.lines,
        manner,
        sink.write,
        seed=session.seed,
        format=text.format,
        at_once=text.source is not None,
        profile=session.profile,
        steps=session.options.steps,
        **choosing,
    )
    try:
        return session.run(task, lambda _: closing(Restyled.of(sink.kept)))
    except KeyboardInterrupt as error:
        if not sink.prints:
            raise
        session.env.tell("dg: interrupted; what was finished is on stdout.")
        raise typer.Exit(ExitCode.INTERRUPTED) from error


def _register(wanted: str | None, adapters: Sequence[str], env: Environment, *, quiet: bool) -> Register:
    """What was asked for, else the one that adapters have learned, else what config.toml says; these are told."""
    registers = registers_with(adapters, env)
    if wanted is not None:
        return find_register(wanted, registers)
    learned = learned_registers(adapters)
    if len(learned) == 1:
        (name,) = learned
        if not quiet:
            env.tell(f"dg: using the register “{name}”, which the adapter has learned; --register names another.")
        return registers[name]
    if (default := read_settings(env).register) is None:
        tell_faults(env, quiet=quiet)
        names = ", ".join(registers)
        raise UsageError("No register was named.", f"Choose from {names}, or describe one, as in --register formal.")
    if not quiet:
        env.tell(f"dg: using the register “{default}”, the default of config.toml; --register names another.")
    return find_register(default, registers)


def _example(text: str) -> tuple[str, str]:
    source, equals, target = text.partition("=")
    if not (equals and source.strip() and target.strip()):
        raise UsageError(f"{text!r} of --example is not FROM=TO.", 'Write it as in --example "can\'t=cannot".')
    return source.strip(), target.strip()
