"""The server, asked over its socket: the same results as without it, one at a time, and nothing lost."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

import dgcli
from dgcli import api
from dgcli.errors import DgError, InputError
from dgcli.events import Event
from dgcli.serve.places import socket_in
from dgcli.serve.requests import ServerGoneError
from dgcli.serve.runs import Served
from dgcli.tasks.restyle.manner import Manner
from dgcli.tasks.restyle.restyled import Part
from dgcli.text.marks import choose_span, find_marks
from tests.checkpoints import TINY
from tests.cli.conftest import Dg
from tests.reliability.process import PATIENCE
from tests.serve.conftest import TOKEN, Running

DRAFT = "One [[? a hint]] two.\n"
MAIL = "We go.\n\n```\ncode\n```\n"
LONG = {"text": "One [[?]] two.", "steps": 2**31 - 1}


def _nothing() -> Served:
    """A model that is never asked."""
    model: Any = Mock()
    return Served("none", dict.fromkeys(("infill", "restyle", "generate"), model), dict)


def until(holds: Any) -> None:
    """Wait for something that has to come."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_an_infill_is_that_of_the_library(running: Running, tiny: dgcli.LoadedModel) -> None:
    for document in (find_marks(DRAFT, ""), choose_span(DRAFT, "", "0:3", "a hint")):
        here = api.infill(tiny, document, seed=3, steps=2, alternatives=2, name="a.md")
        there = running.client().infill(document, seed=3, steps=2, alternatives=2, name="/a/b/a.md")
        assert there.text == here.text
        assert [fill.text for fill in there.fills] == [fill.text for fill in here.fills]
        assert [fill.span for fill in there.fills] == [fill.span for fill in here.fills]


def test_events_are_those_of_the_library(running: Running, tiny: dgcli.LoadedModel) -> None:
    def plain(event: Event) -> Any:
        kept = dict(vars(event))
        for noisy in ("seconds", "sampling", "entropy"):  # times, and what is rounded on the way
            kept.pop(noisy, None)
        return type(event), kept

    here: list[Event] = []
    there: list[Event] = []
    client = running.client()
    api.infill(tiny, DRAFT, seed=3, steps=2, show=here.append)
    client.infill(DRAFT, seed=3, steps=2, show=there.append)
    assert list(map(plain, there)) == list(map(plain, here))
    assert client.head_seconds() > 0
    assert client.header("infill", 3, "balanced", 2)["seed"] == 3


def test_a_restyle_is_that_of_the_library(running: Running, tiny: dgcli.LoadedModel) -> None:
    manner = Manner(register="Make it formal.", strength=0.9)
    here: list[Part] = []
    there: list[Part] = []
    totals = api.restyle_lines(tiny, [MAIL], manner, here.append, seed=3, steps=1)
    found = running.client().restyle_lines([MAIL], manner, there.append, seed=3, steps=1)
    assert found == totals
    texts = [[part if isinstance(part, str) else part.text for part in parts] for parts in (here, there)]
    assert texts[0] == texts[1]


def test_a_generate_is_that_of_the_library(running: Running, tiny: dgcli.LoadedModel) -> None:
    here = api.generate(tiny, "A haiku", seed=3, steps=2, max_tokens=20)
    there = running.client().generate("A haiku", seed=3, steps=2, max_tokens=20)
    assert (there.text, there.tokens, there.stop_reason) == (here.text, here.tokens, here.stop_reason)


def test_without_a_stream_the_answer_is_what_the_command_prints(running: Running) -> None:
    status, answer = running.ask("/dg/infill", {"text": DRAFT, "seed": 3, "steps": 2})
    assert status == 200
    assert answer["seed"] == 3
    assert answer["model"] == "tiny"
    assert len(answer["spans"]) == 1
    status, again = running.ask("/dg/infill", {"text": DRAFT, "seed": 3, "steps": 2})
    assert again["text"] == answer["text"]
    status, other = running.ask("/dg/infill", {"text": DRAFT, "steps": 2})
    assert type(other["seed"]) is int


def test_a_stream_tells_the_place_the_run_and_its_result(running: Running) -> None:
    events = running.stream("/dg/infill", {"text": DRAFT, "seed": 3, "steps": 2, "events": True})
    names = [name for name, _ in events]
    assert names[:3] == ["queued", "run", "draft"]
    assert names[-2:] == ["spent", "result"]
    assert {"canvas", "step", "filled"} <= set(names)
    parts = [
        value
        for name, value in running.stream("/dg/restyle", {"text": MAIL, "register": "formal", "steps": 1})
        if name == "part"
    ]
    assert "".join(part.get("text", part.get("old")) for part in parts) == MAIL


def test_errors_keep_their_exit_codes(running: Running) -> None:
    with pytest.raises(InputError, match="asks for"):
        running.client().infill(find_marks("a [[?~99999]]", ""), seed=1)
    status, answer = running.ask("/dg/infill", {"text": "no mark"})
    assert (status, answer["error"]["exit_code"]) == (400, 4)
    status, answer = running.ask("/dg/restyle", {"text": "a", "register": "formel"})
    assert (status, answer["error"]["exit_code"]) == (400, 2)
    assert "did you mean 'formal'" in answer["error"]["message"]


