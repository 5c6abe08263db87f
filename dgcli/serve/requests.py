"""Requests to a server over its Unix socket, with the standard library alone, and what comes back."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

from dgcli.errors import DgError, ExitCode, InputError, ModelError, UsageError

_ERRORS = {each.exit_code: each for each in (DgError, UsageError, ModelError, InputError)}


class ServerGoneError(DgError):
    """The server ended, or was ended, before its answer was whole."""

    def __init__(self) -> None:
        super().__init__("The server went away before the run was done.", "Run the command again.")


class Connection(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def asked(connection: HTTPConnection, method: str, path: str, body: Any) -> HTTPResponse:
    """The response to a request, whose `body` is sent as JSON. Raises ServerGoneError."""
    data = None if body is None else json.dumps(body).encode()
    try:
        connection.request(method, path, data, {"Content-Type": "application/json"})
        return connection.getresponse()
    except (OSError, HTTPException) as error:
        raise ServerGoneError from error


def body_of(response: HTTPResponse) -> bytes:
    """The whole of a response. Raises ServerGoneError."""
    try:
        return response.read()
    except (OSError, HTTPException) as error:
        raise ServerGoneError from error


def told(response: HTTPResponse) -> Iterator[tuple[str, dict[str, Any]]]:
    """The server-sent events of a response: names, and what they hold. Raises ServerGoneError."""
    name = ""
    try:
        while line := response.readline():
            key, _, value = line.decode().rstrip("\n").partition(": ")
            if key == "event":
                name = value
            elif key == "data":
                yield name, object_of(value)
    except (OSError, HTTPException) as error:
        raise ServerGoneError from error


def object_of(text: str | bytes) -> dict[str, Any]:
    """A JSON object. Raises DgError where it is none."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise not_understood() from error
    if not isinstance(value, dict):
        raise not_understood()
    return value


def error_of(value: Mapping[str, Any]) -> DgError:
    """The error that a server tells of, as it was raised there."""
    said = value.get("error")
    if not isinstance(said, dict):
        return not_understood()
    kind = _ERRORS.get(said.get("exit_code", ExitCode.FAILED), DgError)
    return kind(str(said.get("problem", "")), str(said.get("advice", "")))


def not_understood() -> DgError:
    """The error where a reply cannot be understood."""
    return DgError("The server answers something that this dg does not understand.", "End it with `dg serve --stop`.")
