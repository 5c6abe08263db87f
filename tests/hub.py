"""A stand-in for the Hugging Face Hub on loopback: one repository, and what may go wrong with it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

REPOSITORY = "someone/diffusion"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """Serves the files of `folder`; change the fields to let it fail."""

    folder: Path
    address: str = ""
    extra: tuple[str, ...] = ("README.md", "pytorch_model.bin", "vision/model.safetensors")
    """Files that it lists and nobody should ask for."""
    refusal: tuple[int, str] | None = None
    """Status and X-Error-Code of every answer."""
    lie: str | None = None
    """A file whose first byte is another than its sum says."""
    breaks: int = 0
    """How many answers for weights break off in the middle."""
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Method, path and range of each."""

    @contextmanager
    def serving(self) -> Iterator[Hub]:
        hub = self

        class Handler(_Handler):
            owner = hub

        with _Server(("127.0.0.1", 0), Handler) as server:
            self.address = f"http://127.0.0.1:{server.server_port}"
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()

    def fetched(self) -> list[str]:
        """Files whose content was asked for, in order."""
        return [path.split("/")[-1] for method, path, _ in self.requests if method == "GET" and "/resolve/" in path]

    def listing(self) -> dict[str, Any]:
        files = [{"rfilename": name, "size": 5, "blobId": "0" * 40} for name in self.extra]
        for path in sorted(self.folder.iterdir()):
            data = path.read_bytes()
            entry: dict[str, Any] = {"rfilename": path.name, "size": len(data), "blobId": git_hash(data)}
            if path.suffix == ".safetensors":
                entry["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
            files.append(entry)
        return {"id": REPOSITORY, "modelId": REPOSITORY, "sha": COMMIT, "siblings": files, "tags": [], "private": False}


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is part of some tests."""


class _Handler(BaseHTTPRequestHandler):
    owner: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests look at `Hub.requests` instead."""

    def _answer(self, *, body: bool) -> None:
        hub, path = self.owner, self.path.partition("?")[0]
        hub.requests.append((self.command, path, self.headers.get("Range")))
        known = path in (f"/api/models/{REPOSITORY}/revision/main", f"/api/models/{REPOSITORY}/revision/{COMMIT}")
        if hub.refusal is not None:
            status, code = hub.refusal
            self._send(status, b"{}", {"X-Error-Code": code} if code else {}, body=body)
        elif known:
            self._send(200, json.dumps(hub.listing()).encode(), {"Content-Type": "application/json"}, body=body)
        elif path.startswith(f"/{REPOSITORY}/resolve/{COMMIT}/"):
            self._file(hub.folder / path.rsplit("/", 1)[1], body=body)
        elif path.startswith(f"/api/models/{REPOSITORY}/revision/"):
            self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"}, body=body)
        else:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, body=body)

    def _file(self, path: Path, *, body: bool) -> None:
        data = path.read_bytes()
        large = path.suffix == ".safetensors"
        etag = hashlib.sha256(data).hexdigest() if large else git_hash(data)
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if path.name == self.owner.lie:
            data = bytes([data[0] ^ 1]) + data[1:]
        status, start = 200, 0
        if (asked := self.headers.get("Range")) is not None:
            status, start = 206, int(asked.removeprefix("bytes=").partition("-")[0])
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        cut = None
        if body and large and self.owner.breaks:
            self.owner.breaks -= 1
            cut = (len(data) - start) // 2
        self._send(status, data[start:], headers, body=body, cut=cut)

    def _send(self, status: int, data: bytes, headers: dict[str, str], *, body: bool, cut: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data if cut is None else data[:cut])
        if cut is not None:
            self.close_connection = True


def git_hash(data: bytes) -> str:
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()
