"""What every command that denoises does around its task: load, watch, record, report."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dgcli.cli import claims
from dgcli.cli.choose import BUNDLED, ChosenModel, choose
from dgcli.cli.config import read_settings, tell_faults
from dgcli.cli.names import LARGE
from dgcli.cli.options import Animate, RunOptions
from dgcli.cli.serving import served
from dgcli.events import Event, Show
from dgcli.platform.environment import Environment
from dgcli.platform.interrupts import unwinding
from dgcli.platform.seeds import fresh_seed
from dgcli.profiles import USUAL
from dgcli.serve.model import LocalModel, Model
from dgcli.watch.trace import Trace, check_recordable

if TYPE_CHECKING:
    from dgcli.profiles import Command, ProfileName
    from dgcli.watch.screen import Screen

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Runner:
    """A model, loaded here or in a server, and the way to run a task on it."""

    env: Environment
    options: RunOptions
    command: Command
    model: Model
    name: str
    seed: int
    prints: bool
    profile: ProfileName
    larger: str  # a model that may be better and fits into memory, in the place of the bundled one; else empty
    began: int  # in nanoseconds since 1970
    keeps: bool  # what -i replaces

    @classmethod
    def open(
        cls,
        env: Environment,
        options: RunOptions,
        command: Command,
        *,
        force: bool = False,
        here: bool = False,
        tokens: int = 0,
        prints: bool = True,
        bundled: Path = BUNDLED,
    ) -> Runner:
        """Choose the model, find it in a server or load it, and say which it is where that was not asked for.

        Whether the record can be written is looked at before that.

        Args:
            force: load the model even if it may not fit into memory.
            here: load it in any case: a server cannot do what is asked for.
            tokens: how many are to be written, where more than a canvas of them may be.
            prints: the text goes to stdout.
            bundled: which adapter the bundled model has, if it is that.

        Raises:
            ModelError: there is no such model, or it is unusable.
            InputError: there is no place for the record.
        """
        if options.record is not None:
            check_recordable(options.record)
            claims.check_writable(options.record, renames=False)
        began, keeps = time.time_ns(), read_settings(env).undo
        tell_faults(env, quiet=options.quiet)
        choice = choose(options.model, env, bundled)
        model: Model | None = None if here else served(env, options, choice, command)
        larger = _larger() if choice.bundled and model is None else ""
        if choice.bundled and not options.quiet:
            env.tell(f"dg: using the small bundled model{larger and f'; `dg pull {larger}` fetches a larger one'}.")
        if model is None:
            model = _loaded(env, options, choice, force=force, tokens=tokens)
        seed = fresh_seed() if options.seed is None else options.seed
        return cls(
            env=env,
            options=options,
            command=command,
            model=model,
            name=choice.name,
            seed=seed,
            prints=prints,
            profile=USUAL[command] if options.profile is None else options.profile.value,
            larger=larger,
            began=began,
            keeps=keeps,
        )

    def run(
        self,
        task: Callable[..., _Result],
        closing: Callable[[_Result], dict[str, Any]],
    ) -> _Result:
        """Run a task, which takes `show`, with its canvases shown and recorded.

        `closing` gives the last line of the record.
        """
        with unwinding(), ExitStack() as stack:
            shows: list[Show] = []
            if (screen := self._screen()) is not None:
                shows.append(stack.enter_context(screen).show)
                self.env.asides.append(screen.make_way)
                stack.callback(self.env.asides.remove, screen.make_way)
            trace: Trace | None = None
            if self.options.record is not None:
                piece, clock = self.model.piece, self.env.clock
                trace = stack.enter_context(Trace(self.options.record, self._header, piece, clock))
                shows.append(trace.show)

            def show(event: Event) -> None:
                for each in shows:
                    each(event)

            result = task(show=show)
            if trace is not None:
                spent = {"head_ms_per_token": round(1000 * self.model.head_seconds(), 6)}
                if screen is not None:
                    spent["drawing_ms"] = round(1000 * screen.spent, 3)
                trace.finish(closing(result) | spent)
        return result

    def doubt(self, text: str) -> bool:
        """Say where a text is hardly in a language that the model knows; whether that was said."""
        if self.options.quiet or not self.model.hardly_known(text):
            return False
        advice = f" A larger model may know it: -m {self.larger}." if self.larger else ""
        self.env.tell(
            f"dg: this does not look like a language that {self.name} knows; what it writes will be poor.{advice}"
        )
        return True

    def report(self, *, converged: bool, steps: int) -> None:
        """What a person wants to know afterwards."""
        if self.options.quiet:
            return
        if not converged:
            self.env.tell("dg: not every text settled before its steps ran out; more --steps may help.")
        if self.options.seed is None or self.options.verbose:
            taken = f", {steps} step{'s' * (steps != 1)}" if steps else ""  # none where the encoder wrote all of it
            self.env.tell(f"dg: seed {self.seed}{taken}.")

    def _screen(self) -> Screen | None:
        when, env = self.options.animate, self.env
        if when is Animate.never or self.options.quiet or not (env.draws_on_stderr or when is Animate.always):
            return None
        from dgcli.cli import looks
        from dgcli.watch.screen import LiveScreen, PlainScreen

        view, pieces = looks.view(env, self.options.view), self.model.pieces
        if env.draws_on_stderr:
            keep = not (self.prints and env.one_terminal)  # the text is not printed twice on one screen
            return LiveScreen(env.stderr, pieces, env.clock, theme=looks.theme(env), view=view, keep=keep)
        columns = env.variables.get("COLUMNS", "")
        width = int(columns) if columns.isdecimal() and 0 < int(columns) <= 1000 else 80
        return PlainScreen(env.stderr, pieces, env.clock, view=view, width=width)

    def _header(self) -> dict[str, Any]:
        known = self.model.header(self.command, self.seed, self.profile, self.options.steps)
        adapters = {"adapters": self.options.adapter} if self.options.adapter else {}
        return {"command": self.command, "model": self.name, **adapters, **known}


def _larger() -> str:
    """The published model that is usually taken, or if it does not fit into memory, the largest that does; or none."""
    from dgcli.checkpoint.memory import RELEASED_REST
    from dgcli.checkpoint.registry import PUBLISHED, largest_within
    from dgcli.platform.memory import usable_memory

    room = usable_memory() - RELEASED_REST
    found = PUBLISHED[LARGE] if PUBLISHED[LARGE].weights <= room else largest_within(room, below=sys.maxsize)
    return "" if found is None else found.name


def _loaded(env: Environment, options: RunOptions, choice: ChosenModel, *, force: bool, tokens: int) -> LocalModel:
    """The model in this process. Raises ModelError where it is unusable."""
    from dgcli.checkpoint.memory import CONTEXT
    from dgcli.engine import loading
    from dgcli.platform.backend import this_backend

    started = env.clock()
    model = loading.load(
        choice.folder,
        adapters=options.adapter or (),
        context=CONTEXT + tokens,
        force=force,
        cache=prompts_folder(env) if options.cache else None,
        warn=env.teller(quiet=options.quiet),
    )
    if options.verbose:
        spent, device = env.clock() - started, this_backend().device
        env.tell(f"dg: loaded {choice.name} from {choice.folder} in {spent:.2f} s, on {device}.")
    return LocalModel(model)


def prompts_folder(env: Environment) -> Path:
    """Where --cache keeps prompts, on every system."""
    base = env.variables.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.expanduser("~/.cache")
    return Path(base, "dg", "prompts")
