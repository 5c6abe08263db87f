"""A server in this process, with the tiny checkpoint."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import dgcli
from dgcli.serve.client import Client
from dgcli.serve.identity import identity
from dgcli.serve.model import LocalModel
from dgcli.serve.places import socket_in
from dgcli.serve.runs import Served
from dgcli.tasks.restyle.registers import read_registers
from tests.checkpoints import TINY
from tests.cli.conftest import dg
from tests.reliability.process import PATIENCE

__all__ = ["dg", "running", "tiny"]
TOKEN = "a-token"
_OPEN: list[http.client.HTTPConnection] = []  # by the test at hand


@dataclass(frozen=True)
class Running:
    """A server that is up."""

    folder: Path
    port: int
    said: list[str]  # what its log has

    @property
    def socket(self) -> Path:
        return socket_in(self.folder)

    def client(self) -> Client:
        return Client(self.socket)

    def connection(self, *, tcp: bool = False) -> http.client.HTTPConnection:
        made = http.client.HTTPConnection("localhost", timeout=PATIENCE)
        family, at = (socket.AF_INET, ("127.0.0.1", self.port)) if tcp else (socket.AF_UNIX, str(self.socket))
        _OPEN.append(made)
        made.sock = socket.socket(family)
        made.sock.settimeout(60)
        made.sock.connect(at)
        return made

    def ask(
        self, path: str, body: Any = None, *, tcp: bool = False, method: str = "POST", **headers: str
    ) -> tuple[int, Any]:
        """Status and JSON of an answer. `body`: JSON, or bytes as they are."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection = self.connection(tcp=tcp)
        connection.request(method, path, data, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        found = response.read()
        connection.close()
        return response.status, json.loads(found) if found else None

    def stream(self, path: str, body: Any) -> list[tuple[str, Any]]:
        """The events of a stream: names, and JSON or text."""
        connection = self.connection()
        connection.request("POST", path, json.dumps({**body, "stream": True}).encode())
        response = connection.getresponse()
        assert response.status == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        events, name = [], ""
        for line in response.read().decode().splitlines():
            key, _, value = line.partition(": ")
            if key == "event":
                name = value
            elif key == "data":
                events.append((name, value if value == "[DONE]" else json.loads(value)))
                name = ""
        return events


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Connections of a test end with it."""
    yield
    while _OPEN:
        _OPEN.pop().close()


@pytest.fixture(scope="session")
def tiny() -> dgcli.LoadedModel:
    return dgcli.load(TINY)


@pytest.fixture(scope="session")
def running(tiny: dgcli.LoadedModel) -> Iterator[Running]:
    """One server for all tests that leave it as it is."""
    pytest.importorskip("starlette", reason="needs the extra `serve`")
    pytest.importorskip("uvicorn", reason="needs the extra `serve`")
    from dgcli.serve.server import serve

    model = LocalModel(tiny)
    served = Served("tiny", {"infill": model, "restyle": model, "generate": model}, read_registers)
    home, up, said = Path(tempfile.mkdtemp(prefix="dg")), threading.Event(), []
    folder = home / "dg"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    identities = dict.fromkeys(("infill", "restyle", "generate"), identity(TINY))
    thread = threading.Thread(
        target=serve,
        args=(lambda: served, identities, folder),
        kwargs={"port": port, "token": TOKEN, "ready": lambda _: up.set(), "log": said.append},
    )
    thread.start()
    assert up.wait(60)
    yield Running(folder, port, said)
    Client(socket_in(folder)).stop()
    thread.join(60)
    assert not thread.is_alive()
    assert not socket_in(folder).exists()
    shutil.rmtree(home)
