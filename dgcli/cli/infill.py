"""`dg infill`: fill the marked holes of a document and leave every other byte alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dgcli.cli import files, options
from dgcli.cli.guard import guarded
from dgcli.diff import coloured, unified
from dgcli.document import Document
from dgcli.env import Environment
from dgcli.errors import UsageError
from dgcli.marks import MARK, choose_lines, choose_matches, choose_span, compile_marker, find_marks

if TYPE_CHECKING:
    from dgcli.cli.session import Session
    from dgcli.tasks.infill import Fill, Infilled

_OFFERED = 5  # fills to pick from
_MARKDOWN = {".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd"}


@guarded
def infill(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="FILE…", help="The draft; - for stdin.", show_default=False)],
    in_place: Annotated[bool, typer.Option("-i", "--in-place", help="Write the result over the file.")] = False,
    backup: Annotated[
        str | None,
        typer.Option(
            "--backup", metavar="SUFFIX", help="With -i, keep the old file as FILE+SUFFIX.", show_default=False
        ),
    ] = None,
    output: options.Output = None,
    force: Annotated[
        bool,
        typer.Option(
            "-f", "--force", help="Replace the file of -o without asking; load a model that may not fit into memory."
        ),
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Print what changes, for `patch -p1`; write no file.")] = False,
    alternatives: Annotated[
        int | None,
        typer.Option(
            "-n",
            "--alternatives",
            min=1,
            max=99,
            help="List so many fills of each hole instead, or offer so many with --pick.",
            show_default=False,
        ),
    ] = None,
    pick: Annotated[bool, typer.Option("--pick", help="Choose the fill of each hole in the terminal.")] = False,
    lines: Annotated[
        str | None,
        typer.Option("--lines", metavar="A-B", help="Without marks: rewrite these lines.", show_default=False),
    ] = None,
    match: Annotated[
        str | None,
        typer.Option("--match", metavar="REGEX", help="Without marks: rewrite every match.", show_default=False),
    ] = None,
    count: Annotated[
        int | None, typer.Option("--count", min=1, help="With --match: the first so many only.", show_default=False)
    ] = None,
    span: Annotated[
        str | None,
        typer.Option("--span", metavar="A:B", help="Without marks: rewrite these characters.", show_default=False),
    ] = None,
    hint: Annotated[
        str | None, typer.Option("--hint", help="What chosen text should say instead.", show_default=False)
    ] = None,
    in_code: Annotated[bool, typer.Option("--in-code", help="Fill marks inside the code of Markdown, too.")] = False,
    marker: Annotated[
        str | None,
        typer.Option(
            "--marker",
            metavar="REGEX",
            help="What marks a hole instead of [[?]]; its groups `hint` and `words`, if any, are used.",
            show_default=False,
        ),
    ] = None,
    model: options.Model = None,
    adapter: options.Adapters = None,
    steps: options.Steps = None,
    seed: options.Seed = None,
    animate: options.AnimateWhen = options.Animate.auto,
    view: options.ViewWanted = None,
    record: options.Record = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Fill the holes of a draft, marked [[?]], [[? a hint]] or [[?~20]] (about 20 words). Nothing else changes."""
    env: Environment = context.obj
    choice = _Choice.of(lines, match, span, count=count, hint=hint, marker=marker, in_code=in_code)
    delivery = _Delivery(in_place, backup, output, force, diff, alternatives, pick, as_json)
    delivery.check(paths, record, env)
    sources = [files.read(path, env) for path in paths]
    documents = [choice.document(source) for source in sources]

    from dgcli import api
    from dgcli.cli.session import Options, Session
    from dgcli.render.picker import Picker
    from dgcli.tasks.infill import take_the_best

    session = Session.open(
        env,
        Options(
            model=model,
            force=force,
            adapters=tuple(adapter or ()),
            steps=steps,
            seed=seed,
            animate=animate,
            view=view,
            record=record,
            as_json=as_json,
            quiet=quiet,
            verbose=verbose,
            prints=not (in_place or output or as_json),
        ),
    )
    for source, document in zip(sources, documents, strict=True):
        started = env.clock()
        task = partial(
            api.infill,
            session.model,
            document,
            seed=session.seed,
            steps=steps,
            marker=choice.marker,
            alternatives=alternatives or (_OFFERED if pick else 1),
            choose=Picker(env.stderr, env.make_way) if pick else take_the_best,
        )
        result = session.run("infill", task, _closing)
        delivery.deliver(session, source, document, result, env.clock() - started)
        session.report(converged=result.converged, steps=result.steps_used)


