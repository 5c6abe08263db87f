"""The client of a server, with the standard library alone: it does what `dgcli.api` does, with the server's model.

    from dgcli.serve.client import find

    if (client := find(os.environ)) is not None:
        print(client.infill("The cat [[?]] the mat.", seed=1).text)

A client is for one thread. `close`, from any, ends what it is doing; the server then stops within a step.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dgcli.checkpoint.pieces import Pieces
from dgcli.errors import DgError
from dgcli.events import Show
from dgcli.profiles import Command, ProfileName
from dgcli.serve.answers import block_of, generated_of, infilled_of
from dgcli.serve.jobs import GenerateJob, InfillJob, Job, RestyleJob, Run
from dgcli.serve.places import is_private, runtime_folder, socket_in
from dgcli.serve.requests import Connection, ServerGoneError, asked, body_of, error_of, not_understood, object_of, told
from dgcli.serve.wire import Listener
from dgcli.tasks.generate.generated import Generated
from dgcli.tasks.infill.filled import Infilled
from dgcli.tasks.restyle.restyled import Block, Part, Totals, Write
from dgcli.text.document import Document
from dgcli.text.marks import MARK, check_sizes, find_marks

if TYPE_CHECKING:
    from dgcli.tasks.restyle.manner import Manner
    from dgcli.text.blocks.formats import Format

_CONNECTING = 2.0  # seconds in which a server answers that it is there
_SILENCE = 60.0  # seconds; a server that is at work says so every few
_Result = TypeVar("_Result")


@dataclass(frozen=True, kw_only=True)
class Status:
    """A server that is there."""

    pid: int
    version: str
    model: str
    identities: Mapping[str, str]
    """What it runs each command with (`dgcli.serve.identity`)."""
    answer_length: int
    """Tokens of an answer, at most, where nobody says how many."""
    running: bool
    waiting: int
    """Jobs in its queue."""


@dataclass(frozen=True)
class Client:
    """A server by its socket."""

    socket: Path
    waiting: Callable[[int], None] = lambda place: None
    """Told how many jobs are before this one, whenever that changes; 0 when it is begun."""
    _listener: Listener = field(default_factory=Listener, repr=False)
    _run: dict[str, Any] = field(default_factory=dict, repr=False)
    _open: list[HTTPConnection] = field(default_factory=list, repr=False)

    def status(self) -> Status:
        """What the server says of itself.

        Raises:
            ServerGoneError: there is none.
            DgError: it answers something else.
        """
        value = self._json("GET", "/dg/status", None, timeout=_CONNECTING)
        try:
            return Status(**{key: value[key] for key in Status.__dataclass_fields__})
        except (KeyError, TypeError) as error:
            raise not_understood() from error

    def stop(self) -> None:
        """Ask the server to end: what is running is cancelled. Raises ServerGoneError where there is none."""
        self._json("POST", "/dg/stop", {}, timeout=_CONNECTING)

    def close(self) -> None:
        """End what this client is doing; there it raises ServerGoneError."""
        for connection in self._open:
            if connection.sock is not None:
                with suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)

    def infill(
        self,
        document: Document | str,
        *,
        seed: int | None = None,
        profile: ProfileName | None = None,
        steps: int | None = None,
        marker: re.Pattern[str] = MARK,
        alternatives: int = 1,
        strength: float = 1.0,
        name: str = "",
        only: Collection[int] | None = None,
        show: Show | None = None,
    ) -> Infilled:
        """As `dgcli.api.infill`, by the server. Raises ServerGoneError besides."""
        if isinstance(document, str):
            document = find_marks(document, "The text", marker)
            check_sizes(document, "the text")
        job = InfillJob(
            document=document,
            marker=marker,
            name=name,
            only=None if only is None else tuple(only),
            alternatives=alternatives,
            strength=strength,
            run=_run(seed, profile, steps, show),
        )
        return self._result(job, show, lambda value: infilled_of(value, job.document))

    def restyle_lines(
        self,
        lines: Iterable[str],
        manner: Manner,
        write: Write,
        *,
        seed: int | None = None,
        format: Format = "auto",
        name: str = "",
        at_once: bool = False,
        only: tuple[int, int] | None = None,
        profile: ProfileName | None = None,
        steps: int | None = None,
        show: Show | None = None,
    ) -> Totals:
        """As `dgcli.api.restyle_lines`, by the server, which gets the text when all of it is there.

        Raises ServerGoneError besides.
        """
        job = RestyleJob(
            text="".join(lines),
            description=manner.register,
            unlike=manner.unlike,
            strength=manner.strength,
            examples=manner.examples,
            keep=tuple(pattern.pattern for pattern in manner.keep),
            headings=manner.headings,
            candidates=manner.candidates,
            format=format,
            name=name,
            only=only,
            at_once=at_once,
            run=_run(seed, profile, steps, show),
        )
        totals = Totals()

        def count(part: Part) -> None:
            nonlocal totals
            if isinstance(part, Block):
                totals += Totals.of(part)
            write(part)

        return self._result(job, show, lambda _: totals, count)

    def generate(
        self,
        prompt: str,
        *,
        seed: int | None = None,
        max_tokens: int | None = None,
        profile: ProfileName | None = None,
        steps: int | None = None,
        show: Show | None = None,
    ) -> Generated:
        """As `dgcli.api.generate`, by the server; of the result, the ids stay there. Raises ServerGoneError besides."""
        job = GenerateJob(prompt=prompt, max_tokens=max_tokens, run=_run(seed, profile, steps, show))
        return self._result(job, show, generated_of)

    @property
    def answer_length(self) -> int:
        """Tokens of an answer, at most, where nobody says how many."""
        return self.status().answer_length

    def hardly_known(self, text: str) -> bool:
        """Whether a text is hardly in a language that the model knows (`dgcli.tasks.language`)."""
        return bool(self._json("POST", "/dg/language", {"text": text[:20_000]}).get("hardly_known"))

    def header(self, command: Command, seed: int, profile: ProfileName, steps: int | None) -> Mapping[str, Any]:
        """What the run at hand is recorded with, as the server told when it began."""
        return {key: self._run[key] for key in self._run if key not in ("model", "head_ms_per_token")}

    def head_seconds(self) -> float:
        """Seconds that the head takes for one position, as the server told with the end of the run."""
        return float(self._run.get("head_ms_per_token", 0)) / 1000

    @property
    def piece(self) -> Callable[[int], str | bytes]:
        """The text of an id, as far as it was told of in a run with `show`."""
        return self._listener.piece

    @property
    def pieces(self) -> Pieces:
        """One text for each id of a row."""
        return self._listener.pieces

    def _result(
        self,
        job: Job,
        show: Show | None,
        read: Callable[[Mapping[str, Any]], _Result],
        write: Write = lambda part: None,
    ) -> _Result:
        """Run a job to its end. What is shown or written raises what it raises, and ends the run."""
        for name, value in self._events(job):
            event, part = None, None
            try:
                if name == "result":
                    return read(value)
                if name == "error":
                    raise error_of(value)
                if name == "part":
                    part = value["text"] if "text" in value else block_of(value)
                elif name not in ("queued", "run", "spent"):
                    event = self._listener.event(name, value)
                place = value["place"] if name == "queued" else 0
            except (KeyError, TypeError, ValueError) as error:
                raise not_understood() from error
            if name == "run":
                self._run.clear()
            if name in ("run", "spent"):
                self._run.update(value)
            if name in ("queued", "run"):
                self.waiting(place)
            if event is not None and show is not None:
                show(event)
            if part is not None:
                write(part)
        raise ServerGoneError

    def _events(self, job: Job) -> Iterator[tuple[str, dict[str, Any]]]:
        body = {**job.to_json(), "stream": True}
        with closing(self._connect(_SILENCE)) as connection:
            response = asked(connection, "POST", f"/dg/{job.command}", body)
            if response.status != 200:
                raise error_of(object_of(body_of(response)))
            yield from told(response)

    def _json(self, method: str, path: str, body: Any, timeout: float = _SILENCE) -> dict[str, Any]:
        with closing(self._connect(timeout)) as connection:
            response = asked(connection, method, path, body)
            value = object_of(body_of(response))
            if response.status != 200:
                raise error_of(value)
            return value

    def _connect(self, timeout: float) -> Connection:
        connection = Connection(self.socket, timeout)
        self._open[:] = [connection]
        return connection


def find(variables: Mapping[str, str], waiting: Callable[[int], None] = lambda place: None) -> Client | None:
    """The server of this person, if one is there and answers."""
    found = reach(variables, waiting)
    return None if found is None else found[0]


def reach(
    variables: Mapping[str, str], waiting: Callable[[int], None] = lambda place: None
) -> tuple[Client, Status] | None:
    """As `find`, and what the server says of itself: whether it is the right one."""
    folder = runtime_folder(variables)
    if folder is None or not is_private(folder):
        return None
    client = Client(socket_in(folder), waiting)
    try:
        return client, client.status()
    except DgError:
        return None


def _run(seed: int | None, profile: ProfileName | None, steps: int | None, show: Show | None) -> Run:
    return Run(seed=seed, profile=profile, steps=steps, stream=True, events=show is not None)
