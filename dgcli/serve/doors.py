"""The doors of dg itself: documents with marks or spans, and what the command line answers with `--json`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from dgcli.profiles import Command
from dgcli.serve import jobs
from dgcli.serve.jobs import GenerateJob, InfillJob, Job, RestyleJob
from dgcli.serve.runs import Ran
from dgcli.serve.schema import Schema


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a request comes to, and how it is answered."""

    job: Job | None
    """None: there is nothing to do."""
    answer: Callable[[Ran | None], dict[str, Any] | list[dict[str, Any]]]
    stream: bool = False
    chunks: Callable[[Ran | None], Iterable[dict[str, Any]]] | None = None
    """Of a stream: what is sent when the job is done. None: events with names, each as it comes."""
    end: str = ""
    """A last line of data, if clients wait for one."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """A place to ask at."""

    path: str
    says: str
    """To who reads the schema."""
    schema: Schema
    ask: Callable[[Any], Asked]
    """Raises UsageError or InputError for what is not a request."""
    answer: Schema = field(default_factory=lambda: {"type": "object"})
    """What is answered, but for errors and streams."""


def _door(command: Command, says: str, schema: Schema, read: Callable[[Any], Job]) -> Door:
    def ask(value: Any) -> Asked:
        job = read(value)

        def answer(ran: Ran | None) -> dict[str, Any]:
            assert ran is not None
            return ran.to_json(job)

        return Asked(job=job, answer=answer, stream=job.run.stream)

    return Door(path=f"/dg/{command}", says=says, schema=schema, ask=ask)


DOORS = (
    _door("infill", "Fill the holes of a document.", jobs.INFILL, InfillJob.of_json),
    _door("restyle", "Rewrite the prose of a text in another register.", jobs.RESTYLE, RestyleJob.of_json),
    _door("generate", "Write from a prompt.", jobs.GENERATE, GenerateJob.of_json),
)
