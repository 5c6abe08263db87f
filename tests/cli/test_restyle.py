from __future__ import annotations

import gc
import io
import json
import os
import re
import signal
import subprocess
import sys
import tracemalloc
from array import array
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path

import pytest

from dgcli.cli import picking
from dgcli.cli.app import app
from dgcli.cli.choose import BUNDLED_RESTYLE
from dgcli.events import Event
from dgcli.platform.environment import Environment
from dgcli.tasks.choosing import Decision, Offer, Verdict
from dgcli.tasks.restyle import restyle as restyling
from dgcli.tasks.restyle.passage import Passage
from dgcli.tasks.restyle.select import Rewritten
from tests.checkpoints import TINY
from tests.cli.conftest import Dg, Terminal

LETTER = (
    b"# On it\r\n\r\nWe go there now, see `x` and\r\nhttps://a.b/c today.\r\n\r\n"
    b"> [!note]\r\n> - yes yes it is\r\n\r\n    code is code\r\n"
)
FORMAL = ("restyle", "--register", "formal", "--seed", "1")


@pytest.fixture
def loud(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks come out in capitals: a way to rewrite that needs no model, so that a test can have many."""

    def louder(session: object, passage: Passage, first_canvas: int) -> Generator[Event, None, Rewritten]:
        yield from ()
        words = (unit.lead + (unit.text if unit.held else unit.text.upper()) for unit in passage.units)
        return Rewritten(text="".join(words))

    monkeypatch.setattr(restyling, "restyle", partial(restyling.restyle, rewrite=louder))


LOUD = (
    b"# On it\r\n\r\nWE GO THERE NOW, SEE `x` AND\r\nhttps://a.b/c TODAY.\r\n\r\n"
    b"> [!note]\r\n> - YES YES IT IS\r\n\r\n    code is code\r\n"
)


@pytest.mark.usefixtures("loud")
def test_the_seed_is_told_and_the_steps_where_there_were_any(dg: Dg) -> None:
    assert re.search(r"^dg: seed \d+\.$", dg(*FORMAL[:3], stdin=LETTER).stderr, re.MULTILINE)
    filled = dg("infill", "--steps", "1", stdin=b"One [[?]] three.")
    assert re.search(r"^dg: seed \d+, 1 step\.$", filled.stderr, re.MULTILINE)


@pytest.mark.usefixtures("loud")
def test_stdin_to_stdout(dg: Dg) -> None:
    outcome = dg(*FORMAL, "--format", "markdown", stdin=LETTER)
    assert (outcome.code, outcome.stdout) == (0, LOUD)


def test_the_model_at_work_keeps_all_but_words(dg: Dg) -> None:
    outcome = dg(*FORMAL, "--format", "markdown", "--strength", "0.3", stdin=LETTER)
    assert outcome.code == 0
    pattern = rb"# On it\r\n\r\n.*`x`.*https://a\.b/c.*\r\n\r\n> \[!note\]\r\n> - .*\r\n\r\n    code is code\r\n"
    assert re.fullmatch(pattern, outcome.stdout, re.DOTALL)
    assert dg(*FORMAL, "--format", "markdown", "--strength", "0.3", "-q", stdin=LETTER).stdout == outcome.stdout


@pytest.mark.usefixtures("loud")
def test_the_bundled_model_rewrites_where_none_is_named(dg: Dg) -> None:
    outcome = dg(*FORMAL, "-v", stdin=b"We go there.\n", model="")
    assert outcome.stdout == b"WE GO THERE.\n"
    assert f"loaded dg-small from {BUNDLED_RESTYLE} in" in outcome.stderr


def test_that_nothing_was_changed_is_said(dg: Dg, monkeypatch: pytest.MonkeyPatch) -> None:
    def same(session: object, passage: Passage, first_canvas: int) -> Generator[Event, None, Rewritten]:
        yield from ()
        return Rewritten(text=passage.text)

    monkeypatch.setattr(restyling, "restyle", partial(restyling.restyle, rewrite=same))
    said = "nothing was changed"
    outcome = dg("restyle", "--register", "like a ship's log", stdin=b"We go there.\n")
    assert (outcome.code, outcome.stdout, said in outcome.stderr) == (0, b"We go there.\n", True)
    assert said not in dg(*FORMAL, "-q", stdin=b"We go there.\n").stderr
    assert said not in dg(*FORMAL, stdin=b"    code\n", model="").stderr  # there was nothing to change


def test_strength_0_is_the_input(dg: Dg) -> None:
    text = "\ufeffNo end, \ttabs and  blanks \r\nof the\rlast line of it".encode()
    assert dg(*FORMAL, "--strength", "0", stdin=text).stdout == text


@pytest.mark.usefixtures("loud")
def test_a_file_goes_to_stdout_in_place_to_a_file_and_into_a_diff(dg: Dg, tmp_path: Path) -> None:
    file = tmp_path / "letter.md"
    file.write_bytes(LETTER)
    assert dg(*FORMAL, "letter.md").stdout == LOUD
    diff = dg(*FORMAL, "letter.md", "--diff")
    assert "-We go there now" in diff.text
    assert "+WE GO THERE NOW" in diff.text
    assert dg(*FORMAL, "letter.md", "-o", "out.md").stdout == b""
    assert (tmp_path / "out.md").read_bytes() == LOUD
    assert dg(*FORMAL, "letter.md", "-i", "--backup", ".old").stdout == b""
    assert file.read_bytes() == LOUD
    assert (tmp_path / "letter.md.old").read_bytes() == LETTER


@pytest.mark.usefixtures("loud")
def test_json(dg: Dg) -> None:
    value = json.loads(dg(*FORMAL, "--format", "markdown", "--json", stdin=LETTER).text)
    assert value["text"].encode() == LOUD
    assert [span["line"] for span in value["spans"]] == [3, 7]
    for span in value["spans"]:
        assert LETTER.decode()[span["start"] : span["end"]] == span["old"]
    assert {"seed", "steps_used", "converged", "stop_reason", "tokens", "seconds", "model"} <= value.keys()


def test_a_block_that_is_left_as_it_was_is_named_and_the_exit_code_tells(dg: Dg) -> None:
    """What the tiny model writes at random says nothing of the kind."""
    outcome = dg(*FORMAL, "--steps", "1", stdin=b"Hm.\n\nWe did not go there with you now.\n")
    assert (outcome.code, outcome.stdout) == (5, b"Hm.\n\nWe did not go there with you now.\n")
    assert "stdin, line 3: “We did not go there with you now.” was left as it was, or a part of it: " in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "No register was named."),
        (("--keep", "["), "is not a regular expression"),
        (("--register", "fromal"), "did you mean 'formal'?"),
        (("--register", "formal", "--keep", "("), "is not a regular expression"),
        (("--register", "formal", "--example", "no"), "is not FROM=TO"),
        (("--register", "formal", "-i"), "stdin cannot be edited in place"),
        (("--register", "formal", "--diff", "-o", "x"), "-o and --diff were both given"),
        (("--register", "formal", "--diff", "--json"), "--diff and --json were both given"),
    ],
)
def test_options_that_do_not_fit(dg: Dg, arguments: tuple[str, ...], said: str) -> None:
    outcome = dg("restyle", *arguments, model="nowhere")
    assert outcome.code == 2
    assert said in outcome.stderr


@pytest.mark.usefixtures("loud")
def test_what_is_not_utf_8_ends_it_after_what_was_finished(dg: Dg) -> None:
    outcome = dg(*FORMAL, stdin=b"We go there now.\n\nAnd we \xff do.\n")
    assert (outcome.code, outcome.stdout) == (4, b"WE GO THERE NOW.\n\n")
    assert "stdin, line 3, is not UTF-8: byte 7" in outcome.stderr


@pytest.mark.usefixtures("loud")
def test_a_terminal_on_stdin_is_told_what_is_awaited(tmp_path: Path) -> None:
    class Typed(io.BytesIO):
        def isatty(self) -> bool:
            return True

    stdout, stderr = io.BytesIO(), Terminal()
    env = Environment(
        Typed(b"We go there.\n"), stdout, stderr, {"DG_MODEL": str(TINY)}, clock=lambda: 0.0, settings=Path("none")
    )
    with pytest.raises(SystemExit):
        app([*FORMAL], prog_name="dg", obj=env)
    assert "reading from the terminal; end with Ctrl-D" in stderr.getvalue()
    assert stdout.getvalue() == b"WE GO THERE.\n"


class Endless(io.RawIOBase):
    """Paragraphs without end, or so many; and how many lines were asked for."""

    def __init__(self, paragraphs: int) -> None:
        self.left = 2 * paragraphs
        self.asked = 0

    def readline(self, size: int | None = -1) -> bytes:
        if not self.left:
            return b""
        self.left -= 1
        self.asked += 1
        return b"\n" if self.asked % 2 == 0 else b"Some words, and number %07d among them, to be said.\n" % self.asked

    def isatty(self) -> bool:
        return False


@pytest.mark.usefixtures("loud")
def test_a_long_stdin_flows_in_order_with_flat_memory() -> None:
    paragraphs = int(os.environ.get("DG_PARAGRAPHS", "300"))  # 18,000 are 1 MB
    source = Endless(paragraphs)
    written = array("q")  # takes next to no memory itself
    peaks: list[int] = []

    class Sink(io.BytesIO):
        def write(self, data: object) -> int:
            if found := re.search(rb"NUMBER (\d+)", bytes(data)):  # type: ignore[call-overload]
                written.append(int(found[1]))
                assert source.asked <= written[-1] + 2  # no more is read than is worked on
                if written[-1] in (paragraphs // 2 + 1, 2 * paragraphs - 1):
                    gc.collect()  # what nobody holds any more
                    peaks.append(tracemalloc.get_traced_memory()[0])
            return len(bytes(data))  # type: ignore[call-overload]

    env = Environment(source, Sink(), io.StringIO(), {"DG_MODEL": str(TINY)}, clock=lambda: 0.0, settings=Path("none"))  # type: ignore[arg-type]
    tracemalloc.start()
    try:
        with pytest.raises(SystemExit) as ended:
            app([*FORMAL], prog_name="dg", obj=env)
    finally:
        tracemalloc.stop()
    assert ended.value.code == 0
    assert list(written) == list(range(1, 2 * paragraphs, 2))
    assert peaks[-1] < peaks[0] + 200_000


def started(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # a shell's jobs may ignore it
    code += "; from dgcli.cli.app import main; main()"
    command = [sys.executable, "-c", code, *FORMAL, "--strength", "0.2", *arguments]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, "DG_MODEL": str(TINY)},
    )


def test_ctrl_c_leaves_what_was_finished_on_stdout() -> None:
    with started() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"    code first\n\nWe go there now.\n\n")
        process.stdin.flush()
        first = process.stdout.readline()  # comes before stdin ends
        process.send_signal(signal.SIGINT)
        rest, said = process.stdout.read(), process.stderr.read()
        assert process.wait() == 130
    assert first == b"    code first\n"
    assert rest in (b"", b"\n") or rest.endswith(b"\n")
    assert b"interrupted; what was finished is on stdout" in said
    assert b"Traceback" not in said


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    command = (
        f"'{sys.executable}' -c 'from dgcli.cli.app import main; main()' {' '.join(FORMAL)} -q --strength 0 | head -1"
    )
    done = subprocess.run(
        ["bash", "-c", command],
        input=b"We go there now.\n\n" * 20_000,
        capture_output=True,
        env={**os.environ, "DG_MODEL": str(TINY)},
        check=False,
    )
    assert (done.stdout, done.stderr) == (b"We go there now.\n", b"")


@pytest.mark.parametrize("place", ["file", "stdin"])
def test_a_run_can_be_watched_recorded_and_played(dg: Dg, tmp_path: Path, place: str) -> None:
    text = b"# On it\n\nWe go there.\n\nAnd it is good.\n"
    (tmp_path / "a.md").write_bytes(text)
    how = ("a.md",) if place == "file" else ()
    silent = dg(*FORMAL, *how, "--strength", "0.3", stdin=text)
    shown = dg(*FORMAL, *how, "--strength", "0.3", "--record", "r.jsonl", stdin=text, terminal=True)
    assert shown.stdout == silent.stdout
    assert dg("replay", "r.jsonl", "--export", "r.txt").code == 0
    played = (tmp_path / "r.txt").read_text()
    assert "We go there." in played
    assert ("block 2/2" in played) == (place == "file")
    lines = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert lines[0]["command"] == "restyle"
    assert lines[-1]["result"].encode() == silent.stdout
    assert dg("explain", "r.jsonl").code == 0


@pytest.fixture
def decide(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Offer]]:
    """`decide(*decisions)`: what a person decides, one after the other; what was offered by then."""

    def decide(*decisions: Decision) -> list[Offer]:
        offers: list[Offer] = []

        def choose(offer: Offer) -> Decision:
            offers.append(offer)
            return decisions[len(offers) - 1]

        monkeypatch.setattr(picking, "picker", lambda env, picture: choose)
        return offers

    return decide


PICKED = ("restyle", "--register", "formal", "--seed", "1", "--pick", "--animate", "never")
TWO = b"We go there now.\n\nWe stay here.\n"


@pytest.mark.usefixtures("loud")
def test_what_is_picked_is_written_and_the_rest_counted(dg: Dg, decide: Callable[..., list[Offer]]) -> None:
    offers = decide(0, Verdict.SKIP)
    outcome = dg(*PICKED, stdin=TWO, terminal=True)
    assert (outcome.code, outcome.stdout) == (0, b"WE GO THERE NOW.\n\nWe stay here.\n")
    assert "dg: rewrote 1 of 2 paragraphs of stdin; the others are as they were.\n" in outcome.stderr
    assert [offer.fills[0].old for offer in offers] == ["We go there now.", "We stay here."]


@pytest.mark.usefixtures("loud")
def test_picking_stops_before_the_next_file(dg: Dg, tmp_path: Path, decide: Callable[..., list[Offer]]) -> None:
    decide(0, Verdict.STOP)
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_bytes(TWO)
    outcome = dg(*PICKED, "-i", "a.txt", "b.txt", terminal=True)
    assert outcome.code == 0
    assert (tmp_path / "a.txt").read_bytes() == b"WE GO THERE NOW.\n\nWe stay here.\n"
    assert (tmp_path / "b.txt").read_bytes() == TWO


@pytest.mark.usefixtures("loud")
def test_picking_needs_a_terminal(dg: Dg) -> None:
    outcome = dg(*PICKED, stdin=TWO)
    assert (outcome.code, outcome.stdout) == (2, b"")
    assert "--pick needs a terminal" in outcome.stderr
