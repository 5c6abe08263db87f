"""What is let in: requests of this machine and, over TCP, only with the token; nothing too large, nothing for ever."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NoReturn

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dgcli.errors import DgError, InputError, ModelError, UsageError
from dgcli.serve.worker import BusyError, ClosingError

LARGEST = 20_000_000  # bytes of a body
_PATIENCE = 30.0  # seconds in which a body is there
_EXACT = 2**53  # up to which a float is the whole number that was written
_NAMES = ("localhost", "127.0.0.1", "[::1]")  # of this machine, for a browser that was told another's address


class RefusedError(DgError):
    """A request that is not looked at, with the status that it is answered with."""

    def __init__(self, status: HTTPStatus, problem: str, advice: str = "") -> None:
        super().__init__(problem, advice)
        self.status = status


class Gate:
    """Lets requests through to `app`, and answers all that it raises."""

    def __init__(self, app: ASGIApp, token: str | None, log: Callable[[str], None]) -> None:
        self._app = app
        self._token = token
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As every ASGI application."""
        begun = False

        async def sent(message: Any) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            self._check(Request(scope))
            await self._app(scope, receive, sent)
        except Exception as error:
            if not isinstance(error, DgError):
                self._log(f"a fault in the server: {type(error).__name__}")
            if not begun:
                await error_response(error)(scope, receive, send)

    def _check(self, request: Request) -> None:
        """Raises RefusedError for who is not to be here."""
        if "origin" in request.headers:
            raise RefusedError(HTTPStatus.FORBIDDEN, "Pages of a browser are not answered.")
        if not over_tcp(request):
            return
        host = request.headers.get("host", "").lower()
        if host not in _NAMES and host.rpartition(":")[0] not in _NAMES:
            raise RefusedError(HTTPStatus.FORBIDDEN, "This is not the host that was asked for.")
        given = request.headers.get("authorization", "").partition(" ")[2] or request.headers.get("x-api-key", "")
        if self._token is None or not hmac.compare_digest(given.encode(), self._token.encode()):
            raise RefusedError(
                HTTPStatus.UNAUTHORIZED, "The token is missing or wrong.", "Send it as `Authorization: Bearer TOKEN`."
            )


def over_tcp(request: Request) -> bool:
    """Whether a request came over TCP: others may have sent it, too. The socket is the person's alone."""
    return bool(request.scope.get("state", {}).get("tcp", True))


async def body_of(request: Request) -> Any:
    """The JSON of a request's body.

    Raises:
        RefusedError: it is too large, or takes too long.
        InputError: it is not JSON.
    """
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length[:20]) > LARGEST:
        _too_large()
    try:
        data = await asyncio.wait_for(_whole(request), _PATIENCE)
    except asyncio.TimeoutError:
        raise RefusedError(HTTPStatus.REQUEST_TIMEOUT, f"The body did not come within {_PATIENCE:.0f} s.") from None
    try:
        return json.loads(data.decode(), parse_constant=_no_number, parse_float=_number)
    except (ValueError, RecursionError):
        raise InputError("The body is not JSON in UTF-8.", "/openapi.json says what the server takes.") from None


async def _whole(request: Request) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST:
            _too_large()
    return bytes(data)


def _too_large() -> NoReturn:
    raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body has more than {LARGEST:,} bytes.")


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _number(text: str) -> int | float:
    """To JSON Schema, 2.0 is a whole number; languages that know one kind of number only write some of theirs so."""
    number = float(text)
    return int(number) if abs(number) <= _EXACT and number.is_integer() else number


def error_json(error: Exception) -> dict[str, Any]:
    """An error as clients of OpenAI's interface read it, and those of dg."""
    if not isinstance(error, DgError):
        error = DgError(f"A fault inside dg ({type(error).__name__}).", "Report it.")
    return {
        "error": {
            "message": f"{error.problem} {error.advice}".rstrip(),
            "type": "server_error" if status_of(error) >= 500 else "invalid_request_error",
            "param": None,
            "code": status_of(error),
            "problem": error.problem,
            "advice": error.advice,
            "exit_code": int(error.exit_code),
        }
    }


def status_of(error: Exception) -> int:
    """The HTTP status of an error."""
    if isinstance(error, RefusedError):
        return int(error.status)
    if isinstance(error, BusyError | ClosingError):
        return int(HTTPStatus.SERVICE_UNAVAILABLE)
    if isinstance(error, UsageError | InputError):
        return int(HTTPStatus.BAD_REQUEST)
    if isinstance(error, ModelError):
        return int(HTTPStatus.UNPROCESSABLE_ENTITY)
    return int(HTTPStatus.INTERNAL_SERVER_ERROR)


def error_response(error: Exception) -> Response:
    """The answer to a request that failed."""
    status = status_of(error)
    headers = {"retry-after": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    if status in (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT):
        headers["connection"] = "close"  # the rest of the body is not waited for
    return JSONResponse(error_json(error), status, headers)
