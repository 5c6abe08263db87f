from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from dgcli.watch.recording import read_trace
from dgcli.watch.timeline import Timeline
from tests.checkpoints import TINY
from tests.cli.conftest import Dg

DRAFT = (
    "# Mill <b>\n\nThe old mill stands [[?]] the river & <script>alert(1)</script>.\n\nNobody [[?~9 </script>]] it.\n"
)


@pytest.fixture
def trace(dg: Dg, tmp_path: Path) -> Path:
    assert dg("infill", "-", "--seed", "1", "--steps", "6", "--record", "t.jsonl", stdin=DRAFT.encode()).code == 0
    return tmp_path / "t.jsonl"


def test_every_kind_of_file(dg: Dg, trace: Path, tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    names = ["r.svg", "r.html", "r.cast", "r.gif", "r.txt"]
    outcome = dg("replay", trace.name, *(part for name in names for part in ("--export", name)))
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, b"", "")
    assert all((tmp_path / name).stat().st_size > 500 for name in names)


def test_svg(dg: Dg, trace: Path, tmp_path: Path) -> None:
    dg("replay", trace.name, "--export", "one.svg")
    dg("replay", trace.name, "--export", "strip.svg", "--strip", "3", "--columns", "60")
    one, strip = (ElementTree.parse(tmp_path / name).getroot() for name in ("one.svg", "strip.svg"))
    assert len(strip) > 2 * len(one)
    text = " ".join("".join(one.itertext()).split())
    assert "2 holes filled" in text
    assert "<script>alert(1)</script>" in text
    assert "http" not in (tmp_path / "one.svg").read_text().replace("http://www.w3.org/2000/svg", "")
    width = float(strip.attrib["width"])
    for each in strip.iter("{http://www.w3.org/2000/svg}text"):
        assert float(each.attrib["x"]) + float(each.attrib.get("textLength", 0)) <= width


def check_cast(lines: list[str]) -> list[tuple[float, str]]:
    """The rules of asciicast v2, as its specification has them; the output events."""
    header = json.loads(lines[0])
    assert isinstance(header, dict)
    assert header["version"] == 2
    allowed: dict[str, Any] = {"version": int, "width": int, "height": int, "timestamp": int, "duration": (int, float)}
    allowed |= {"idle_time_limit": (int, float), "command": str, "title": str, "env": dict, "theme": dict}
    assert header.keys() <= allowed.keys()
    assert all(type(header[key]) is allowed[key] or isinstance(header[key], allowed[key]) for key in header)
    assert header["width"] > 0
    assert header["height"] > 0
    assert all(isinstance(each, str) for pair in header.get("env", {}).items() for each in pair)
    events = [json.loads(line) for line in lines[1:]]
    before = 0.0
    for event in events:
        assert isinstance(event, list)
        assert len(event) == 3
        time, code, data = event
        assert isinstance(time, int | float)
        assert not isinstance(time, bool)
        assert time >= before
        before = time
        assert code in ("o", "i", "m", "r")
        assert isinstance(data, str)
    return [(time, data) for time, code, data in events if code == "o"]


def test_cast(dg: Dg, trace: Path, tmp_path: Path) -> None:
    dg("replay", trace.name, "--export", "r.cast", "--speed", "2")
    content = (tmp_path / "r.cast").read_bytes()
    assert content.endswith(b"\n")
    events = check_cast(content.decode().splitlines())
    own = re.compile(r"\x1b\[\?25[hl]|\x1b\[[HKJ]|\x1b\[[\d;]*m|\r\n")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", own.sub("", "".join(data for _, data in events)))
    assert "2 holes filled" in own.sub("", events[-2][1])
    assert "\x1b[?25h" in events[-1][1]


