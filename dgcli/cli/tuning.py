"""What `dg tune` does around a run: what is learned by which plan, what is said of it, and what is kept in the end."""

from __future__ import annotations

import shlex
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from dgcli import __version__
from dgcli.api import open_session
from dgcli.cli.choose import BUNDLED, BUNDLED_RESTYLE, ChosenModel, choose
from dgcli.cli.config import named_folder, registers_file
from dgcli.cli.following import Follower
from dgcli.cli.progress import duration, size
from dgcli.engine.loading import LoadedModel, load
from dgcli.errors import DgError, ExitCode, InputError, ModelError, UsageError
from dgcli.platform.environment import Environment
from dgcli.platform.interrupts import Asked, asking
from dgcli.platform.memory import usable_memory
from dgcli.tasks.restyle.registers import find_register, read_registers
from dgcli.tune import origin as origins
from dgcli.tune import planning
from dgcli.tune.base import Base
from dgcli.tune.curve import Curve
from dgcli.tune.data.asking import Asking
from dgcli.tune.data.material import MINE, Data, Material, material
from dgcli.tune.data.pages import Pages
from dgcli.tune.estimate import estimate
from dgcli.tune.example import Example
from dgcli.tune.origin import Origin
from dgcli.tune.pairs import matrices
from dgcli.tune.plan import Plan, PlanMode, read_plan
from dgcli.tune.progress import Done
from dgcli.tune.report import KINDS, Report, page
from dgcli.tune.samples import Shown, answers
from dgcli.tune.train import train

