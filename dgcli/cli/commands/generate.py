"""`dg generate`: write from a prompt."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from dgcli.cli import claims, options, reading, writing
from dgcli.cli.filtering import filtering
from dgcli.cli.guard import guarded
from dgcli.cli.help import WHAT
from dgcli.cli.progress import size
from dgcli.errors import InputError, UsageError
from dgcli.platform.environment import Environment


@guarded
@filtering
@options.with_run
def generate(
    context: typer.Context,
    prompt: Annotated[
        str | None, typer.Argument(metavar="PROMPT", help="What to write. With a pipe, its text is context.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            metavar="FILE",
            help="Read the prompt from FILE.",
            show_default=False,
            readable=False,
            rich_help_panel=WHAT,
        ),
    ] = None,
    letter: Annotated[  # of --file; not shown, as elsewhere -f is --force
        Path | None, typer.Option("-f", metavar="FILE", hidden=True, readable=False, rich_help_panel=WHAT)
    ] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option(
            "--max-tokens",
            metavar="N",
            min=1,
            help="Write at most N tokens. Default: the model's own limit.",
            show_default=False,
            rich_help_panel=WHAT,
        ),
    ] = None,
    stdin: Annotated[
        bool,
        typer.Option(
            "--stdin/--no-stdin",
            help="Take what comes through a pipe as context; with --no-stdin a `while read` loop keeps its lines.",
            rich_help_panel=WHAT,
        ),
    ] = True,
    output: options.Output = None,
    force: options.OverwriteAlone = False,
    *,
    run: options.RunOptions,
) -> None:
    """Write from a prompt: an argument, --file FILE, or stdin."""
    env: Environment = context.obj
    file = letter if file is None else file
    run = run.found(env).beside(env, prints=output is None)
    claims.check_apart(run.record, file, output)
    if output is not None:
        claims.claim(output, env, force=force)
    request = _request(prompt, file, env, stdin=stdin, quiet=run.quiet)

    from dgcli.cli.output.lines import to_json
    from dgcli.cli.session import Runner
    from dgcli.serve.answers import generated_json, passes

    session = Runner.open(env, run, "generate", force=force, tokens=max_tokens or 0, prints=not (output or run.as_json))
    session.doubt(request)
    started = env.clock()
    limit = session.model.answer_length if max_tokens is None else max_tokens
    result = session.run(
        partial(
            session.model.generate,
            request,
            seed=session.seed,
            max_tokens=limit,
            profile=session.profile,
            steps=run.steps,
        ),
        lambda result: {
            "result": result.text,
            "stop_reason": result.stop_reason,
            "steps_used": result.steps_used,
            "converged": result.converged,
            **passes(result),
        },
    )
    if result.again and not run.quiet:
        env.tell("dg: the model only thought at first; it was asked again, not to think.")
    text = result.text + "\n"
    if run.as_json:
        env.write(to_json(generated_json(result, seed=session.seed, seconds=env.clock() - started, model=session.name)))
    if output is not None:
        writing.overwrite(output, text)
    elif not run.as_json:
        env.write(text.encode())
    if result.stop_reason == "length" and not run.quiet:
        env.tell(f"dg: cut at {result.tokens} tokens; --max-tokens {2 * limit} allows more.")
    session.report(converged=result.converged, steps=result.steps_used)


def _request(prompt: str | None, file: Path | None, env: Environment, *, stdin: bool, quiet: bool) -> str:
    """The prompt; what comes through a pipe beside it is its context."""
    if prompt is not None and file is not None:
        raise UsageError("A prompt and --file were given.", "Give one of them.")
    if not stdin and (file == reading.STDIN or (prompt is None and file is None)):
        raise UsageError("--no-stdin leaves no prompt.", 'Give one, as in dg generate "A haiku about rain".')
    given = prompt if file is None else reading.read(file, env, quiet=quiet).text
    if given is None:
        given = reading.read(reading.STDIN, env, quiet=quiet).text
    elif stdin and file != reading.STDIN and reading.is_piped(env.stdin):
        piped = reading.read(reading.STDIN, env, quiet=quiet).text
        if piped.strip():
            given = f"{given}\n\n{piped}"
            if not quiet:
                env.tell(
                    f"dg: read {size(len(piped.encode()))} of standard input as context; --no-stdin leaves it alone."
                )
    if not given.strip():
        raise InputError("The prompt is empty.", 'Say what to write, as in dg generate "A haiku about rain".')
    return given
