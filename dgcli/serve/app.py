"""The application: requests become jobs, jobs become answers, or streams of server-sent events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from dgcli.errors import ArgumentError, DgError
from dgcli.serve.doors import Asked, Door
from dgcli.serve.gate import Gate, RefusedError, body_of, error_json, error_response, over_tcp
from dgcli.serve.jobs import LONGEST_TEXT, InfillJob, RestyleJob
from dgcli.serve.openapi import document
from dgcli.serve.runs import Ran, Served
from dgcli.serve.schema import check, shaped, text
from dgcli.serve.wire import Line
from dgcli.serve.worker import Ticket, Worker
from dgcli.text.marks import MARK

_ALIVE = 5.0  # seconds between two lines of a stream, at most
_UNREAD = 4096  # lines of a stream; whoever reads none of them is taken for gone
_LANGUAGE = shaped({"text": text(LONGEST_TEXT)}, "text")


class _Outbox:
    """The lines of a job, from the worker's thread to the one that answers."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[Line | Ran | DgError] = asyncio.Queue()

    def put(self, line: Line | Ran | DgError) -> None:
        """Put one in, from any thread."""
        with suppress(RuntimeError):  # the loop has ended: nobody is there to read it
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)

    async def get(self) -> Line | Ran | DgError | None:
        """The next; None where there is none for a while."""
        try:
            return await asyncio.wait_for(self._lines.get(), _ALIVE)
        except asyncio.TimeoutError:
            return None

    @property
    def unread(self) -> int:
        """Lines that are waiting."""
        return self._lines.qsize()


