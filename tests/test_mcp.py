"""`dg mcp`: what an assistant asks for and is answered, line by line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pytest

import dgcli
from dgcli.errors import InputError
from dgcli.mcp import VERSIONS, McpServer
from tests.checkpoints import TINY
from tests.lsp.scripted import REGISTERS, Scripted, connected
from tests.reliability.process import variables

DRAFT = "The mill 😀 [[?]] old.\r\n\r\nIt [[? a verb]] there.\r\n"


@dataclass
class Assistant:
    """A client."""

    to: BinaryIO
    back: BinaryIO

    def send(self, **message: Any) -> None:
        self.to.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self.to.flush()

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.back.readline())
        assert found.pop("jsonrpc") == "2.0"
        return found

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self.send(id=1, method=method, params=params)
        return self.read()

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        return self.ask("tools/call", name=tool, arguments=arguments)


@contextmanager
def assisted(filler: Scripted) -> Iterator[Assistant]:
    """An assistant, and a server in this process."""
    with connected(McpServer(filler, lambda: REGISTERS, lambda: 5).serve) as (to, back):
        try:
            yield Assistant(to, back)
        finally:
            filler.held = False


@pytest.fixture
def filler() -> Scripted:
    return Scripted()


@pytest.fixture
def assistant(filler: Scripted) -> Iterator[Assistant]:
    with assisted(filler) as assistant:
        yield assistant


@pytest.mark.parametrize(("asked", "agreed"), [(VERSIONS[1], VERSIONS[1]), ("1999-01-01", VERSIONS[0])])
def test_a_version_is_agreed_on(assistant: Assistant, asked: str, agreed: str) -> None:
    result = assistant.ask("initialize", protocolVersion=asked, capabilities={}, clientInfo={})["result"]
    assert (result["protocolVersion"], result["capabilities"]) == (agreed, {"tools": {}})
    assistant.send(method="notifications/initialized")
    assert assistant.ask("ping") == {"id": 1, "result": {}}


def test_the_tools_say_what_they_take(assistant: Assistant) -> None:
    tools = {tool["name"]: tool["inputSchema"] for tool in assistant.ask("tools/list")["result"]["tools"]}
    assert {name: schema["required"] for name, schema in tools.items()} == {
        "infill": ["text"],
        "restyle": ["text", "register"],
    }
    assert "formal" in tools["restyle"]["properties"]["register"]["description"]


def test_a_text_is_filled_or_restyled(assistant: Assistant, filler: Scripted) -> None:
    filled = DRAFT.replace("[[?]]", "was").replace("[[? a verb]]", "was")
    made = assistant.call("infill", text=DRAFT, name="a.md", seed=2)["result"]
    assert made == {"content": [{"type": "text", "text": filled}], "isError": False}
    filler.left = ("Line 1: it was left.",)
    made = assistant.call("restyle", text="One.\n", register="plain")["result"]
    assert [each["text"] for each in made["content"]] == ["ONE.\n", "Line 1: it was left."]
    (_, name, only, seed), restyled = filler.asked
    assert (name, only, seed) == ("a.md", {0, 1}, 2)
    assert restyled == ("One.\n", "", "plain", (0, 5), 5)


def test_what_is_wrong_is_an_answer_of_the_tool(assistant: Assistant, filler: Scripted) -> None:
    made = assistant.call("infill", text="No mark.\n")["result"]
    assert made["isError"] is True
    assert made["content"][0]["text"].startswith("The text has no mark to fill. Write [[?]]")
    for error, said in (
        (InputError("It is too long.", "Use <force>."), "It is too long."),
        (RuntimeError(DRAFT), "A fault inside dg (RuntimeError)."),
    ):
        filler.wrong = error
        made = assistant.call("infill", text=DRAFT)["result"]
        assert made == {"content": [{"type": "text", "text": said}], "isError": True}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", -32700),
        (b"\xff", -32700),
        (b"[]", -32600),
        (b'{"id": 1}', -32600),
        (b'{"id": [], "method": "ping"}', -32600),
        (b'{"id": 1, "method": "ping", "params": [1]}', -32600),
        (b'{"id": 1, "method": "resources/list"}', -32601),
        (b'{"id": 1, "method": "tools/call", "params": {"name": "rm"}}', -32602),
        (b'{"id": 1, "method": "tools/call", "params": {"name": "infill"}}', -32602),
        (b'{"id": 1, "method": "tools/call", "params": {"name": "infill", "arguments": {"text": 1}}}', -32602),
        (b'{"id": 1, "method": "tools/call", "params": {"name": "infill", "arguments": [1]}}', -32602),
        (b'{"id": 1, "method": "tools/call", "params": {"name": "infill", "arguments": {"text": "", "x": 1}}}', -32602),
    ],
)
def test_what_is_no_request_is_refused_and_the_next_is_answered(assistant: Assistant, line: bytes, code: int) -> None:
    assistant.to.write(line + b"\n")
    assistant.to.flush()
    assert assistant.read()["error"]["code"] == code
    assert assistant.ask("ping")["result"] == {}


def test_a_call_that_is_cancelled_has_no_answer_and_the_next_one_is_made(
    assistant: Assistant, filler: Scripted
) -> None:
    filler.held = True
    params = {"name": "infill", "arguments": {"text": DRAFT}, "_meta": {"progressToken": "p"}}
    assistant.send(id="a", method="tools/call", params=params)
    told = assistant.read()
    assert told == {
        "method": "notifications/progress",
        "params": {"progressToken": "p", "progress": 0.5, "total": 1, "message": "hole 1 of 1, step 1 of 2"},
    }
    assistant.send(id="b", method="tools/call", params={"name": "infill", "arguments": {"text": DRAFT}})
    assistant.send(method="notifications/cancelled", params={"requestId": "a"})
    assert assistant.ask("ping") == {"id": 1, "result": {}}
    filler.held = False
    assert assistant.read()["id"] == "b"
    assert filler.stopped == 1


def test_the_process_says_nothing_but_the_protocol_and_fills_as_the_library_does(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from dgcli.__main__ import main; main()", "mcp", "--seed", "7"]
    call = {"id": 1, "method": "tools/call", "params": {"name": "infill", "arguments": {"text": DRAFT}}}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=tmp_path, env=variables(tmp_path), **pipes) as process:
        assistant = Assistant(process.stdin, process.stdout)  # type: ignore[arg-type]
        assistant.send(**call)
        (content,) = assistant.read()["result"]["content"]
        assistant.to.close()
        assert assistant.back.read() == b""
        assert process.wait(600) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert content["text"] == dgcli.infill(dgcli.load(TINY), DRAFT, seed=7).text
