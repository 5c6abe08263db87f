"""One job, run on a model: lines of events, and in the end what it came to."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dgcli.checkpoint.tokenizer import FileTokenizer
from dgcli.events import Event, Show
from dgcli.platform.seeds import fresh_seed
from dgcli.profiles import USUAL, Command
from dgcli.serve.answers import block_json, edited_json, generated_json
from dgcli.serve.jobs import InfillJob, Job, RestyleJob
from dgcli.serve.model import LocalModel
from dgcli.serve.wire import Line, Teller
from dgcli.tasks.generate.generated import Generated
from dgcli.tasks.infill.filled import Infilled
from dgcli.tasks.restyle.manner import Manner
from dgcli.tasks.restyle.registers import Register, find_register
from dgcli.tasks.restyle.restyled import Part, Restyled
from dgcli.text.kept import compile_named

Tell = Callable[[Line], None]


@dataclass(frozen=True)
class Served:
    """What a server runs jobs with."""

    name: str
    models: Mapping[Command, LocalModel]
    registers: Callable[[], dict[str, Register]]
    """Those that a job may name, as they are now."""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a job came to."""

    result: Infilled | Restyled | Generated
    seed: int
    seconds: float
    model: str
    read: int
    """Tokens of the text that was given."""
    tokenizer: FileTokenizer

    def to_json(self, job: Job) -> dict[str, Any]:
        """As `--json` prints it."""
        told: dict[str, Any] = {"seed": self.seed, "seconds": self.seconds, "model": self.model}
        if isinstance(self.result, Generated):
            return generated_json(self.result, **told)
        if isinstance(self.result, Restyled):
            assert isinstance(job, RestyleJob)
            return edited_json(job.name, self.result.document, self.result, **told)
        assert isinstance(job, InfillJob)
        return edited_json(job.name, job.document, self.result, **told)


def run(job: Job, served: Served, tell: Tell, look: Callable[[], None]) -> Ran:
    """Run a job. `tell` gets lines for who streams; `look` is called at every event, and ends the run by raising.

    Raises:
        DgError: the job asks for what cannot be, or fails.
    """
    started = time.perf_counter()
    seed = fresh_seed() if job.run.seed is None else job.run.seed
    model = served.models[job.command]
    profile = job.run.profile or USUAL[job.command]
    settings: dict[str, Any] = {"seed": seed, "profile": profile, "steps": job.run.steps}
    if job.run.stream:
        tell(("run", {**model.header(job.command, **settings), "model": served.name}))
    teller = Teller(model.piece)

    def show(event: Event) -> None:
        look()
        if job.run.events:
            tell(teller.told(event))

    result: Infilled | Restyled | Generated
    if isinstance(job, InfillJob):
        given = job.document.text
        result = model.infill(
            job.document,
            marker=job.marker,
            alternatives=job.alternatives,
            strength=job.strength,
            name=job.name,
            only=job.only,
            show=show,
            **settings,
        )
    elif isinstance(job, RestyleJob):
        given = job.text
        result = _restyled(job, served, tell, show, settings)
    else:
        given = job.prompt
        most = model.answer_length if job.max_tokens is None else job.max_tokens
        result = model.generate(given, max_tokens=most, show=show, **settings)
    if job.run.events:
        tell(("spent", {"head_ms_per_token": round(1000 * model.head_seconds(), 6)}))
    tokenizer = model.loaded.tokenizer
    return Ran(
        result=result,
        seed=seed,
        seconds=time.perf_counter() - started,
        model=served.name,
        read=len(tokenizer.encode(given)),
        tokenizer=tokenizer,
    )


def _restyled(job: RestyleJob, served: Served, tell: Tell, show: Show, settings: Mapping[str, Any]) -> Restyled:
    register = job.description and Register("", job.description, unlike=job.unlike)
    wanted = register or find_register(job.register, served.registers())
    parts: list[Part] = []

    def write(part: Part) -> None:
        parts.append(part)
        if job.run.stream:
            tell(("part", {"text": part} if isinstance(part, str) else block_json(part)))

    manner = Manner.of(
        wanted,
        strength=job.strength,
        examples=job.examples,
        keep=compile_named(job.keep),
        headings=job.headings,
        candidates=job.candidates,
    )
    served.models["restyle"].restyle_lines(
        [job.text],
        manner,
        write,
        format=job.format,
        name=job.name,
        at_once=job.at_once,
        only=job.only,
        show=show,
        **settings,
    )
    return Restyled.of(parts)
