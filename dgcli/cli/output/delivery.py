"""Where a changed document goes, and in which form."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dgcli.cli import claims, reading, writing
from dgcli.cli.changes import Change, kept
from dgcli.cli.output.lines import to_json
from dgcli.cli.output.marked import filled
from dgcli.cli.output.seen import Seen
from dgcli.errors import UsageError
from dgcli.platform.environment import Environment, visible
from dgcli.serve.answers import Edited, edited_json, stop_reason
from dgcli.text.diff import coloured, unified
from dgcli.text.document import Document

if TYPE_CHECKING:
    from dgcli.cli.session import Runner


@dataclass(frozen=True)
class Delivery:
    """Where the results of `paths` go."""

    command: str
    paths: Sequence[Path]
    in_place: bool
    backup: str | None
    output: Path | None
    force: bool
    diff: bool
    as_json: bool
    alternatives: int | None = None
    pick: bool = False
    plain: bool = False

    def marks(self, env: Environment) -> bool:
        """Whether stdout is a terminal on which what is new may be marked."""
        return env.colours_stdout and not self.plain

    @property
    def lists(self) -> bool:
        """Whether alternatives are listed in place of the text."""
        return not self.pick and (self.alternatives or 1) > 1

    def check(self, record: Path | None, env: Environment) -> None:
        """Look at what was asked for, before any work is done for it.

        Raises:
            UsageError: the options do not fit together, or not to the streams.
            InputError: the result could not be written.
            typer.Abort: a file is there that is to stay.
        """
        self._check_form(env)
        self._check_files(record)
        suffix = self.backup if self.backup is not None else ""
        claims.check_apart(record, self.output, *self.paths, *(Path(f"{path}{suffix}") for path in self.paths))
        if self.output is not None:
            claims.claim(self.output, env, force=self.force)
        for path in self.paths:
            if self.in_place:
                claims.check_replaceable(path)

    def _check_form(self, env: Environment) -> None:
        """Raises UsageError where the result cannot have the form, or go to the place, that was asked for."""
        if self.pick and not env.draws_on_stderr:
            lists = "-n 5 to list alternatives" if self.command == "infill" else "--json -n 3 to list rewritings"
            raise UsageError("--pick needs a terminal on stderr.", f"Use {lists} instead.")
        places = [name for name, given in (("-i", self.in_place), ("-o", self.output), ("--diff", self.diff)) if given]
        if len(places) > 1:
            raise UsageError(f"{' and '.join(places)} were both given.", "Choose where the result goes.")
        if self.diff and self.as_json:
            raise UsageError("--diff and --json were both given.", "Leave one out: both are for stdout.")
        if self.lists and places:
            raise UsageError(f"-n and {places[0]} were both given.", "Alternatives are listed on stdout.")

    def _check_files(self, record: Path | None) -> None:
        """Raises UsageError where the files do not go with that."""
        if len(self.paths) > 1 and not (self.in_place or self.diff):
            raise UsageError(
                "Several files were given without -i.", "Add -i to change each in place, or give one file."
            )
        if len(self.paths) > 1 and record is not None:
            raise UsageError("One recording cannot hold several files.", "Record one file at a time.")
        if self.in_place and reading.STDIN in self.paths:
            raise UsageError("stdin cannot be edited in place.", "Leave out -i: the result comes out on stdout.")
        if self.backup is not None and not self.in_place:
            raise UsageError("--backup was given without -i.", "Only -i replaces a file.")
        if self.backup is not None and (not self.backup or "/" in self.backup):
            raise UsageError(f"{self.backup!r} is not a suffix of a file name.", "Use one such as --backup .bak.")

    def deliver(
        self, session: Runner, source: reading.Source, document: Document, result: Edited, seconds: float
    ) -> None:
        """Write the result where it goes; on stdout, JSON, a diff or alternatives take the text's place."""
        env = session.env
        if self.as_json:
            shown = edited_json(source.name, document, result, seed=session.seed, seconds=seconds, model=session.name)
            env.write(to_json(shown))
        elif self.diff:
            seen = Seen.of(self.paths)
            changes = unified(document.text, result.text, seen.name(source.path))
            env.write((coloured(changes) if self.marks(env) else changes).encode())
            if changes and not session.options.quiet and (advice := seen.advice(source.path)):
                env.tell(f"dg: {advice}")
        elif self.lists:
            env.write(_listing(document, result).encode())
        elif not self.in_place and self.output is None:
            env.write((filled(document, result.fills) if self.marks(env) else result.text).encode())
        if self.in_place and result.text != source.text:  # a file of which nothing changes is not touched
            with self._kept(session, source, result) as undoes:
                writing.replace(source, result.text, self.backup)
            if env.draws_on_stderr and not session.options.quiet:
                env.tell(f"dg: {source.name} was written{'; `dg undo` takes it back' if undoes else ''}.")
        if self.output is not None:
            writing.overwrite(self.output, result.text)

    def _kept(self, session: Runner, source: reading.Source, result: Edited) -> AbstractContextManager[bool]:
        """What keeps the old text of a file that is about to be replaced, where that is wanted."""
        if not session.keeps:
            return nullcontext(False)
        change = Change(
            run=session.began,
            command=self.command,
            file=os.path.realpath(source.path),
            count=sum(fill.text != fill.old for fill in result.fills),
            model=session.name,
            seed=session.seed,
        )
        return kept(change, source.text, result.text, session.env, quiet=session.options.quiet)


def _listing(document: Document, result: Edited) -> str:
    """The alternatives of each hole, numbered; lines of a fill after its first are indented."""
    lines: list[str] = []
    for fill in result.fills:
        lines.append(f"line {document.line_of(fill.span)}: {' '.join(fill.old.split())}")
        for number, each in enumerate((fill, *fill.others), 1):
            text = "\n      ".join(each.text.splitlines())
            lines.append(f"  {number:2}. {text}")
    return visible("\n".join(lines)) + "\n"


def closing(result: Edited) -> dict[str, Any]:
    """The last line of a record."""
    again = sum(fill.again for fill in result.fills)
    return {
        "result": result.text,
        "stop_reason": stop_reason(result),
        "steps_used": result.steps_used,
        "converged": result.converged,
        **({"tried_again": again} if again else {}),
    }
