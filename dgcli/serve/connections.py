"""Ends connections that are slow to say what they want, and keeps those over TCP few."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_PATIENCE = 10.0  # seconds in which the head of a request is there
_MOST = 100  # connections over TCP, which others of this machine may open; those of the socket are the person's own


class Connection(H11Protocol):
    """One of uvicorn's, which tells the application how it came, as `state["tcp"]`."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        tcp = transport.get_extra_info("socket").family != socket.AF_UNIX
        self.app_state = {**self.app_state, "tcp": tcp}
        super().connection_made(transport)
        if tcp and sum(bool(each.app_state["tcp"]) for each in self.connections) > _MOST:
            transport.abort()
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        if self.conn.their_state is h11.IDLE:
            self._await_head()  # the next one, of which something may have come
        else:
            self._stop_waiting()

    def _await_head(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(_PATIENCE, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def uvicorn_settings() -> dict[str, Any]:
    """How uvicorn is to run: it says nothing by itself, and keeps nothing open for long."""
    return {
        "http": Connection,
        "ws": "none",
        "loop": "asyncio",
        "lifespan": "off",
        "log_config": None,
        "log_level": "critical",
        "access_log": False,
        "proxy_headers": False,
        "server_header": False,
        "date_header": False,
        "timeout_keep_alive": 5,
        "timeout_graceful_shutdown": 2,
        "h11_max_incomplete_event_size": 65_536,
    }
