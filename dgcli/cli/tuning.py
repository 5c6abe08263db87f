"""What `dg tune` does around a run: what is said of it, how it is followed, and what is kept in the end."""

from __future__ import annotations

import shlex
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from dgcli import __version__
from dgcli.cli.choose import ChosenModel
from dgcli.cli.config import named_folder
from dgcli.cli.following import Follower
from dgcli.cli.progress import duration, size
from dgcli.engine.loading import LoadedModel, load
from dgcli.errors import DgError, ExitCode, InputError
from dgcli.platform.environment import Environment
from dgcli.platform.files import write_whole
from dgcli.platform.interrupts import Asked, asking
from dgcli.tune import origin as origins
from dgcli.tune.base import Base
from dgcli.tune.curve import Curve
from dgcli.tune.data.material import Material, Sample
from dgcli.tune.origin import Origin
from dgcli.tune.plan import Plan
from dgcli.tune.progress import Done, Progress
from dgcli.tune.report import KINDS, Report, page
from dgcli.tune.samples import Shown, answers
from dgcli.tune.state import forget_state
from dgcli.tune.train import train

NAMED = 3  # registers that are described
_STOPS = "dg: stops when the held-out loss is measured; Ctrl-C again ends at once."
_ENDINGS = {
    "steps": "all its steps",
    "minutes": "all its time",
    "patience": "nothing better was found for long",
    "stopped": "it was stopped",
}


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """A run that may begin."""

    env: Environment
    choice: ChosenModel
    model: LoadedModel
    folder: Path
    name: str
    data: Path
    material: Material
    digest: str
    """Of the material and what the model is."""
    plan: Plan
    peak: int  # bytes that are held at once, at most
    room: int  # bytes that there are
    begun: Origin | None
    quiet: bool

    def announce(self) -> None:
        """Say what is about to be done."""
        tell = self.env.teller(quiet=self.quiet)
        learned, held_out = self.material.counts(), self.material.counts(held_out=True)
        kinds = (f"{learned[kind]:,} {KINDS[kind]} ({held_out[kind]:,} held out)" for kind in learned)
        verb = "goes on with" if self.begun is not None else "learns from"
        tell(f"dg: {self.choice.name} {verb} {self.material.source}: {', '.join(kinds)}.")
        for note in self.material.notes:
            tell(f"dg: {note}")
        registers = [*self.material.registers.values()]
        for register in registers[:NAMED]:
            tell(f"dg: the register “{register.name}” is learned as: {register.description}")
        if len(registers) > NAMED:
            tell(f"dg: so are {len(registers) - NAMED:,} more; {origins.REGISTERS} in the adapter's folder has all.")
        plan = self.plan
        what = {"both": "both modes, with one adapter", "each": "both modes, with an adapter each"}
        length = [f"{plan.steps} steps"] if plan.steps is not None else []
        length += [duration(60 * plan.minutes)] if plan.minutes is not None else []
        tell(
            f"dg: what learns: {what.get(plan.mode, f'the {plan.mode}')}; rank {plan.rank}, rate {plan.rate:.1e}, "
            f"at most {' or '.join(length)}, then {len(self.material.samples)} samples."
        )
        tell(
            f"dg: memory: about {size(self.peak)} of the {size(self.room)} that are there for it"
            + (", with states computed again" if plan.checkpointing else "")
            + "."
        )

    def learn(self) -> Report:
        """Run, and write what it came to into the folder.

        Raises:
            typer.Exit: it was interrupted.
            DgError: nothing was learned, or the folder cannot be written.
        """
        env = self.env
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (
                origins.alone_in(self.folder),
                asking() as asked,
                Follower(env, quiet=self.quiet) as follower,
            ):
                begin = self._begin()
                first = self._first(follower, asked)
                curve, done = self._run(asked, follower)
                origin = replace(begin, step=done.best_step, seconds=done.elapsed, before=done.before, after=done.after)
                report = Report(self.name, origin, _ENDINGS[done.ending], curve)
                self._keep(report, done)
                if done.ending != "stopped" and done.best_step:
                    report = replace(report, shown=self._shown(first, follower, asked))
                    self._keep(report, done)
            return self._end(report, done, asked)
        except OSError as error:
            raise DgError(
                f"{error.filename or self.folder} cannot be written ({error.strerror}).", "Check the disk."
            ) from error

    def _begin(self) -> Origin:
        """Raises InputError where another run has been in the folder since it was looked at."""
        if origins.read_origin(self.folder) != self.begun:
            raise InputError(f"{self.folder} was changed by another run meanwhile.", "Run the command again.")
        begin = self.begun or self._origin()
        begin.keep(self.folder)
        origins.write_registers(self.folder, self.material.registers)
        return begin

    def _first(self, follower: Follower, asked: Asked) -> str:
        """The first sample as the model writes it now: so it is known how long all of them will take in the end."""
        started = time.monotonic()
        answer = self._answer(self.model, self.material.samples[0])
        follower.expect(len(self.material.samples), 2 * (time.monotonic() - started))
        if asked():
            follower.tell(_STOPS)
        return answer

    def _answer(self, model: LoadedModel, sample: Sample) -> str:
        return next(answers(model, [sample], self.plan.seed))

    def _run(self, asked: Asked, follower: Follower) -> tuple[Curve, Done]:
        base = Base(self.model.network, self.model.noise_id, self._base_name())
        curve: Curve | None = None
        events = train(
            base,
            self.plan,
            self.material.learned,
            self.material.held_out,
            self.folder,
            clock=self.env.clock,
            wanted_stop=asked,
        )
        done: Done | None = None
        for event in events:
            if curve is None:
                curve = Curve.open(self.folder, 0 if isinstance(event, Done) else event.step - 1)
            curve.take(event)
            follower.take(event)
            if asked() and isinstance(event, Progress):
                follower.tell(_STOPS)
            if isinstance(event, Done):
                done = event
        assert curve is not None
        assert done is not None
        return curve, done

    def _shown(self, first: str, follower: Follower, asked: Asked) -> tuple[Shown, ...]:
        """Samples without the adapter and with it; as many as there were until somebody asked for an end.

        `first` is the first of them without it.
        """
        tuned = load(self.choice.folder, adapters=[self.folder], beside=self.model, force=True)
        found: list[Shown] = []
        for number, sample in enumerate(self.material.samples, start=1):
            if asked():
                break
            follower.write(number)
            before = first if number == 1 else self._answer(self.model, sample)
            found.append(Shown(sample, before, self._answer(tuned, sample)))
        return tuple(found)

    def _keep(self, report: Report, done: Done) -> None:
        """A run that was stopped has no end: it can go on. So can one that is over, until all of it is kept."""
        origin = report.origin
        write_whole(self.folder / origins.REPORT, page(report))
        (replace(origin, after=None) if done.ending == "stopped" else origin).keep(self.folder)
        if done.ending != "stopped":
            forget_state(self.folder)

    def _end(self, report: Report, done: Done, asked: Asked) -> Report:
        """Say how it ended. Raises typer.Exit where it was stopped, and DgError where nothing was learned."""
        if done.ending == "stopped":
            found = f"the best so far, of step {done.best_step}, is in {self.folder}"
            self.env.tell(
                f"dg: stopped; {found if done.best_step else 'nothing better was found so far'}. "
                "Run the same again to go on."
            )
            raise typer.Exit(ExitCode.INTERRUPTED if asked.number in (None, signal.SIGINT) else 128 + asked.number)
        if not done.best_step:
            raise DgError(
                f"Nothing was learned: the held-out loss stayed above {done.before:.3f}.",
                "Give more data, a smaller --rate, or another --mode.",
            )
        if not self.quiet:
            self.env.tell(f"dg: the report is {self.folder / origins.REPORT}; {self._use()}.")
        return report

    def _use(self) -> str:
        named = f"--adapter {self.name}"
        if self.material.registers:
            register = next(iter(self.material.registers))
            return f"use it with `dg restyle --register {shlex.quote(register)} {named}`"
        return f"use it with `dg infill {named}`"

    def _origin(self) -> Origin:
        return Origin(
            model=self.choice.name,
            data=self.data.resolve().name,
            source=self.material.source,
            examples={**self.material.counts()},
            held_out={**self.material.counts(held_out=True)},
            registers=tuple(self.material.registers),
            digest=self.digest,
            made=time.strftime("%Y-%m-%d"),
            dg=__version__,
        )

    def _base_name(self) -> str:
        """A folder as a whole, so that it is found from everywhere; else the model's name."""
        here = named_folder(self.choice.name)
        return str(here.resolve()) if here.exists() and not self.choice.bundled else self.choice.name
