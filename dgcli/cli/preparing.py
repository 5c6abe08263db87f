"""What a run of `dg tune` needs before it may begin: a model, data laid out as it will be asked, a plan, and room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dgcli.api import open_session
from dgcli.cli.choose import BUNDLED, BUNDLED_RESTYLE, choose
from dgcli.cli.config import registers_file
from dgcli.cli.progress import size
from dgcli.cli.tuning import Tuning
from dgcli.engine.fingerprint import sha256_of
from dgcli.engine.loading import LoadedModel, load
from dgcli.errors import InputError, ModelError, UsageError
from dgcli.platform.environment import Environment
from dgcli.platform.memory import usable_memory
from dgcli.tasks.restyle.registers import find_register, read_registers
from dgcli.tune import origin as origins
from dgcli.tune import planning
from dgcli.tune.data.asking import Asking
from dgcli.tune.data.material import MINE, Data, Material, fills_holes, material
from dgcli.tune.estimate import estimate
from dgcli.tune.example import Example
from dgcli.tune.pairs import matrices
from dgcli.tune.plan import Plan, PlanMode, read_plan


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


def prepare(
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
    choice = choose(model, env, BUNDLED if fills_holes(read) else BUNDLED_RESTYLE)
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
    digest = sha256_of([made.digest, repr(loaded.config), loaded.nbytes])
    if begun is not None and begun.digest != digest:
        raise InputError(
            f"{folder} was begun with other data, another model or another seed.", "Name another with <adapter>."
        )
    kept = read_plan(folder) if begun is not None else None
    plan = _planned(loaded, made, wanted) if kept is None else _as_begun(kept, wanted)
    made = replace(made, learned=taught(made.learned, plan.mode), held_out=taught(made.held_out, plan.mode))
    if not made.learned or not made.held_out:
        raise UsageError(f"There is nothing in {data} for the {plan.mode} to learn.", "Choose another --mode.")
    if kept is None:
        plan = planning.fitted(plan, lambda each: _peak(loaded, each, made), room)
    peak = _peak(loaded, plan, made)
    if peak > room and not force:
        raise ModelError(
            f"Learning takes about {size(peak)} of memory, but only {size(room)} is available.",
            "Close other programs, choose a smaller model with <model>, or add <any_size> to try it all the same.",
        )
    return Tuning(
        env=env,
        choice=choice,
        model=loaded,
        folder=folder,
        name=name,
        data=data,
        material=made,
        digest=digest,
        plan=plan,
        peak=peak,
        room=room,
        begun=begun,
        quiet=quiet,
    )


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