_ENDINGS = {
    "steps": "all its steps",
    "minutes": "all its time",
    "patience": "nothing better was found for long",
    "stopped": "it was stopped",
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a person asks for; None: whatever is right."""

    minutes: float | None = None
    steps: int | None = None
    mode: PlanMode | None = None
    rank: int | None = None
    targets: tuple[str, ...] = ()
    rate: float | None = None
    seed: int | None = None

    def given(self) -> dict[str, object]:
        """The fields of a plan that were asked for."""
        return {name: value for name, value in vars(self).items() if value not in (None, ())}


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
    plan: Plan
    peak: int  # bytes that are held at once, at most
    room: int  # bytes that there are
    begun: Origin | None
    quiet: bool

    @classmethod
    def open(
        cls,
        env: Environment,
        read: Data,
        data: Path,
        *,
        model: str | None,
        folder: Path,
        name: str,
        register: str | None,
        wanted: Wanted,
        force: bool,
        quiet: bool,
    ) -> Tuning:
        """Load the model, lay out the data as it will be asked, and plan the run.

        Raises:
            InputError: the folder has something else than a run that can go on with these data.
            ModelError: the model is unusable, or there is not enough memory to learn.
            UsageError: a register looks misspelt, or the run was begun with other settings.
        """
        begun = origins.read_origin(folder)
        origins.check_new(folder, begun)
        known = read_registers(registers_file(env))
        unnamed = MINE if register is None else find_register(register, known)
        own = isinstance(read, Pages)
        choice = choose(model, env, BUNDLED if own else BUNDLED_RESTYLE)
        room = usable_memory()  # of which the weights take a part, as does what is learned
        loaded = load(choice.folder, force=force, warn=env.teller(quiet=quiet))
        seed = 0 if wanted.seed is None else wanted.seed
        made = material(
            read,
            asking_of(loaded),
            lambda words: find_register(words, known),
            unnamed=unnamed,
            rewrites=not choice.bundled,  # which rewrites with an adapter that fills holes without
            seed=seed,
        )
        if begun is not None and begun.digest != made.digest:
            raise InputError(
                f"{folder} was begun with other data, another model or another seed.", "Name another with <adapter>."
            )
        plan = read_plan(folder) if begun is not None else None
        plan = _as_begun(plan, wanted) if plan is not None else _planned(loaded, made, wanted)
        made = replace(made, learned=taught(made.learned, plan.mode), held_out=taught(made.held_out, plan.mode))
        if not made.learned or not made.held_out:
            raise UsageError(f"There is nothing in {data} for the {plan.mode} to learn.", "Choose another --mode.")
        if begun is None:
            plan = planning.fitted(plan, lambda each: _peak(loaded, each, made), room)
        peak = _peak(loaded, plan, made)
        if peak > room and not force:
            raise ModelError(
                f"To learn takes about {size(peak)} of memory; {size(room)} are there for it.",
                "Close other programs, choose a smaller model with <model>, or add <any_size> to try it all the same.",
            )
        return cls(
            env=env,
            choice=choice,
            model=loaded,
            folder=folder,
            name=name,
            data=data,
            material=made,
            plan=plan,
            peak=peak,
            room=room,
            begun=begun,
            quiet=quiet,
        )

    def announce(self) -> None:
        """Say what is about to be done."""
        tell = self.env.teller(quiet=self.quiet)
        learned, held_out = self.material.counts(), self.material.counts(held_out=True)
        kinds = (f"{learned[kind]:,} {KINDS[kind]} ({held_out[kind]:,} held out)" for kind in learned)
        verb = "goes on with" if self.begun is not None else "learns from"
        tell(f"dg: {self.choice.name} {verb} {self.material.source}: {', '.join(kinds)}.")
        for note in self.material.notes:
            tell(f"dg: {note}")
        for register in self.material.registers.values():
            tell(f"dg: the register “{register.name}” is learned as: {register.description}")
        plan = self.plan
        what = {"both": "both modes, with one adapter", "each": "both modes, with an adapter each"}
        length = [f"{plan.steps} steps"] if plan.steps is not None else []
        length += [duration(60 * plan.minutes)] if plan.minutes is not None else []
        tell(
            f"dg: what learns: {what.get(plan.mode, f'the {plan.mode}')}; rank {plan.rank}, rate {plan.rate:.1e}, "
            f"at most {' or '.join(length)}."
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
            begin = self.begun or self._origin()
            begin.keep(self.folder)
            origins.write_registers(self.folder, self.material.registers)
            with asking() as asked, Follower(env, quiet=self.quiet) as follower:
                curve, done = self._run(asked, follower)
                origin = replace(begin, step=done.best_step, seconds=done.elapsed, before=done.before, after=done.after)
                report = Report(self.name, origin, _ENDINGS[done.ending], curve)
                self._keep(report, done)
                if done.ending != "stopped" and done.best_step:
                    report = replace(report, shown=self._shown(follower, asked))
                    self._keep(report, done)
            return self._end(report, done, asked)
        except OSError as error:
            raise DgError(
                f"{error.filename or self.folder} cannot be written ({error.strerror}).", "Check the disk."
            ) from error

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
            if isinstance(event, Done):
                done = event
        assert curve is not None
        assert done is not None
        return curve, done

    def _shown(self, follower: Follower, asked: Asked) -> tuple[Shown, ...]:
        """Samples without the adapter and with it; as many as there were until somebody asked for an end."""
        tuned = load(self.choice.folder, adapters=[self.folder], beside=self.model, force=True)
        found: list[Shown] = []
        for number, sample in enumerate(self.material.samples, start=1):
            if asked():
                break
            follower.tell(f"dg: sample {number} of {len(self.material.samples)}, before and after.")
            before, after = (next(answers(model, [sample], self.plan.seed)) for model in (self.model, tuned))
            found.append(Shown(sample, before, after))
        return tuple(found)

    def _keep(self, report: Report, done: Done) -> None:
        """A run that was stopped has no end: it can go on."""
        origin = report.origin
        (replace(origin, after=None) if done.ending == "stopped" else origin).keep(self.folder)
        origins.write(self.folder / origins.REPORT, page(report))

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
            digest=self.material.digest,
            made=time.strftime("%Y-%m-%d"),
            dg=__version__,
        )

    def _base_name(self) -> str:
        """A folder as a whole, so that it is found from everywhere; else the model's name."""
        here = named_folder(self.choice.name)
        return str(here.resolve()) if here.exists() and not self.choice.bundled else self.choice.name


def asking_of(model: LoadedModel) -> Asking:
    """How a model is asked by the commands that will use what it learns."""
    session = open_session(model, 0)
    return Asking(chat=model.chat, holes=model.holes, canvas_length=model.canvas_length, window=session.window)


def taught(examples: Sequence[Example], mode: PlanMode) -> tuple[Example, ...]:
    """The examples that a mode that is trained may learn from."""
    trained = {mode} if mode in ("encoder", "denoiser") else {"encoder", "denoiser"}
    return tuple(each for each in examples if trained & {*each.modes})


def _planned(model: LoadedModel, made: Material, wanted: Wanted) -> Plan:
    mode = wanted.mode or planning.usual_mode(model.holes)
    usual = {"mode": mode, "steps": 1, "rate": planning.usual_rate(model.config.hidden_size), "seed": 0}
    plan = Plan(**{**usual, **wanted.given()})  # type: ignore[arg-type]
    if not matrices(model.config, plan):
        names = {
            tensor.target.rpartition(".")[2]
            for tensor in matrices(model.config, replace(plan, targets=Plan(steps=1).targets))
        }
        raise UsageError(
            f"This model has no matrix named {' or '.join(plan.targets)}.",
            f"Choose from {', '.join(sorted(names))}.",
        )
    plan = planning.sized(model.config, plan, made.learned)
    if wanted.steps is None:
        plan = replace(plan, steps=planning.usual_steps(model.config, plan, made.learned))
    return planning.paced(plan)


def _as_begun(plan: Plan, wanted: Wanted) -> Plan:
    """Raises UsageError where something else is asked for than the run was begun with."""
    for name, value in wanted.given().items():
        if getattr(plan, name) != value:
            raise UsageError(
                f"The run was begun with {name} {getattr(plan, name)}, not {value}.",
                "Go on without that option, or name another adapter with <adapter>.",
            )
    return plan


def _peak(model: LoadedModel, plan: Plan, made: Material) -> int:
    """Bytes that are held at once, the weights included."""
    return estimate(model.config, plan, made.learned, model.nbytes, model.network.dtype.size).total
