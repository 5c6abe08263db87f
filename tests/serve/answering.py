"""A server of a few answers, none of which it thinks about."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"  # that are to come


def whole(value: object) -> bytes:
    """An answer of JSON."""
    body = json.dumps(value).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@contextmanager
def answering(path: Path, *answers: bytes) -> Iterator[None]:
    """A server that gives each connection an answer, whatever it asks, and hangs up."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def serve() -> None:
            for answer in answers:
                connection, _ = listening.accept()
                with connection, connection.makefile("rb") as request:
                    length = 0
                    while line := request.readline().strip():
                        if line.lower().startswith(b"content-length:"):
                            length = int(line.partition(b":")[2])
                    request.read(length)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()
