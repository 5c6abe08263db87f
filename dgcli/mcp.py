"""The Model Context Protocol over two streams: infill and restyle as tools, each message a line of JSON."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

import dgcli
from dgcli.errors import DgError
from dgcli.lsp.documents import OpenDocument
from dgcli.lsp.filler import Cancelled, Filler, Stop, Tell

VERSIONS = ("2025-06-18", "2025-03-26", "2024-11-05")  # that are alike in what is used here; the first is preferred
_PARSE, _REQUEST, _METHOD, _PARAMS = -32700, -32600, -32601, -32602
_TEXT = {"type": "string"}
_NAME = {"type": "string", "description": "Name of the file, whose suffix tells its format. It is not opened."}
_SEED = {"type": "integer", "minimum": 0, "description": "The same seed gives the same text."}


class _Refused(Exception):  # noqa: N818 (it is the answer to a request)
    """A request that cannot be answered: a code of JSON-RPC, and a sentence."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class McpServer:
    """Reads in one thread and runs in another, one call at a time; the others wait."""

    def __init__(self, filler: Filler, registers: Callable[[], Iterable[str]], fresh_seed: Callable[[], int]) -> None:
        self._filler = filler
        self._registers = registers
        self._fresh_seed = fresh_seed
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
        self._calls: dict[str | int, threading.Event] = {}  # that are not answered; set: nobody wants the answer
        self._writing = threading.Lock()

    @property
    def busy(self) -> bool:
        """Whether a call is under way, wanted or not."""
        return bool(self._calls)

    def serve(self, stdin: BinaryIO, stdout: BinaryIO) -> None:
        """Answer until there is nothing more to read. A call may still be under way, and ends soon."""
        for line in stdin:
            self._hear(line, stdout)
        for unwanted in list(self._calls.values()):
            unwanted.set()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _hear(self, line: bytes, stdout: BinaryIO) -> None:
        number: Any = None
        try:
            try:
                message = json.loads(line)
            except ValueError as error:
                raise _Refused(_PARSE, "This is not JSON.") from error
            if not isinstance(message, dict) or not isinstance(message.get("method"), str):
                raise _Refused(_REQUEST, "This is not a request.")
            number, params = message.get("id"), message.get("params") or {}
            if not isinstance(params, dict) or not isinstance(number, str | int | None):
                raise _Refused(_REQUEST, "This is not a request.")
            if number is None:
                self._note(message["method"], params)
            elif message["method"] == "tools/call":
                self._call(number, params, stdout)
            else:
                self._say(stdout, id=number, result=self._answer(message["method"], params))
        except _Refused as error:
            self._say(stdout, id=number, error={"code": error.code, "message": str(error)})

    def _note(self, method: str, params: Mapping[str, Any]) -> None:
        """A notification: that of a call that nobody wants any more is the only one that matters."""
        number = params.get("requestId")
        if method == "notifications/cancelled" and isinstance(number, str | int) and number in self._calls:
            self._calls[number].set()

    def _answer(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if method == "ping":
            return {}
        if method == "tools/list":
            return {"tools": self._tools()}
        if method == "initialize":
            asked = params.get("protocolVersion")
            return {
                "protocolVersion": asked if asked in VERSIONS else VERSIONS[0],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "dg", "version": dgcli.__version__},
            }
        raise _Refused(_METHOD, f"There is no method {method!a:.60}.")

    def _tools(self) -> list[dict[str, Any]]:
        register = {
            "type": "string",
            "description": f"One of {', '.join(self._registers())}; or any words that say how it should sound.",
        }
        return [
            {
                "name": "infill",
                "description": "Fill the holes of a text, marked [[?]], [[? what it should say]] or [[?~20]] (about 20 "
                "words), with a model on this machine. All else stays as it is.",
                "inputSchema": _schema({"text": _TEXT, "name": _NAME, "seed": _SEED}, "text"),
            },
            {
                "name": "restyle",
                "description": "Rewrite the prose of a text in another register, with a model on this machine. Code, "
                "links, numbers and layout stay as they are.",
                "inputSchema": _schema(
                    {"text": _TEXT, "register": register, "name": _NAME, "seed": _SEED}, "text", "register"
                ),
            },
        ]

    def _call(self, number: str | int, params: Mapping[str, Any], stdout: BinaryIO) -> None:
        """Begin a call: it is answered from the other thread."""
        tool, given = params.get("name"), params.get("arguments") or {}
        if tool not in ("infill", "restyle"):
            raise _Refused(_PARAMS, f"There is no tool {tool!a:.60}.")
        kinds = {"text": str, "register": str, "name": str, "seed": int}
        wanted = ("text", "register") if tool == "restyle" else ("text",)
        known = isinstance(given, dict) and all(type(given[key]) is kinds.get(key) for key in given)
        if not known or any(key not in given for key in wanted):
            raise _Refused(_PARAMS, f"{tool} takes other arguments; tools/list says which.")
        if number in self._calls:
            raise _Refused(_REQUEST, "There is a request of this id already.")
        unwanted = self._calls[number] = threading.Event()
        tell = self._progress((params.get("_meta") or {}).get("progressToken"), stdout)

        def run() -> None:
            try:
                content, failed = self._content(tool, given, tell, unwanted.is_set)
                result = {"content": [{"type": "text", "text": text} for text in content], "isError": failed}
                self._calls.pop(number)
                self._say(stdout, id=number, result=result)
            except Cancelled:
                self._calls.pop(number)  # such a request has no answer

        self._thread.submit(run)

    def _content(self, tool: str, given: Mapping[str, Any], tell: Tell, stop: Stop) -> tuple[list[str], bool]:
        """The text that a tool makes, and what it left, or what is wrong."""
        if stop():
            raise Cancelled
        document = OpenDocument(given["text"], None, given.get("name", ""))
        seed = given.get("seed", -1)
        seed = seed if seed >= 0 else self._fresh_seed()
        try:
            if tool == "infill":
                holes = document.holes()
                every = frozenset(range(len(holes.spans)))
                outcome = self._filler.fill(
                    holes, document.name, every, alternatives=1, seed=seed, tell=tell, stop=stop
                )
            else:
                stretch = 0, len(document.text)
                outcome = self._filler.restyle(
                    document.text, document.name, given["register"], stretch, seed=seed, tell=tell, stop=stop
                )
            return [document.edited(outcome.edits).text, *outcome.left], False
        except Cancelled:
            raise
        except DgError as error:
            return [error.problem if "<" in error.advice else f"{error.problem} {error.advice}".rstrip()], True
        except Exception as error:
            return [f"A fault inside dg ({type(error).__name__})."], True

    def _progress(self, token: Any, stdout: BinaryIO) -> Tell:
        """Tells how far a call is, where that is asked for: only ever more, as the protocol wants it."""
        most = 0.0

        def tell(message: str, share: float | None) -> None:
            nonlocal most
            if token is not None and share is not None and share > most:
                most = share
                params = {"progressToken": token, "progress": share, "total": 1, "message": message}
                self._say(stdout, method="notifications/progress", params=params)

        return tell

    def _say(self, stdout: BinaryIO, **message: Any) -> None:
        with self._writing:
            stdout.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
            stdout.flush()


def _schema(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}
