"""An editor as the protocol knows it: messages out and in, documents of which the editor has the last word."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from queue import Queue
from typing import Any, BinaryIO

_SIZES = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


def units(text: str, encoding: str) -> int:
    """Its code units."""
    name, size = _SIZES[encoding]
    return len(text.encode(name)) // size


def lines_of(text: str) -> list[str]:
    """Its lines with their ends, which are CRLF, LF or CR and nothing else."""
    lines = [""]
    for index, character in enumerate(text):
        lines[-1] += character
        if character == "\n" or (character == "\r" and text[index + 1 : index + 2] != "\n"):
            lines.append("")
    return lines


def place(text: str, offset: int, encoding: str) -> dict[str, int]:
    """The position of a character, found by going through the lines."""
    before = lines_of(text[:offset])
    return {"line": len(before) - 1, "character": units(before[-1], encoding)}


def applied(text: str, edits: Sequence[Mapping[str, Any]], encoding: str) -> str:
    """A text after edits, which are made in its code units, from the last to the first."""
    name, size = _SIZES[encoding]
    lines = [line.encode(name) for line in lines_of(text)]

    def offset(position: Mapping[str, int]) -> int:
        return sum(map(len, lines[: position["line"]])) + size * position["character"]

    data = b"".join(lines)
    for edit in sorted(edits, key=lambda each: offset(each["range"]["start"]), reverse=True):
        start, end = (offset(edit["range"][edge]) for edge in ("start", "end"))
        data = data[:start] + edit["newText"].encode(name) + data[end:]
    return data.decode(name)


@dataclass
class Editor:
    """A client. What the server says by itself is kept in `said`, by its method."""

    to: BinaryIO
    back: BinaryIO
    encoding: str = "utf-16"
    texts: dict[str, str] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    said: list[tuple[str, Any]] = field(default_factory=list)
    takes_edits: bool = True
    before_edit: Callable[[], None] = lambda: None
    _answers: Queue[Any] = field(default_factory=Queue)
    _number: int = 0

    def send(self, **message: Any) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.to.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self.to.flush()

    def notify(self, method: str, **params: Any) -> None:
        self.send(method=method, params=params)

    def ask(self, method: str, **params: Any) -> int:
        """Send a request, and do not wait."""
        self._number += 1
        self.send(id=self._number, method=method, params=params)
        return self._number

    def read(self) -> dict[str, Any] | None:
        """One message; None where the server is gone."""
        length = 0
        while line := self.back.readline().strip():
            name, _, value = line.partition(b":")
            assert name.lower() in (b"content-length", b"content-type"), line
            length = int(value) if name.lower() == b"content-length" else length
        return json.loads(self.back.read(length)) if length else None

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Do as the server says until a message comes that is wanted; that one."""
        while (message := self.read()) is not None:
            if "method" in message:
                self.said.append((message["method"], message.get("params")))
                if "id" in message:
                    self.send(id=message["id"], result=self._answer(message))
            if wanted(message):
                return message
        raise AssertionError("the server is gone")

    def answer(self, number: int) -> dict[str, Any]:
        """The answer to a request, an error or not."""
        return self.until(lambda message: message.get("id") == number and "method" not in message)

    def request(self, method: str, **params: Any) -> Any:
        """The result of a request."""
        answer = self.answer(self.ask(method, **params))
        assert "error" not in answer, answer
        return answer["result"]

    def heard(self, method: str) -> Any:
        """What the server says next by that method."""
        return self.until(lambda message: message.get("method") == method)["params"]

    def _answer(self, message: dict[str, Any]) -> Any:
        if message["method"] != "workspace/applyEdit":
            return None
        self.before_edit()
        (change,) = message["params"]["edit"]["documentChanges"]
        uri, version = change["textDocument"]["uri"], change["textDocument"]["version"]
        if not self.takes_edits or self.versions[uri] != version:
            return {"applied": False}
        self.change(uri, applied(self.texts[uri], change["edits"], self.encoding))
        return {"applied": True}

    def start(self, *, encodings: Sequence[str] = (), progress: bool = True) -> dict[str, Any]:
        """Say who we are; what the server can."""
        capabilities: dict[str, Any] = {
            "workspace": {"workspaceEdit": {"documentChanges": True}},
            "window": {"workDoneProgress": progress},
        }
        if encodings:
            capabilities["general"] = {"positionEncodings": list(encodings)}
        result = self.request("initialize", processId=None, rootUri=None, capabilities=capabilities)
        self.notify("initialized")
        self.encoding = result["capabilities"].get("positionEncoding", "utf-16")
        found: dict[str, Any] = result["capabilities"]
        return found

    def open(self, text: str, uri: str = "file:///folder/draft.md", language: str = "markdown") -> str:
        self.texts[uri], self.versions[uri] = text, 1
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", textDocument=item)
        return uri

    def change(self, uri: str, text: str) -> None:
        """Somebody typed."""
        self.texts[uri] = text
        self.versions[uri] += 1
        item = {"uri": uri, "version": self.versions[uri]}
        self.notify("textDocument/didChange", textDocument=item, contentChanges=[{"text": text}])

    def stretch(self, uri: str, words: str, start: int | None = None) -> dict[str, Any]:
        """Where words stand, as a range."""
        text = self.texts[uri]
        start = text.index(words) if start is None else start
        return {"start": place(text, start, self.encoding), "end": place(text, start + len(words), self.encoding)}

    def actions(self, uri: str, words: str, **context: Any) -> dict[str, dict[str, Any]]:
        """The code actions at some words, by title."""
        found = self.request(
            "textDocument/codeAction",
            textDocument={"uri": uri},
            range=self.stretch(uri, words),
            context={"diagnostics": [], **context},
        )
        return {each["title"]: each for each in found}

    def run(self, action: Mapping[str, Any]) -> dict[str, Any]:
        """Run the command of a code action; the answer, an error or not."""
        command = action["command"]
        return self.answer(
            self.ask("workspace/executeCommand", command=command["command"], arguments=command["arguments"])
        )

    def command(self, name: str, uri: str, **arguments: Any) -> int:
        """Ask for a command, and do not wait."""
        return self.ask("workspace/executeCommand", command=name, arguments=[{"uri": uri, **arguments}])

    def take(self, action: Mapping[str, Any]) -> None:
        """Make the edit of a code action."""
        (change,) = action["edit"]["documentChanges"]
        uri = change["textDocument"]["uri"]
        assert change["textDocument"]["version"] == self.versions[uri]
        self.change(uri, applied(self.texts[uri], change["edits"], self.encoding))

    def hover(self, uri: str, offset: int) -> str:
        position = place(self.texts[uri], offset, self.encoding)
        found = self.request("textDocument/hover", textDocument={"uri": uri}, position=position)
        return "" if found is None else str(found["contents"]["value"])

    def leave(self) -> None:
        """Say goodbye, and mean it."""
        self.request("shutdown")
        self.notify("exit")
