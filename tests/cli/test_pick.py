"""`dg infill --pick` and `dg restyle --pick` in a real terminal, driven through tmux."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkpoints import TINY
from tests.cli.conftest import Dg
from tests.reliability.process import PATIENCE

DRAFT = "One [[?]] three.\n\nFour [[? skipped]] six.\n"


class Pane:
    """A terminal of 80 columns and 24 rows with a shell in it."""

    def __init__(self, folder: Path) -> None:
        self._tmux = ["tmux", "-S", str(folder / "socket")]
        self.run("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "env PS1='$ ' HISTFILE= bash --norc")
        self.send(f"cd '{folder}'; export DG_MODEL='{TINY}'; dg() {{ '{sys.executable}' -c", literal=True)
        self.send(" 'from dgcli.__main__ import main; main()' \"$@\"; }; clear", "Enter", literal=True)

    def run(self, *command: str) -> str:
        return subprocess.run([*self._tmux, *command], check=True, capture_output=True, text=True).stdout

    def send(self, text: str, *keys: str, literal: bool = False) -> None:
        self.run("send-keys", *(["-l"] if literal else []), text)
        if keys:
            self.run("send-keys", *keys)

    def wait_for(self, text: str, seconds: float = PATIENCE) -> str:
        """The screen, as soon as it has `text`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            screen = self.run("capture-pane", "-p")
            if text in screen:
                return screen
            time.sleep(0.05)
        raise AssertionError(f"{text!r} did not appear:\n{screen}")


@pytest.fixture
def pane(tmp_path: Path) -> Iterator[Pane]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    (tmp_path / "draft.md").write_text(DRAFT)
    pane = Pane(tmp_path)
    yield pane
    pane.run("kill-server")


def test_choose_again_and_skip(pane: Pane, tmp_path: Path) -> None:
    pane.send("dg infill --pick -i draft.md --seed 1 --animate never; echo ended $?", "Enter", literal=True)
    first = pane.wait_for("hole 1 of 2")
    assert "❯ 1" in first
    pane.send("r")
    pane.wait_for("hole 1 of 2")
    pane.send("Down")
    second = pane.wait_for("❯ 2")
    chosen = next(line for line in second.splitlines() if line.startswith("One "))
    pane.send("Enter")
    pane.wait_for("hole 2 of 2")
    pane.send("s")
    screen = pane.wait_for("ended 0")
    assert "hole 2 of 2" not in screen  # nothing is left on the screen
    result = (tmp_path / "draft.md").read_text()
    assert result.endswith(" three.\n\nFour [[? skipped]] six.\n")
    assert chosen.startswith(result.splitlines()[0])


def test_giving_up_leaves_the_file_as_it_was(pane: Pane, tmp_path: Path) -> None:
    pane.send("dg infill --pick -i draft.md; echo ended $?", "Enter", literal=True)
    pane.wait_for("hole 1 of 2")
    pane.send("Enter")
    pane.wait_for("hole 2 of 2")
    pane.send("C-c")
    pane.wait_for("ended 130")
    assert (tmp_path / "draft.md").read_text() == DRAFT
    pane.send("echo typed", "Enter", literal=True)
    pane.wait_for("$ echo typed")  # keys are echoed again


def test_stopping_keeps_what_was_taken_and_leaves_the_rest(pane: Pane, tmp_path: Path) -> None:
    (tmp_path / "next.md").write_text(DRAFT)
    pane.send("dg infill --pick -i draft.md next.md; echo ended $?", "Enter", literal=True)
    pane.wait_for("hole 1 of 2")
    pane.send("Enter")
    pane.wait_for("hole 2 of 2")
    pane.send("q")
    screen = pane.wait_for("ended 0")
    assert "filled 1 of 2 holes of draft.md" in screen
    result = (tmp_path / "draft.md").read_text()
    assert "[[?]]" not in result
    assert result.endswith(" three.\n\nFour [[? skipped]] six.\n")
    assert (tmp_path / "next.md").read_text() == DRAFT


def test_going_back_and_editing(pane: Pane, tmp_path: Path) -> None:
    """The document comes from a pipe and goes to a file, and the editor has the terminal all the same."""
    (tmp_path / "editor").write_text("#!/bin/sh\ntest -t 0 && test -t 1 && printf 'mine' > \"$2\" || exit 3\n")
    (tmp_path / "editor").chmod(0o755)
    pane.send("export VISUAL=false; cat draft.md | dg infill --pick - > out.md; echo ended $?", "Enter", literal=True)
    pane.wait_for("hole 1 of 2")
    pane.send("e")
    pane.wait_for("the editor failed")
    pane.send("s")
    pane.wait_for("hole 2 of 2")
    pane.send("b")
    pane.wait_for("hole 1 of 2")
    pane.send("C-c")
    pane.wait_for("ended 130")
    pane.send("export VISUAL='./editor -x'; clear", "Enter", literal=True)
    pane.send("cat draft.md | dg infill --pick - > out.md; echo now $?", "Enter", literal=True)
    pane.wait_for("hole 1 of 2")
    pane.send("e")
    pane.wait_for("hole 2 of 2")
    pane.send("e")
    pane.wait_for("now 0")
    assert (tmp_path / "out.md").read_text() == "One mine three.\n\nFour mine six.\n"


LOUD = """
from functools import partial
from dgcli.__main__ import main
from dgcli.tasks.restyle import restyle
from dgcli.tasks.restyle.select import Rewritten

def louder(session, passage, first_canvas):
    yield from ()
    return Rewritten(text=passage.text.upper(), others=(passage.text.title(),))

restyle.restyle = partial(restyle.restyle, rewrite=louder)
main()
"""


def test_choosing_for_each_paragraph(pane: Pane, tmp_path: Path) -> None:
    (tmp_path / "loud.py").write_text(LOUD)
    (tmp_path / "mail.txt").write_text("We go there.\n\nWe stay here.\n\nWe come back.\n")
    pane.send(
        f"'{sys.executable}' loud.py restyle --pick -i mail.txt --register x; echo ended $?", "Enter", literal=True
    )
    first = pane.wait_for("paragraph 1 of 3")
    assert "\nWe go there.\n❯ 1  WE GO THERE.\n  2  We Go There.\n↑↓" in first
    pane.send("Down")
    pane.wait_for("❯ 2")
    pane.send("Enter")
    pane.wait_for("paragraph 2 of 3")
    pane.send("s")
    pane.wait_for("paragraph 3 of 3")
    pane.send("b")
    pane.wait_for("paragraph 2 of 3")
    pane.send("a")
    screen = pane.wait_for("ended 0")
    assert "paragraph" not in screen  # nothing is left on the screen
    assert (tmp_path / "mail.txt").read_text() == "We Go There.\n\nWE STAY HERE.\n\nWE COME BACK.\n"


def test_without_a_terminal(dg: Dg) -> None:
    outcome = dg("infill", "-", "--pick", stdin=DRAFT.encode())
    assert (outcome.code, outcome.stdout) == (2, b"")
    assert "needs a terminal" in outcome.stderr
