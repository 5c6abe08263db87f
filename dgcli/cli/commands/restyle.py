"""`dg restyle`: rewrite the prose of a text in another register and leave everything else alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dgcli.cli import options, reading
from dgcli.cli.choose import BUNDLED_RESTYLE
from dgcli.cli.config import registers_file
from dgcli.cli.filtering import filtering
from dgcli.cli.guard import guarded
from dgcli.cli.output.delivery import Delivery, closing
from dgcli.errors import ExitCode, InputError, UsageError
from dgcli.platform.environment import Environment, one_line
from dgcli.tasks.restyle.registers import Register, find_register, read_registers
from dgcli.text.kept import compile_named

if TYPE_CHECKING:
    from dgcli import api
    from dgcli.cli.session import Runner
    from dgcli.tasks.restyle.manner import Manner
    from dgcli.tasks.restyle.restyle import Block
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
            help="How it is to sound: a name of --list-registers, or any words.",
            show_default=False,
        ),
    ] = None,
    strength: Annotated[
        float,
        typer.Option(
            "--strength", metavar="SHARE", min=0.0, max=1.0, help="How much may change: 0 nothing, 1 every word."
        ),
    ] = 0.8,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            "--keep",
            metavar="REGEX",
            help="Keep what matches, such as names. Several may be given.",
            show_default=False,
        ),
    ] = None,
    example: Annotated[
        list[str] | None,
        typer.Option(
            "--example",
            metavar="FROM=TO",
            help="Say TO for FROM, as an example. Several may be given.",
            show_default=False,
        ),
    ] = None,
    headings: Annotated[bool, typer.Option("--headings", help="Rewrite headings, too.")] = False,
    format: Annotated[
        Format, typer.Option("--format", help="How to read the text; auto: by the file's name and what is in it.")
    ] = Format.auto,
    candidates: Annotated[
        int,
        typer.Option(
            "-n", "--candidates", metavar="N", min=1, max=99, help="Rewrite each passage so often, and take the best."
        ),
    ] = 1,
    list_registers: Annotated[
        bool, typer.Option("--list-registers", help="List the registers that have a name, and exit.")
    ] = False,
    in_place: options.InPlace = False,
    backup: options.Backup = None,
    output: options.Output = None,
    force: options.Overwrite = False,
    diff: options.AsDiff = False,
    *,
    run: options.RunOptions,
) -> None:
    """Rewrite the prose of a text in another register, block by block. Code, links, numbers and layout stay.

    Read are .md, .txt, .eml, .html, .srt, .vtt, .tex, .rst, .org and .adoc; others where --format says how.
    """
    env: Environment = context.obj
    registers = read_registers(registers_file(env))
    if list_registers:
        lines = (one_line(f"{name}: {each.description}") for name, each in registers.items())
        env.write("".join(f"{line}\n" for line in lines).encode())
        return
    wanted = _register(register, registers)
    named, examples = compile_named(keep or ()), tuple(map(_example, example or ()))
    paths = paths or [reading.STDIN]
    delivery = Delivery(paths, in_place, backup, output, force, diff, run.as_json)
    delivery.check(run.record, env)
    run = run.beside(env, prints=run.as_json or not (in_place or output))
    streams = not (in_place or output or diff or run.as_json or env.mixed)
    texts = [_text(path, format, env, streams=streams, quiet=run.quiet) for path in paths]

    from dgcli.cli.session import Runner
    from dgcli.tasks.restyle.manner import Manner
    from dgcli.tasks.restyle.restyle import Restyled

    session = Runner.open(env, run, force=force, prints=streams, bundled=BUNDLED_RESTYLE)
    manner = Manner(
        register=wanted.description,
        unlike=wanted.unlike,
        strength=strength,
        examples=examples,
        keep=named,
        headings=headings,
        candidates=candidates,
    )
    left = 0
    blocks = changed = 0
    for text in texts:
        started = env.clock()
        parts = _Parts(session, manner, text)
        if streams:
            written = _write(session, parts)
            session.report(converged=written.converged, steps=written.steps_used)
            left += written.left
            blocks += written.blocks
            changed += written.changed
        else:
            assert text.source is not None
            result = session.run("restyle", lambda show, parts=parts: Restyled.of(parts(show)), closing)
            delivery.deliver(session, text.source, result.document, result, env.clock() - started)
            session.report(converged=result.converged, steps=result.steps_used)
            left += sum(bool(block.faults) for block in result.fills)
            blocks += len(result.fills)
            changed += sum(block.text != block.old for block in result.fills)
    if left:
        raise typer.Exit(ExitCode.PARTLY_DONE)
    if blocks and not changed and not run.quiet:
        env.tell("dg: nothing was changed: the model finds no better words. Try a larger --strength, or another model.")


@dataclass(frozen=True)
class _Text:
    """A text, and how it is read."""

    lines: Iterable[str]
    format: blocks.Format
    source: reading.Source | None  # None: stdin as it comes


def _text(path: Path, format: Format, env: Environment, *, streams: bool, quiet: bool) -> _Text:
    """Open a text, and find out its format if none was given.

    Raises:
        InputError: it cannot be read, or is no prose.
        typer.Exit: what comes from stdin is no prose, and went to stdout as it was.
    """
    from dgcli.text.blocks.content import begun
    from dgcli.text.blocks.formats import format_in, format_of

    if streams and path == reading.STDIN:
        lines = reading.lines(env, quiet=quiet)
        if format is not Format.auto:
            return _Text(lines, format.value, None)
        head, lines = begun(lines)
        try:
            return _Text(lines, format_in(head, "stdin"), None)
        except InputError as error:
            env.tell(f"dg: {error.problem} {error.advice}")
            for line in lines:
                env.write(line.encode())
            raise typer.Exit(ExitCode.PARTLY_DONE) from error
    source = reading.read(path, env, quiet=quiet)
    if format is not Format.auto:
        known: blocks.Format = format.value
    else:
        known = format_in(source.text, "stdin") if path == reading.STDIN else format_of(path.name, source.text)
    return _Text([source.text], known, source)


@dataclass(frozen=True)
class _Parts:
    """The parts of a text in order, rewritten; a warning for each block that was left as it was."""

    session: Runner
    manner: Manner
    text: _Text

    def __call__(self, show: api.Show) -> Iterator[str | Block]:
        from dgcli import api

        env, options, source = self.session.env, self.session.options, self.text.source
        parts = api.restyled(
            self.session.model,
            self.text.lines,
            self.manner,
            seed=self.session.seed,
            format=self.text.format,
            at_once=source is not None,
            profile=self.session.profile,
            steps=options.steps,
            show=show,
        )
        doubted = False
        for part in parts:
            if not isinstance(part, str):
                doubted = doubted or self.session.doubt(part.old)
            if not isinstance(part, str) and part.faults and not options.quiet:
                name = "stdin" if source is None else source.name
                words = " ".join(part.old.split())
                words = words if len(words) <= _FIRST_WORDS else f"{words[:_FIRST_WORDS]}…"
                env.tell(
                    f"dg: {name}, line {part.line}: “{words}” was left as it was, or a part of it: {part.faults[0]}."
                )
            yield part


@dataclass
class _Written:
    """What was written to stdout."""

    text: str = ""  # only if it is recorded
    steps_used: int = 0
    converged: bool = True
    left: int = 0  # blocks as they were, for a reason that was told
    blocks: int = 0
    changed: int = 0


def _write(session: Runner, parts: Callable[[api.Show], Iterable[str | Block]]) -> _Written:
    """Write each part to stdout as soon as it is done."""
    written = _Written()

    def task(show: api.Show) -> _Written:
        for part in parts(show):
            text = part if isinstance(part, str) else part.text
            session.env.write(text.encode())
            if session.options.record is not None:
                written.text += text
            if not isinstance(part, str):
                written.steps_used += part.steps
                written.converged &= part.converged
                written.left += bool(part.faults)
                written.blocks += 1
                written.changed += part.text != part.old
        return written

    try:
        return session.run("restyle", task, closing)
    except KeyboardInterrupt as error:
        session.env.tell("dg: interrupted; what was finished is on stdout.")
        raise typer.Exit(ExitCode.INTERRUPTED) from error


def _register(wanted: str | None, registers: Mapping[str, Register]) -> Register:
    if wanted is None:
        names = ", ".join(registers)
        raise UsageError("No register was named.", f"Choose from {names}, or describe one, as in --register formal.")
    return find_register(wanted, dict(registers))


def _example(text: str) -> tuple[str, str]:
    source, equals, target = text.partition("=")
    if not (equals and source.strip() and target.strip()):
        raise UsageError(f"{text!r} of --example is not FROM=TO.", 'Write it as in --example "can\'t=cannot".')
    return source.strip(), target.strip()
