"""The one thread that owns the model: it takes jobs from a bounded queue, one at a time."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dgcli.errors import DgError, lacks_memory
from dgcli.platform.backend import keep_freed_memory
from dgcli.serve.jobs import Job
from dgcli.serve.runs import Ran, Served, Tell, run

MOST = 100  # jobs that wait


class BusyError(DgError):
    """There is no place in the queue."""

    def __init__(self) -> None:
        super().__init__(f"{MOST} jobs are waiting already.", "Ask again later.")


class ClosingError(DgError):
    """The server ends."""

    def __init__(self) -> None:
        super().__init__("The server is about to end.", "Start it again with `dg serve`.")


class _CancelledError(Exception):
    """Whoever wanted the result is gone."""


@dataclass(eq=False)
class Ticket:
    """A job in the queue, or at work."""

    job: Job
    tell: Tell
    """Gets its lines, in the worker's thread: places in the queue, events, and in the end `done` or `failed`."""
    done: Callable[[Ran | DgError], None]
    """Gets what it came to, in the worker's thread, unless it was cancelled."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    place: int = -1


class Worker:
    """Loads the model in its thread, and runs jobs there.

    Args:
        load: gives what jobs are run with.
        log: gets a sentence about a fault; nothing in it is of a job's text.
    """

    def __init__(self, load: Callable[[], Served], log: Callable[[str], None] = lambda message: None) -> None:
        self._load = load
        self._log = log
        self._changed = threading.Condition()
        self._waiting: list[Ticket] = []
        self._running: Ticket | None = None
        self._closing = False
        self._since = time.monotonic()  # of idleness
        self._loaded: Served | BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="dg-model", daemon=True)

    def start(self) -> Served:
        """Load the model; what jobs are run with. Raises what loading raises."""
        keep_freed_memory()
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._loaded is not None)
        if isinstance(self._loaded, BaseException):
            raise self._loaded
        assert self._loaded is not None
        self._since = time.monotonic()
        return self._loaded

    def submit(self, job: Job, tell: Tell, done: Callable[[Ran | DgError], None]) -> Ticket:
        """Put a job into the queue. Raises BusyError or ClosingError."""
        ticket = Ticket(job, tell, done)
        with self._changed:
            if self._closing:
                raise ClosingError
            if len(self._waiting) >= MOST:
                raise BusyError
            self._waiting.append(ticket)
            self._tell_places()
            self._changed.notify_all()
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Nobody wants its result any more: it leaves the queue, or ends at its next step."""
        ticket.cancelled.set()
        with self._changed:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                self._tell_places()

    def close(self, patience: float) -> None:
        """Take no more jobs, cancel what there is, and wait so many seconds for the end of what is running."""
        with self._changed:
            self._closing = True
            waiting, self._waiting = self._waiting, []
            if self._running is not None:
                self._running.cancelled.set()
                self._running.done(ClosingError())
            self._changed.notify_all()
        for ticket in waiting:
            ticket.done(ClosingError())
        self._thread.join(patience)

    @property
    def running(self) -> bool:
        """Whether a job is at work."""
        return self._running is not None

    @property
    def waiting(self) -> int:
        """Jobs in the queue."""
        return len(self._waiting)

    @property
    def idle(self) -> float:
        """Seconds since there was a job; 0 while there is one."""
        return 0.0 if self._running or self._waiting else time.monotonic() - self._since

    def _tell_places(self) -> None:
        ahead = int(self._running is not None)
        for place, ticket in enumerate(self._waiting, ahead):
            if place != ticket.place:
                ticket.place = place
                ticket.tell(("queued", {"place": place}))

    def _work(self) -> None:
        try:
            served = self._load()
        except BaseException as error:
            with self._changed:
                self._loaded = error
                self._changed.notify_all()
            return
        with self._changed:
            self._loaded = served
            self._changed.notify_all()
        while (ticket := self._next()) is not None:
            outcome = self._outcome(ticket, served)
            if outcome is not None and not ticket.cancelled.is_set():
                ticket.done(outcome)
            with self._changed:
                self._running = None
                self._since = time.monotonic()

    def _next(self) -> Ticket | None:
        """The next job, when there is one; None: there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            if self._closing:
                return None
            self._running = self._waiting.pop(0)
            self._tell_places()
            return self._running

    def _outcome(self, ticket: Ticket, served: Served) -> Ran | DgError | None:
        """What a job came to; None: it was cancelled."""

        def look() -> None:
            if ticket.cancelled.is_set():
                raise _CancelledError

        try:
            look()
            return run(ticket.job, served, ticket.tell, look)
        except _CancelledError:
            return None
        except DgError as error:
            return error
        except Exception as error:
            if lacks_memory(error):
                return DgError("There is not enough memory for this.", "Send a shorter text.")
            self._log(f"a fault in {ticket.job.command}: {_place(error)}")
            return DgError(f"A fault inside dg ({type(error).__name__}).", "Report it.")


def _place(error: BaseException) -> str:
    """The kind of an error and where it was raised, without what it says: that may hold a person's text."""
    frames = traceback.extract_tb(error.__traceback__)
    where: Any = frames[-1] if frames else None
    return f"{type(error).__name__}, {Path(where.filename).name}, line {where.lineno}" if where else repr(type(error))
