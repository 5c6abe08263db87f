"""`dg doctor`: what this machine can do with dg, and what to change."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from dgcli.cli import options
from dgcli.cli.guard import guarded
from dgcli.cli.help import WHAT
from dgcli.cli.output.lines import to_json
from dgcli.errors import ExitCode
from dgcli.platform.environment import Environment, visible

_MARKS = {"good": "✓", "note": "·", "bad": "✗"}


@guarded
def doctor(
    context: typer.Context,
    selftest: Annotated[
        bool,
        typer.Option(
            "--selftest",
            help="Compare what this device computes with recorded numbers (exit code 1 if it is wrong).",
            rich_help_panel=WHAT,
        ),
    ] = False,
    as_json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Look at processor, memory, BLAS, terminal, models and cache, measure the speed, and say what to do."""
    env: Environment = context.obj

    from dgcli.cli.checks import BAD, TESTED, findings, self_test

    found = []
    for finding in self_test(env) if selftest else findings(env):
        found.append(finding)
        if not as_json:
            advice = f"\n    → {finding.advice}" if finding.advice else ""
            line = f"{_MARKS[finding.state]} {finding.subject}: {finding.says}{advice}\n"
            env.write(visible(line).encode())
    if as_json:
        env.write(to_json({"findings": [asdict(finding) for finding in found]}))
    if any(finding.subject == TESTED and finding.state == BAD for finding in found):
        raise typer.Exit(ExitCode.FAILED)