@dataclass(frozen=True)
class _Choice:
    """What is a hole: marks, or text chosen by one of --lines, --match and --span."""

    lines: str | None
    match: re.Pattern[str] | None
    span: str | None
    count: int | None
    hint: str
    marker: re.Pattern[str]
    in_code: bool

    @classmethod
    def of(
        cls,
        lines: str | None,
        match: str | None,
        span: str | None,
        *,
        count: int | None,
        hint: str | None,
        marker: str | None,
        in_code: bool,
    ) -> _Choice:
        ways = {"--lines": lines, "--match": match, "--span": span}
        chosen = [name for name, value in ways.items() if value is not None]
        if len(chosen) > 1:
            raise UsageError(f"{' and '.join(chosen)} were both given.", "Choose text in one way.")
        if count is not None and match is None:
            raise UsageError("--count was given without --match.", "It limits the matches of --match.")
        if hint is not None and not chosen:
            raise UsageError(
                "--hint was given without --lines, --match or --span.", "Write the hint into the mark: [[? a hint]]."
            )
        return cls(
            lines=lines,
            match=None if match is None else compile_marker(match),
            span=span,
            count=count,
            hint=hint or "",
            marker=MARK if marker is None else compile_marker(marker),
            in_code=in_code,
        )

    def document(self, source: files.Source) -> Document:
        """The source with its holes.

        Raises:
            InputError: it has none.
        """
        if self.lines is not None:
            return choose_lines(source.text, source.name, self.lines, self.hint)
        if self.match is not None:
            return choose_matches(source.text, source.name, self.match, self.hint, self.count)
        if self.span is not None:
            return choose_span(source.text, source.name, self.span, self.hint)
        markdown = source.path == files.STDIN or source.path.suffix.lower() in _MARKDOWN
        return find_marks(source.text, source.name, self.marker, in_code=self.in_code or not markdown)


@dataclass(frozen=True)
class _Delivery:
    """Where the result goes."""

    in_place: bool
    backup: str | None
    output: Path | None
    force: bool
    diff: bool
    alternatives: int | None
    pick: bool
    as_json: bool

    @property
    def lists(self) -> bool:
        """Whether alternatives are listed in place of the text."""
        return not self.pick and (self.alternatives or 1) > 1

    def check(self, paths: list[Path], record: Path | None, env: Environment) -> None:
        """Raises UsageError if the options do not fit together, or not to the streams."""
        if self.pick and not env.draws_on_stderr:
            raise UsageError("--pick needs a terminal on stderr.", "Use -n 5 to list alternatives instead.")
        places = [name for name, given in (("-i", self.in_place), ("-o", self.output), ("--diff", self.diff)) if given]
        if len(places) > 1:
            raise UsageError(f"{' and '.join(places)} were both given.", "Choose where the result goes.")
        if self.lists and places:
            raise UsageError(f"-n and {places[0]} were both given.", "Alternatives are listed on stdout.")
        if len(paths) > 1 and not (self.in_place or self.diff):
            raise UsageError("Several files were given without -i.", "Add -i to fill each in place, or give one file.")
        if len(paths) > 1 and record is not None:
            raise UsageError("One recording cannot hold several files.", "Record one file at a time.")
        if self.in_place and files.STDIN in paths:
            raise UsageError("stdin cannot be edited in place.", "Leave -i away: the result comes out on stdout.")
        if self.backup is not None and not self.in_place:
            raise UsageError("--backup was given without -i.", "Only -i replaces a file.")
        if self.backup is not None and (not self.backup or "/" in self.backup):
            raise UsageError(f"{self.backup!r} is no suffix of a file name.", "Use one such as --backup .bak.")

    def deliver(
        self, session: Session, source: files.Source, document: Document, result: Infilled, seconds: float
    ) -> None:
        """Write the result where it goes; on stdout, JSON, a diff or alternatives take the text's place."""
        env = session.env
        if self.as_json:
            from dgcli.cli.output import to_json

            env.write(to_json(_summary(session, source, document, result, seconds)))
        elif self.diff:
            changes = unified(document.text, result.text, source.name)
            env.write((coloured(changes) if env.colours_stdout else changes).encode())
        elif self.lists:
            env.write(_listing(document, result).encode())
        elif not self.in_place and self.output is None:
            env.write(result.text.encode())
        if self.in_place:
            files.replace(source, result.text, self.backup)
        elif self.output is not None:
            files.overwrite(self.output, result.text, env, force=self.force)


def _listing(document: Document, result: Infilled) -> str:
    """The alternatives of each hole, numbered; lines of a fill after its first are indented."""
    lines: list[str] = []
    for fill in result.fills:
        lines.append(f"line {document.line_of(fill.span)}: {' '.join(fill.old.split())}")
        for number, each in enumerate((fill, *fill.others), 1):
            text = "\n      ".join(each.text.splitlines())
            lines.append(f"  {number:2}. {text}")
    return "\n".join(lines) + "\n"


def _stop_reason(result: Infilled) -> str:
    return "settled" if result.converged else "steps"


def _closing(result: Infilled) -> dict[str, Any]:
    return {
        "result": result.text,
        "stop_reason": _stop_reason(result),
        "steps_used": result.steps_used,
        "converged": result.converged,
    }


def _summary(
    session: Session, source: files.Source, document: Document, result: Infilled, seconds: float
) -> dict[str, Any]:
    return {
        "file": source.name,
        "text": result.text,
        "spans": [
            {
                "start": fill.span.start,
                "end": fill.span.end,
                "line": document.line_of(fill.span),
                "old": fill.old,
                **_fill(fill),
                **({"alternatives": [_fill(other) for other in fill.others]} if fill.others else {}),
            }
            for fill in result.fills
        ],
        "seed": session.seed,
        "steps_used": result.steps_used,
        "converged": result.converged,
        "stop_reason": _stop_reason(result),
        "tokens": sum(fill.tokens for fill in result.fills),
        "seconds": round(seconds, 3),
        "model": session.name,
    }


def _fill(fill: Fill) -> dict[str, Any]:
    return {
        "new": fill.text,
        "length": fill.tokens,
        "score": round(fill.score, 4),
        "converged": fill.converged,
    }