def test_a_language_that_the_model_hardly_knows(running: Running, tiny: dgcli.LoadedModel) -> None:
    from dgcli.tasks.language import hardly_known

    for text in ("the cat sat on the mat and it was good", "wir gehen morgen gemeinsam zum zahnarzt hin"):
        assert running.client().hardly_known(text) == hardly_known(text, tiny.tokenizer)


def test_the_socket_is_its_owners_alone(running: Running) -> None:
    assert stat.S_IMODE(running.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(running.socket.stat().st_mode) == 0o600


def test_a_second_server_says_that_there_is_one(running: Running) -> None:
    from dgcli.serve.server import RunningError, serve

    with pytest.raises(RunningError, match="running already"):
        serve(pytest.fail, {}, running.folder)
    assert running.client().status().model == "tiny"


def test_a_server_without_a_job_for_long_enough_ends() -> None:
    from dgcli.serve.server import serve

    with tempfile.TemporaryDirectory(prefix="dg") as home:
        folder = Path(home) / "dg"
        thread = threading.Thread(target=serve, args=(_nothing, {}, folder), kwargs={"idle": 0.0}, daemon=True)
        thread.start()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert not socket_in(folder).exists()


@pytest.mark.parametrize(("minutes", "seconds"), [("2", 120.0), ("0", None)])
def test_the_command_serves_as_it_is_told(
    dg: Dg, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, minutes: str, seconds: float | None
) -> None:
    pytest.importorskip("uvicorn", reason="needs the extra `serve`")
    told: dict[str, Any] = {}
    monkeypatch.setattr("dgcli.serve.server.serve", lambda *given, **options: told.update(options))
    outcome = dg("serve", "-m", str(TINY), "--idle", minutes, "--port", "8123", XDG_RUNTIME_DIR=str(tmp_path))
    assert outcome.code == 0
    assert (told["idle"], told["port"]) == (seconds, 8123)
    assert f"the token for clients of port 8123 is {told['token']};" in outcome.stderr


def test_what_a_killed_server_left_is_taken_away(tmp_path: Path, tiny: dgcli.LoadedModel) -> None:
    """The socket is there and nobody listens; the lock went with the process."""
    from dgcli.serve.server import _locked, _socket

    with _locked(tmp_path), _socket(tmp_path) as left:
        path = Path(left.getsockname())
        os.link(path, tmp_path / "left")
    (tmp_path / "left").rename(path)
    with _locked(tmp_path), _socket(tmp_path) as listening, socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        listening.accept()[0].close()


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """No canvas is ever settled."""
    monkeypatch.setattr("dgcli.diffusion.stopping.AllOf.settled", lambda *given: False)


class TestQueue:
    def test_a_client_that_goes_away_frees_the_model(self, running: Running, endless: None) -> None:
        connection = running.connection()
        connection.request("POST", "/dg/infill", _json({**LONG, "stream": True}))
        until(lambda: running.client().status().running)
        connection.sock.shutdown(socket.SHUT_RDWR)
        connection.close()
        until(lambda: not running.client().status().running)

    def test_a_client_that_waits_for_one_answer_and_goes_away(self, running: Running, endless: None) -> None:
        connection = running.connection()
        connection.request("POST", "/dg/infill", _json(LONG))
        until(lambda: running.client().status().running)
        connection.close()
        until(lambda: not running.client().status().running)

    def test_close_from_another_thread_ends_a_run(self, running: Running, endless: None) -> None:
        client, steps = running.client(), threading.Event()
        threading.Thread(target=lambda: (steps.wait(60), client.close())).start()
        with pytest.raises(ServerGoneError):
            client.infill(str(LONG["text"]), seed=1, steps=2**31 - 1, show=lambda event: steps.set())
        until(lambda: not running.client().status().running)

    def test_what_a_watcher_raises_ends_the_run(self, running: Running) -> None:
        def show(event: Event) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            running.client().infill(str(LONG["text"]), seed=1, show=show)
        until(lambda: not running.client().status().running)

    def test_places_are_told_and_each_client_gets_its_own_answer(
        self, running: Running, endless: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = running.connection()
        first.request("POST", "/dg/infill", _json({**LONG, "stream": True}))
        until(lambda: running.client().status().running)
        answers: dict[int, str] = {}
        places: dict[int, list[int]] = {number: [] for number in range(5)}

        def ask(number: int) -> None:
            from dgcli.serve.client import Client

            client = Client(running.socket, places[number].append)
            answers[number] = client.infill(f"Client {number} [[?]] end.", seed=number, steps=1).text

        threads = [threading.Thread(target=ask, args=[number]) for number in range(5)]
        for thread in threads:
            thread.start()
        until(lambda: running.client().status().waiting == 5)
        monkeypatch.undo()  # the others end by themselves
        first.close()
        for thread in threads:
            thread.join(60)
        assert sorted(answers) == list(range(5))
        for number, text in answers.items():
            assert text.startswith(f"Client {number} ")
        assert sorted(each[0] for each in places.values()) == list(range(1, 6))
        for each in places.values():
            assert each == sorted(each, reverse=True)
            assert each[-1] == 0

    def test_a_full_queue_says_so(self, running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("dgcli.serve.worker.MOST", 0)
        status, answer = running.ask("/dg/infill", {"text": DRAFT})
        assert status == 503
        assert "waiting" in answer["error"]["message"]
        with pytest.raises(DgError, match="waiting"):
            running.client().infill(DRAFT, seed=1)


class TestGate:
    def test_over_tcp_the_token_is_needed(self, running: Running) -> None:
        assert running.ask("/dg/status", method="GET", tcp=True)[0] == 401
        assert running.ask("/dg/status", method="GET", tcp=True, Authorization="Bearer other")[0] == 401
        assert running.ask("/dg/status", method="GET", tcp=True, Authorization=f"Bearer {TOKEN}")[0] == 200
        assert running.ask("/dg/stop", {}, tcp=True)[0] == 401
        assert running.ask("/nothing", {}, tcp=True)[0] == 401

    def test_another_host_or_a_page_is_refused(self, running: Running) -> None:
        """A page whose name was made to lead here sends its own name, and says where it comes from."""
        good = {"Authorization": f"Bearer {TOKEN}"}
        for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil:1", ""):
            assert running.ask("/dg/status", method="GET", tcp=True, Host=host, **good)[0] == 403, host
        for host in ("localhost", "127.0.0.1:8080", "[::1]:80"):
            assert running.ask("/dg/status", method="GET", tcp=True, Host=host, **good)[0] == 200, host
        assert running.ask("/dg/status", method="GET", tcp=True, Origin="http://localhost", **good)[0] == 403
        assert running.ask("/dg/status", method="GET", Origin="null")[0] == 403

    def test_patterns_are_for_the_socket_alone(self, running: Running) -> None:
        good = {"Authorization": f"Bearer {TOKEN}"}
        body = {"text": "One TODO two.", "marker": "TODO", "steps": 1}
        assert running.ask("/dg/infill", body, tcp=True, **good)[0] == 400
        assert running.ask("/dg/infill", body)[0] == 200

    @pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"text": NaN}', b"null", b"[]", b'"a"'])
    def test_a_body_that_is_no_request(self, running: Running, body: bytes) -> None:
        status, answer = running.ask("/dg/infill", body)
        assert status == 400
        assert "Traceback" not in str(answer)

    def test_a_body_that_is_too_large_is_not_read(self, running: Running) -> None:
        connection = running.connection()
        connection.putrequest("POST", "/dg/infill")
        connection.putheader("Content-Length", str(10**9))
        connection.endheaders()  # the answer does not wait for any of it
        response = connection.getresponse()
        assert response.status == 413
        assert response.headers["connection"] == "close"

    def test_a_body_without_a_length_is_not_read_for_ever(
        self, running: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("dgcli.serve.gate.LARGEST", 1000)
        connection = running.connection()
        connection.putrequest("POST", "/dg/infill")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders(b"400\r\n" + b"a" * 1024 + b"\r\n")  # more would follow
        assert connection.getresponse().status == 413

    def test_who_is_slow_is_not_waited_for(self, running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("dgcli.serve.gate._PATIENCE", 0.05)
        connection = running.connection()
        connection.putrequest("POST", "/dg/infill")
        connection.putheader("Content-Length", "100")
        connection.endheaders()
        assert connection.getresponse().status == 408
        monkeypatch.setattr("dgcli.serve.connections._PATIENCE", 0.05)
        connection = running.connection()
        connection.sock.sendall(b"POST /dg/infill HTT")
        assert connection.sock.recv(1) == b""
        connection = running.connection()
        assert connection.sock.recv(1) == b""

    def test_what_is_not_there(self, running: Running) -> None:
        for method, path in (("POST", "/etc/passwd"), ("GET", "/../etc/passwd"), ("PUT", "/dg/infill"), ("GET", "/")):
            status, answer = running.ask(path, method=method)
            assert status in (404, 405)
            assert set(answer) == {"error"}

    def test_a_method_that_is_none_is_told_which_there_are(self, running: Running) -> None:
        connection = running.connection()
        connection.request("TRACE", "/dg/infill")
        response = connection.getresponse()
        assert (response.status, response.headers["allow"]) == (405, "POST")

    def test_a_fault_says_what_kind_it_is_and_nothing_of_the_text(
        self, running: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*given: Any, **more: Any) -> Any:
            raise RuntimeError("secret text")

        monkeypatch.setattr("dgcli.api.infill", broken)
        status, answer = running.ask("/dg/infill", {"text": DRAFT})
        assert status == 500
        assert answer["error"]["message"] == "A fault inside dg (RuntimeError). Report it."
        assert running.said
        assert "secret" not in "".join(running.said)


def _json(value: Any) -> bytes:
    import json

    return json.dumps(value).encode()
