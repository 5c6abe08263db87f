"""`dg` on a real terminal: driven in tmux, and what its screen holds looked at."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dgcli.watch.width import columns
from tests.checkpoints import TINY
from tests.reliability.process import ENDLESS, PATIENCE

pytestmark = [
    pytest.mark.terminal,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]
DRAFT = "# The mill\n\nThe old mill stands [[?]] the river. 日本語 and e\u0301 and more.\n\n" + "\n".join(
    f"{number}. It has stood there for {number} hundred years, and nobody knows [[?~3]] about it."
    for number in range(1, 9)
)
DG = "from dgcli.cli.app import main; main()"
STATUS = re.compile(r"hole \d/9  step +\d+/\d+")


class Tmux:
    """A window of tmux with a shell in it."""

    def __init__(self, folder: Path, width: int, height: int) -> None:
        self.folder = folder
        self._socket = str(folder / "tmux")
        python = f"{shlex.quote(sys.executable)} -c"
        lines = ("PS1='$ '", f"dg() {{ {python} '{DG}' \"$@\"; }}", f"endless() {{ {python} '{ENDLESS}{DG}' \"$@\"; }}")
        (folder / "rc").write_text("\n".join((*lines, f"cd {shlex.quote(str(folder))}", "")))
        shell = f"bash --noprofile --rcfile {shlex.quote(str(folder / 'rc'))}"
        # A clean environment: no colours or configuration of the machine that runs the tests.
        names = ("PATH", "HOME", "PYTHONPATH", "LD_LIBRARY_PATH")
        self._env = {name: os.environ[name] for name in names if name in os.environ}
        self._env |= {"DG_MODEL": str(TINY), "XDG_CONFIG_HOME": str(folder), "LANG": "C.UTF-8", "HISTFILE": ""}
        self.call("new-session", "-d", "-s", "t", "-x", str(width), "-y", str(height), shell)
        self.until(lambda screen: "$" in screen)

    def call(self, *arguments: str) -> str:
        command = ["tmux", "-S", self._socket, "-f", "/dev/null", *arguments]
        done = subprocess.run(command, env=self._env, capture_output=True, text=True, check=True)
        return done.stdout

    def type(self, text: str, *keys: str) -> None:
        if text:
            self.call("send-keys", "-t", "t", "-l", text)
        if keys:
            self.call("send-keys", "-t", "t", *keys)

    @property
    def screen(self) -> str:
        return self.call("capture-pane", "-t", "t", "-p")

    def flag(self, name: str) -> str:
        return self.call("display-message", "-t", "t", "-p", f"#{{{name}}}").strip()

    def until(self, holds: Callable[[str], object]) -> str:
        end = time.monotonic() + PATIENCE
        while not holds(screen := self.screen):
            assert time.monotonic() < end, screen
            time.sleep(0.1)
        return screen

    def still(self, holds: Callable[[str], object]) -> str:
        """The screen when `holds` does and nothing is being drawn any more."""
        before = ""
        while (screen := self.until(holds)) != before:
            before = screen
            time.sleep(0.3)
        return screen

    def end(self) -> None:
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], check=False, capture_output=True)


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Callable[[int, int], Tmux]]:
    opened: list[Tmux] = []
    (tmp_path / "draft.md").write_text(DRAFT)

    def start(width: int, height: int) -> Tmux:
        opened.append(Tmux(tmp_path, width, height))
        return opened[-1]

    yield start
    for each in opened:
        each.end()


def check_frame(screen: str, width: int) -> None:
    """One frame stands on the screen, whole, and nothing of an earlier one."""
    assert len(STATUS.findall(screen)) == 1, screen
    assert len(re.findall(r"─── ?lines|┴── lines|─ line", screen)) <= 1, screen
    assert all(columns(line) <= width for line in screen.splitlines())


def step_of(screen: str) -> int:
    """How far a run is: 0 steps of a hole while its lengths are tried or a text is read."""
    hole, step = re.findall(r"hole (\d)/9  (?:step +(\d+)/)?", screen)[-1]
    return 10_000 * int(hole) + int(step or 0)


@pytest.mark.parametrize(("width", "height"), [(52, 16), (80, 24), (150, 45)])
def test_resized_suspended_interrupted(tmux: Callable[[int, int], Tmux], width: int, height: int) -> None:
    window = tmux(width, height)
    window.type("endless infill draft.md --seed 1 --steps 2000 -o out.md", "Enter")
    screen = window.until(STATUS.search)
    check_frame(screen, width)
    assert window.flag("cursor_flag") == "0"
    for wide, high in ((width - 14, height - 4), (width + 8, height)):
        window.call("resize-window", "-t", "t", "-x", str(wide), "-y", str(high))
        before = step_of(window.until(STATUS.search))
        screen = window.until(lambda screen, before=before: STATUS.search(screen) and step_of(screen) != before)
        check_frame(screen, wide)
    window.type("", "C-z")
    screen = window.until(lambda screen: "Stopped" in screen)
    assert window.flag("cursor_flag") == window.flag("wrap_flag") == "1"
    stopped = step_of(screen)
    window.type("echo $((41 + 1))", "Enter")
    window.until(lambda screen: re.search(r"^42$", screen, re.MULTILINE))
    window.type("fg", "Enter")
    window.until(lambda screen: STATUS.search(screen) and step_of(screen) != stopped)
    assert window.flag("cursor_flag") == "0"
    window.type("", "C-c")
    screen = window.until(lambda screen: "interrupted" in screen)
    window.until(lambda screen: screen.rstrip().endswith("$"))
    assert window.flag("cursor_flag") == window.flag("wrap_flag") == "1"
    window.type("echo end$((1 + 1))", "Enter")
    screen = window.until(lambda screen: re.search(r"^end2$", screen, re.MULTILINE))
    assert "$ echo end" in screen  # what is typed is shown again


def test_terminated(tmux: Callable[[int, int], Tmux]) -> None:
    window = tmux(80, 24)
    window.type("endless infill draft.md --seed 1 --steps 2000 -o out.md; echo code=$?", "Enter")
    window.until(STATUS.search)
    children = subprocess.run(["pgrep", "-P", window.flag("pane_pid")], capture_output=True, text=True, check=True)
    for process in children.stdout.split():
        os.kill(int(process), 15)
    window.until(lambda screen: "code=143" in screen)
    assert window.flag("cursor_flag") == window.flag("wrap_flag") == "1"
    assert not STATUS.search(window.screen)


def test_the_text_is_on_the_screen_once(tmux: Callable[[int, int], Tmux]) -> None:
    window = tmux(100, 40)
    window.type("dg infill draft.md --seed 1 --steps 6; echo first $?", "Enter")
    screen = window.until(lambda screen: "first 0" in screen)
    assert screen.count("The old mill stands") == 1
    assert "│" not in screen
    window.type("clear; dg infill draft.md --seed 1 --steps 6 -o out.md; echo second $?", "Enter")
    screen = window.until(lambda screen: "second 0" in screen)
    assert screen.count("The old mill stands") == 1
    assert "3 │ The old mill stands" in screen
    assert "9 holes filled" in screen


def test_replay(tmux: Callable[[int, int], Tmux]) -> None:
    window = tmux(90, 24)
    window.type("dg infill draft.md --seed 1 --steps 6 --record t.jsonl -q -o out.md; dg replay t.jsonl", "Enter")
    window.until(lambda screen: "q quit" in screen and STATUS.search(screen))
    window.type(" ")
    window.until(lambda screen: "space play" in screen)
    window.type("", "Home")
    window.until(lambda screen: re.search(r" 1/\d+", screen) and "[[?]]" in screen)
    window.type("]]")
    second = window.still(lambda screen: "hole 2/9  step 1/" in screen)
    window.type("", "Right")
    window.until(lambda screen: "hole 2/9  step 2/" in screen)
    window.type("", "Left")
    assert window.still(lambda screen: "hole 2/9  step 1/" in screen) == second
    window.call("resize-window", "-t", "t", "-x", "60", "-y", "14")
    window.until(lambda screen: len(STATUS.findall(screen)) == 1 and "space play" in screen.splitlines()[13])
    window.type("+")
    window.until(lambda screen: "speed ×2" in screen)
    window.type("", "C-z")
    window.until(lambda screen: "Stopped" in screen)
    window.type("fg", "Enter")
    window.until(lambda screen: "hole 2/9  step 1/" in screen and "Stopped" not in screen)
    window.type("q")
    screen = window.until(lambda screen: screen.rstrip().endswith("$"))
    assert "step" not in screen.replace("--steps", "")
    assert window.flag("cursor_flag") == "1"
    assert window.flag("alternate_on") == "0"


def test_what_is_there_is_asked_about_before_the_work(tmux: Callable[[int, int], Tmux]) -> None:
    window = tmux(100, 24)
    window.type("echo old > out.md; dg infill draft.md --seed 1 --steps 2 -o out.md; echo no=$?", "Enter")
    screen = window.until(lambda screen: "out.md exists. Replace it? [y/N]:" in screen)
    assert not STATUS.search(screen)
    window.type("n", "Enter")
    window.until(lambda screen: "no=1" in screen)
    assert not STATUS.search(window.screen)
    window.type("clear; cat out.md", "Enter")
    window.until(lambda screen: re.search(r"^old$", screen, re.MULTILINE))
    for command in ("infill draft.md --steps 2", "generate A --steps 1"):
        window.type(f"clear; dg {command} --seed 1 -o out.md; echo yes=$?", "Enter")
        window.until(lambda screen: "Replace it? [y/N]:" in screen)
        window.type("y", "Enter")
        window.until(lambda screen: "yes=0" in screen or "yes=5" in screen)
    assert (window.folder / "out.md").read_text().strip() != "old"
