"""The client, where there is no server or a strange one."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dgcli.errors import DgError, InputError
from dgcli.serve.client import Client, find
from dgcli.serve.places import is_private, runtime_folder, socket_in
from dgcli.serve.requests import ServerGoneError
from tests.serve.answering import EVENTS, answering


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "dg"
    made.mkdir(mode=0o700)
    return made


def test_the_client_needs_the_standard_library_alone() -> None:
    """Whoever asks a server pays neither for the model's libraries nor for those of the server."""
    heavy = ("mlx", "numpy", "tokenizers", "starlette", "uvicorn", "typer", "rich", "dgcli.engine", "dgcli.model")
    code = f"import sys, dgcli.serve.client; print([each for each in {heavy!r} if each in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"[]\n"


def test_where_a_server_is_found(tmp_path: Path) -> None:
    assert runtime_folder({"XDG_RUNTIME_DIR": "/run/user/1", "HOME": "/home/me"}) == Path("/run/user/1/dg")
    assert runtime_folder({"XDG_RUNTIME_DIR": "run", "HOME": "/home/me"}) == Path("/home/me/.cache/dg/run")
    assert runtime_folder({"XDG_CACHE_HOME": "/cache"}) == Path("/cache/dg/run")
    assert runtime_folder({}) is None
    assert find({}) is None
    assert find({"XDG_RUNTIME_DIR": str(tmp_path)}) is None


def test_a_folder_that_others_may_enter_has_no_server(folder: Path) -> None:
    """Somebody else may have put the socket there, and would get the text."""
    variables = {"XDG_RUNTIME_DIR": str(folder.parent)}
    assert is_private(folder)
    folder.chmod(0o755)
    assert not is_private(folder)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(socket_in(folder)))
        listening.listen()
        assert find(variables) is None  # it would wait for an answer
    link = folder.parent / "link"
    link.symlink_to(folder)
    assert not is_private(link)


def test_a_socket_that_nobody_listens_at_is_none(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(socket_in(folder)))
    assert find({"XDG_RUNTIME_DIR": str(folder.parent)}) is None
    with pytest.raises(ServerGoneError):
        Client(socket_in(folder)).infill("a [[?]]", seed=1)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\n\r\n", EVENTS, EVENTS + b'event: queued\ndata: {"place":']
)
def test_a_server_that_ends_before_its_answer_is_whole(folder: Path, answer: bytes) -> None:
    with answering(socket_in(folder), answer), pytest.raises(DgError, match=r"went away|does not understand"):
        Client(socket_in(folder)).infill("a [[?]]", seed=1)


@pytest.mark.parametrize(
    "event",
    ["queued", "run\ndata: []", 'result\ndata: {"text": 1}', 'step\ndata: {"canvas": 0}', 'part\ndata: {"a": 1}'],
)
def test_an_answer_that_is_none(folder: Path, event: str) -> None:
    told = f"event: {event}\ndata: {{}}\n\n" if "data" not in event else f"event: {event}\n\n"
    with answering(socket_in(folder), EVENTS + told.encode()), pytest.raises(DgError, match="does not understand"):
        Client(socket_in(folder)).infill("a [[?]]", seed=1)


def test_an_error_of_the_server_is_that_of_the_run(folder: Path) -> None:
    told = b'event: error\ndata: {"error": {"problem": "It is too long.", "advice": "Cut it.", "exit_code": 4}}\n\n'
    with answering(socket_in(folder), EVENTS + told), pytest.raises(InputError, match="too long") as raised:
        Client(socket_in(folder)).infill("a [[?]]", seed=1)
    assert raised.value.advice == "Cut it."


def test_the_place_in_the_queue_is_told(folder: Path) -> None:
    places: list[int] = []
    told = b'event: queued\ndata: {"place": 2}\n\n: waiting\n\nevent: run\ndata: {"seed": 1}\n\n'
    client = Client(socket_in(folder), places.append)
    with answering(socket_in(folder), EVENTS + told), pytest.raises(ServerGoneError):
        client.infill("a [[?]]", seed=1)
    assert places == [2, 0]
    assert client.header("infill", 1, "fast", None) == {"seed": 1}