class Application:
    """What answers requests.

    Args:
        doors: where jobs are asked for.
        status: what /dg/status says, but for the queue.
        stop: ends the server.
    """

    def __init__(
        self,
        worker: Worker,
        served: Served,
        doors: Sequence[Door],
        status: Mapping[str, Any],
        stop: Callable[[], None],
    ) -> None:
        self._worker = worker
        self._served = served
        self._status = status
        self._stop = stop
        self._schema = document(doors)
        self._model = {"id": served.name, "object": "model", "created": int(time.time()), "owned_by": "dg"}
        self.routes = [
            Route("/health", self.health, methods=["GET"]),
            Route("/v1/models", self.models, methods=["GET"]),
            Route("/v1/models/{name:path}", self.model, methods=["GET"]),
            Route("/openapi.json", self.schema, methods=["GET"]),
            Route("/dg/status", self.status, methods=["GET"]),
            Route("/dg/stop", self.stop, methods=["POST"]),
            Route("/dg/language", self.language, methods=["POST"]),
            *(Route(door.path, self._endpoint(door), methods=["POST"]) for door in doors),
        ]

    async def status(self, request: Request) -> Response:
        """What the server is and does."""
        worker = self._worker
        return JSONResponse({**self._status, "running": worker.running, "waiting": worker.waiting})

    async def health(self, request: Request) -> Response:
        """The server is there."""
        return JSONResponse({"status": "ok"})

    async def models(self, request: Request) -> Response:
        """The model, as OpenAI lists models."""
        return JSONResponse({"object": "list", "data": [self._model]})

    async def model(self, request: Request) -> Response:
        """The model, by its name."""
        if request.path_params["name"] != self._model["id"]:
            raise RefusedError(
                HTTPStatus.NOT_FOUND, "There is no model of this name.", "/v1/models says what there is."
            )
        return JSONResponse(self._model)

    async def schema(self, request: Request) -> Response:
        """What there is to ask for."""
        return JSONResponse(self._schema)

    async def stop(self, request: Request) -> Response:
        """The server ends when this is answered."""
        self._stop()
        return JSONResponse({"stopping": True})

    async def language(self, request: Request) -> Response:
        """Whether a text is in a language that the model knows."""
        value = await body_of(request)
        check(value, _LANGUAGE)
        model = self._served.models["infill"]
        return JSONResponse({"hardly_known": await run_in_threadpool(model.hardly_known, value["text"])})

    def _endpoint(self, door: Door) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            asked = await run_in_threadpool(door.ask, await body_of(request))
            if over_tcp(request) and _has_patterns(asked):
                raise ArgumentError("No regular expressions are taken over TCP.", "Send `spans`, or use the socket.")
            if asked.stream:
                return self._stream(asked)
            return await self._whole(asked, request)

        return endpoint

    def _submit(self, asked: Asked, outbox: _Outbox) -> Ticket | None:
        """Put a job into the queue, if there is one. Raises BusyError or ClosingError."""
        return None if asked.job is None else self._worker.submit(asked.job, outbox.put, outbox.put)

    async def _whole(self, asked: Asked, request: Request) -> Response:
        outbox = _Outbox()
        ticket = self._submit(asked, outbox)
        if ticket is None:
            return JSONResponse(asked.answer(None))
        gone = asyncio.ensure_future(_gone(request))
        try:
            while True:
                line = asyncio.ensure_future(outbox.get())
                await asyncio.wait((line, gone), return_when=asyncio.FIRST_COMPLETED)
                if gone.done():
                    line.cancel()
                    return Response(status_code=499)  # nobody reads it
                found = line.result()
                if isinstance(found, DgError):
                    raise found
                if isinstance(found, Ran):
                    return JSONResponse(asked.answer(found))
        finally:
            gone.cancel()
            self._worker.cancel(ticket)

    def _stream(self, asked: Asked) -> Response:
        outbox = _Outbox()
        ticket = self._submit(asked, outbox)
        lines = self._lines(asked, outbox, ticket)
        return StreamingResponse(lines, media_type="text/event-stream", headers={"cache-control": "no-store"})

    async def _lines(self, asked: Asked, outbox: _Outbox, ticket: Ticket | None) -> AsyncIterator[str]:
        try:
            while ticket is not None:
                found = await outbox.get()
                if outbox.unread > _UNREAD:
                    return
                if found is None or (isinstance(found, tuple) and asked.chunks is not None):
                    yield ": at work\n\n"
                elif isinstance(found, tuple):
                    yield _event(*found)
                elif isinstance(found, DgError):
                    yield _event("error" if asked.chunks is None else "", error_json(found))
                    return
                else:
                    for line in _ended(asked, found):
                        yield line
                    return
            for line in _ended(asked, None):
                yield line
        finally:
            if ticket is not None:
                self._worker.cancel(ticket)


def build(application: Application, token: str | None, log: Callable[[str], None]) -> ASGIApp:
    """The ASGI application, with what looks at requests before it. `token`: what has to be sent over TCP."""
    handlers: dict[Any, Any] = {DgError: _failed, Exception: _failed, HTTPException: _not_found}
    return Gate(Starlette(routes=application.routes, exception_handlers=handlers), token, log)


async def _failed(request: Request, error: Exception) -> Response:
    return error_response(error)


async def _not_found(request: Request, error: HTTPException) -> Response:
    problem = "There is nothing here." if error.status_code == 404 else "This is not asked for in this way."
    refused = RefusedError(HTTPStatus(error.status_code), problem, "/openapi.json says what there is.")
    response = error_response(refused)
    response.headers.update(error.headers or {})  # of a method that is none here: which are
    return response


async def _gone(request: Request) -> None:
    """Returns when the client is gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _has_patterns(asked: Asked) -> bool:
    job = asked.job
    return (isinstance(job, InfillJob) and job.marker is not MARK) or (isinstance(job, RestyleJob) and bool(job.keep))


def _ended(asked: Asked, ran: Ran | None) -> list[str]:
    """The last lines of a stream."""
    if asked.chunks is None:
        return [_event("result", asked.answer(ran))]
    lines = [_event("", chunk) for chunk in asked.chunks(ran)]
    return [*lines, f"data: {asked.end}\n\n"] if asked.end else lines


def _event(name: str, value: Any) -> str:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(value, separators=(',', ':'))}\n\n"
