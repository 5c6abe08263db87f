"""The process that serves: its lock, its sockets, its life from loading to the end."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

import dgcli
from dgcli.errors import DgError, InputError, UsageError
from dgcli.platform.leaving import SIGNALS
from dgcli.platform.private import PrivateFolder, is_our_file, is_ours_alone
from dgcli.serve import doors, llama, mercury, openai
from dgcli.serve.app import Application, build
from dgcli.serve.connections import uvicorn_settings
from dgcli.serve.places import LONGEST, lock_in, socket_in
from dgcli.serve.runs import Served
from dgcli.serve.worker import Worker

DOORS = (*doors.DOORS, *openai.DOORS, *llama.DOORS, *mercury.DOORS)
_LOOPBACK = "127.0.0.1"
_ENDING = 5.0  # seconds that the step under way may take when the server is told to end


class RunningError(DgError):
    """There is a server already."""

    def __init__(self) -> None:
        super().__init__("A server is running already.", "See it with `dg serve --status`, end it with --stop.")


def serve(
    load: Callable[[], Served],
    identities: Mapping[str, str],
    folder: Path,
    *,
    port: int | None = None,
    token: str | None = None,
    idle: float | None = None,
    ready: Callable[[Served], None] = lambda served: None,
    log: Callable[[str], None] = lambda message: None,
) -> None:
    """Load a model, and serve it at the socket in `folder` until there is an end: a signal, a client's word, idleness.

    Args:
        load: reads the model, in the thread that then runs it.
        identities: which model each command is run with (`dgcli.serve.identity`).
        port: of 127.0.0.1, where clients who know the `token` are answered, too.
        idle: seconds without a job after which it ends.
        ready: called when clients are answered.
        log: gets sentences about faults.

    Raises:
        RunningError: there is one already.
        InputError: the folder or the port cannot be used.
        DgError: the model cannot be loaded.
    """
    with ExitStack() as stack:
        stack.enter_context(_locked(folder))
        worker = Worker(load, log)
        served = worker.start()
        sockets = [stack.enter_context(_socket(folder))]
        if port is not None:
            sockets.append(stack.enter_context(_port(port)))
        server = _Server(worker, idle)
        status = {
            "pid": os.getpid(),
            "version": dgcli.__version__,
            "model": served.name,
            "identities": dict(identities),
            "answer_length": served.models["generate"].answer_length,
        }
        application = Application(worker, served, DOORS, status, server.end)
        server.answer(build(application, token, log))
        ready(served)
        server.run(sockets=sockets)


def token_in(settings: Path) -> tuple[str, bool]:
    """The token that clients over TCP send, kept in the folder of settings; and whether it was made just now.

    Raises:
        InputError: it cannot be kept, or others may have read it.
    """
    path = settings / "serve-token"
    try:
        settings.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            status = path.lstat()
            if not is_our_file(status):
                raise InputError(f"{path} is not a file that you own.", "Delete it: another is made.") from None
            if not is_ours_alone(status):
                raise InputError(f"{path} could be read by others.", "Delete it: another is made.") from None
            if found := path.read_text(encoding="ascii").strip():
                return found, False
            raise InputError(f"{path} is empty.", "Delete it: another is made.") from None
        token = secrets.token_urlsafe(32)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{token}\n")
        return token, True
    except (OSError, ValueError) as error:
        raise InputError(f"The token cannot be kept in {path}.", "Check its permissions.") from error


class _Server(uvicorn.Server):
    """One of uvicorn's, that ends as a command of dg does."""

    def __init__(self, worker: Worker, idle: float | None) -> None:
        self._worker = worker
        self._idle = idle

    def answer(self, app: Any) -> None:
        """What it answers with."""
        super().__init__(uvicorn.Config(app, **uvicorn_settings()))

    def end(self) -> None:
        """Stop serving soon."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A signal ends it, and what has to be cleaned up then is."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in SIGNALS}

        def end(number: int, frame: FrameType | None) -> None:
            self.should_exit = True

        for number in SIGNALS:
            if before[number] is not signal.SIG_IGN:
                signal.signal(number, end)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def on_tick(self, counter: int) -> bool:
        if self._idle is not None and self._worker.idle > self._idle:
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await asyncio.to_thread(self._worker.close, _ENDING)  # whoever waits is told
        await super().shutdown(sockets)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """The folder made, and its lock held: the system lets go of it however the process ends."""
    lock = lock_in(folder)
    try:
        PrivateFolder(folder, re.compile("serve.(sock|lock)")).make()
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    except OSError as error:
        raise InputError(f"{folder} cannot be used ({error.strerror}).", "Check its permissions.") from error
    try:
        if not is_our_file(os.fstat(descriptor)):  # the folder was open to others once
            raise InputError(f"{lock} is not a file that you own.", "Delete it: another is made.")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunningError from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _socket(folder: Path) -> Iterator[socket.socket]:
    """The socket, for its owner only; what an earlier server left there is taken away."""
    path = socket_in(folder)
    if len(os.fsencode(path)) > LONGEST:
        raise UsageError(f"{path} is too long for a socket.", "Set XDG_RUNTIME_DIR to a folder with a shorter name.")
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        mask = os.umask(0o177)
        try:
            listening.bind(str(path))
        finally:
            os.umask(mask)
        listening.listen(128)
        try:
            yield listening
        finally:
            with suppress(OSError):
                path.unlink()


@contextmanager
def _port(port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((_LOOPBACK, port))
        except OSError as error:
            raise InputError(f"Port {port} cannot be used ({error.strerror}).", "Choose another.") from error
        listening.listen(128)
        yield listening
