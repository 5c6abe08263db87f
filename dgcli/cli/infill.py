"""`dg infill`: fill the marked holes of a document and leave every other byte alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dgcli.cli import files, options
from dgcli.cli.guard import guarded
from dgcli.document import MARK, Document, compile_marker, find_marks
from dgcli.env import Environment
from dgcli.errors import UsageError

if TYPE_CHECKING:
    from dgcli.cli.session import Session
    from dgcli.tasks.infill import Infilled


@guarded
def infill(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="FILE…", help="The draft; - for stdin.", show_default=False)],
    in_place: Annotated[bool, typer.Option("-i", "--in-place", help="Write the result over the file.")] = False,
    output: options.Output = None,
    force: Annotated[bool, typer.Option("-f", "--force", help="Replace the file of -o without asking.")] = False,
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
    steps: options.Steps = None,
    seed: options.Seed = None,
    animate: options.AnimateWhen = options.Animate.auto,
    record: options.Record = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Fill the holes of a draft, marked [[?]], [[? a hint]] or [[?~20]] (about 20 words). Nothing else changes."""
    env: Environment = context.obj
    _check(paths, in_place, output, record)
    pattern = MARK if marker is None else compile_marker(marker)
    sources = [files.read(path, env) for path in paths]
    documents = [find_marks(source.text, source.name, pattern) for source in sources]

    from dgcli import api
    from dgcli.cli.session import Options, Session, to_json

    session = Session.open(
        env,
        Options(
            model=model,
            steps=steps,
            seed=seed,
            animate=animate,
            record=record,
            as_json=as_json,
            quiet=quiet,
            verbose=verbose,
        ),
    )
    for source, document in zip(sources, documents, strict=True):
        started = env.clock()
        result = _fill(api, session, document, pattern)
        if as_json:
            env.write(to_json(_summary(session, source, document, result, env.clock() - started)))
        if in_place:
            files.replace(source, result.text)
        elif output is not None:
            files.overwrite(output, result.text, env, force=force)
        elif not as_json:
            env.write(result.text.encode())
        session.report(converged=result.converged, steps=result.steps_used)


def _fill(api: Any, session: Session, document: Document, pattern: Any) -> Infilled:
    result: Infilled = session.run(
        "infill",
        lambda show: api.infill(
            session.model, document, seed=session.seed, steps=session.options.steps, marker=pattern, show=show
        ),
        lambda result: {
            "result": result.text,
            "stop_reason": _stop_reason(result),
            "steps_used": result.steps_used,
            "converged": result.converged,
        },
    )
    return result


def _check(paths: list[Path], in_place: bool, output: Path | None, record: Path | None) -> None:
    if len(paths) > 1 and not in_place:
        raise UsageError("Several files were given without -i.", "Add -i to fill each in place, or give one file.")
    if len(paths) > 1 and record is not None:
        raise UsageError("One recording cannot hold several files.", "Record one file at a time.")
    if in_place and output is not None:
        raise UsageError("-i and -o were both given.", "Choose where the result goes.")
    if in_place and files.STDIN in paths:
        raise UsageError("stdin cannot be edited in place.", "Leave -i away: the result comes out on stdout.")


def _stop_reason(result: Infilled) -> str:
    return "settled" if result.converged else "steps"


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
                "new": fill.text,
                "length": fill.tokens,
                "score": round(fill.score, 4),
                "converged": fill.converged,
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