def test_gif(dg: Dg, trace: Path, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    dg("replay", trace.name, "--export", "r.gif", "--speed", "0.1")
    with image.open(tmp_path / "r.gif") as opened:
        assert opened.format == "GIF"
        assert opened.n_frames > 3
        for number in range(opened.n_frames):
            opened.seek(number)
            opened.load()
    assert (tmp_path / "r.gif").stat().st_size < 400_000


def test_without_pillow_a_sentence_says_how_to_install_it(dg: Dg, trace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    done = dg("replay", trace.name, "--export", "r.gif")
    assert (done.code, done.stdout) == (1, b"")
    assert done.stderr == "dg: A GIF needs Pillow, which this Python lacks. Run `pip install 'dgcli[gif]'`.\n"


def test_text(dg: Dg, trace: Path, tmp_path: Path) -> None:
    dg("replay", trace.name, "--export", "r.txt", "--columns", "60")
    frames = (tmp_path / "r.txt").read_text().split("\n\n 1 │")
    assert len(frames) == len(Timeline(read_trace(trace)))
    assert "\x1b" not in "".join(frames)


def test_html_is_one_file_in_which_texts_are_data(dg: Dg, trace: Path, tmp_path: Path) -> None:
    dg("replay", trace.name, "--export", "r.html")
    page = (tmp_path / "r.html").read_text()
    assert page.count("<script") == 2
    assert "alert(1)</script>" not in page
    assert not re.search(r"(?:src|href)=|https?:|url\(|@import", page)
    assert "default-src 'none'" in page
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL).group(1))  # type: ignore[union-attr]
    assert len(data["frames"]) == len(Timeline(read_trace(trace)))


def test_explain(dg: Dg, trace: Path) -> None:
    outcome = dg("explain", trace.name)
    assert outcome.code == 0
    for wanted in (
        "tokens per step",
        "entropy",
        "settled at",
        "went back",
        "denoiser",
        "sampling",
        "drawing",
        "hole 2",
    ):
        assert wanted in outcome.text
    assert "\x1b" not in outcome.text
    assert all(len(line) <= 100 for line in outcome.text.splitlines())


def test_generate_can_be_replayed_and_explained(dg: Dg, tmp_path: Path) -> None:
    dg("generate", "Rain", "--seed", "2", "--max-tokens", "60", "--steps", "4", "--record", "g.jsonl")
    assert dg("explain", "g.jsonl").code == 0
    assert dg("replay", "g.jsonl", "--export", "g.html", "--export", "g.svg").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["replay", "none.jsonl", "--export", "r.svg"], 4, "cannot be read"),
        (["explain", "none.jsonl"], 4, "cannot be read"),
        (["replay", "t.jsonl"], 2, "no terminal"),
        (["replay", "t.jsonl", "--export", "r.mp4"], 2, "does not say what kind of file"),
        (["replay", "t.jsonl", "--export", "no/r.svg"], 4, "cannot be written"),
        (["replay", "bad.jsonl", "--export", "r.svg"], 4, "not a recording"),
        (["explain", "bad.jsonl"], 4, "not a recording"),
    ],
)
def test_what_goes_wrong(dg: Dg, trace: Path, arguments: list[str], code: int, message: str) -> None:
    trace.with_name("bad.jsonl").write_text('{"a": 1}\n')
    outcome = dg(*arguments)
    assert (outcome.code, outcome.stdout) == (code, b"")
    assert message in outcome.stderr


@pytest.mark.parametrize("flags", [[], ["--animate", "always"], ["--animate", "always", "--view", "heat"]])
def test_no_escape_byte_gets_into_a_pipe_or_a_file(tmp_path: Path, flags: list[str]) -> None:
    (tmp_path / "draft.md").write_text("A [[?]] \x1b[31mred\x1b[0m thing.\n\nAnother [[?]]\n")
    command = (
        f"'{sys.executable}' -c 'from dgcli.cli.app import main; main()' infill draft.md --seed 1 {' '.join(flags)}"
    )
    environment = {**os.environ, "DG_MODEL": str(TINY), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    done = subprocess.run(
        ["bash", "-c", f"{command} 2>err.txt | cat"], cwd=tmp_path, env=environment, capture_output=True, check=True
    )
    assert done.stdout.count(b"\x1b") == 2  # the document's own: its bytes stay as they are
    assert b"\x1b" not in (tmp_path / "err.txt").read_bytes()


@pytest.mark.parametrize("command", [["explain", "t.jsonl"], ["replay", "t.jsonl", "--export", "r.svg", "-f"]])
def test_a_recording_is_read_without_the_model(trace: Path, command: list[str]) -> None:
    code = (
        "import sys, dgcli.cli.app as a\n"
        f"sys.argv = ['dg', *{command!r}]\n"
        "try: a.main()\n"
        "except SystemExit as end: print('CODE', end.code)\n"
        "print('LOADED', [name for name in ('mlx', 'tokenizers', 'jinja2', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=trace.parent, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["CODE 0", "LOADED []"]
