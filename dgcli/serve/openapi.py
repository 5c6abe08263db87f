"""What the server takes, for programs to read: an OpenAPI document of the tables that requests are checked by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import dgcli
from dgcli.serve.doors import Door
from dgcli.serve.schema import Schema


def document(doors: Iterable[Door]) -> dict[str, Any]:
    """The OpenAPI document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "dg serve", "version": dgcli.__version__},
        "paths": {
            **{path: {"get": {"summary": says, "responses": _responses(_OBJECT)}} for path, says in _READ.items()},
            **{door.path: {"post": _post(door)} for door in doors},
        },
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


_OBJECT: Schema = {"type": "object"}
_READ = {
    "/health": "Whether the server is there.",
    "/v1/models": "The model.",
    "/dg/status": "What the server is and does.",
}


def _post(door: Door) -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": door.schema}}}
    return {
        "summary": door.says,
        "requestBody": body,
        "security": [{}, {"token": []}],
        "responses": _responses(door.answer),
    }


def _responses(answer: Schema) -> dict[str, Any]:
    kinds = {"application/json": {"schema": answer}, "text/event-stream": {}}
    error = {"description": "What is wrong.", "content": {"application/json": {"schema": _OBJECT}}}
    codes = ("400", "401", "403", "404", "405", "408", "413", "422", "500", "503")
    return {"200": {"description": "The answer.", "content": kinds}, **dict.fromkeys(codes, error)}
