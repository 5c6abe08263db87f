"""`dg undo` gives files back what -i replaced, and nothing else; `dg log` tells of it."""

from __future__ import annotations

import io
import json
import os
import stat
from collections.abc import Generator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgcli.cli import changes
from dgcli.cli.changes import Change, folder_of_changes, kept
from dgcli.cli.reading import Source
from dgcli.cli.writing import replace
from dgcli.errors import InputError
from dgcli.events import Event
from dgcli.platform.environment import Environment
from dgcli.tasks.restyle import restyle as restyling
from dgcli.tasks.restyle.passage import Passage
from dgcli.tasks.restyle.select import Rewritten
from tests.cli.conftest import Dg, Outcome

DRAFT = b"\xef\xbb\xbfOne [[?~2]] three.\r\n\r\nFour [[?~2]] six, no end"


@pytest.fixture
def here(dg: Dg, tmp_path: Path) -> Dg:
    """`dg` with a place for what was changed."""
    return partial(dg, XDG_STATE_HOME=str(tmp_path / "state"))


def fill(dg: Dg, *files: str, seed: str = "1", options: tuple[str, ...] = ()) -> Outcome:
    done = dg("infill", "-i", *files, "--steps", "1", "--seed", seed, *options)
    assert done.code in (0, 5), done.stderr
    return done


def kept_files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "state" / "dg" / "changes").iterdir())


def test_a_file_is_byte_for_byte_what_it_was_and_keeps_its_mode(here: Dg, tmp_path: Path) -> None:
    file = tmp_path / "draft.md"
    file.write_bytes(DRAFT)
    file.chmod(0o640)
    fill(here, "draft.md")
    assert file.read_bytes() != DRAFT
    undone = here("undo", "draft.md")
    assert (undone.code, undone.stdout, file.read_bytes()) == (0, b"", DRAFT)
    assert "dg: draft.md has its text back from before `dg infill -i`" in undone.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert here("undo", "draft.md").code == 4  # nothing else is kept


@pytest.mark.parametrize("named", [True, False])
def test_what_was_taken_back_already_is_told_from_what_was_never_kept(here: Dg, tmp_path: Path, named: bool) -> None:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    undo = ("undo", "draft.md") if named else ("undo",)
    never = here(*undo)
    fill(here, "draft.md")
    assert here(*undo).code == 0
    again = here(*undo)
    assert (never.code, again.code) == (4, 4)
    assert "No earlier text is kept" in never.stderr
    assert "dg: Nothing is left to undo" in again.stderr
    assert "`dg log` lists what -i changed" in again.stderr
    (tmp_path / "other.md").write_bytes(DRAFT)
    fill(here, "other.md")
    assert "Nothing is left to undo in " in here("undo", "draft.md").stderr


def test_a_file_that_is_not_there_has_nothing_to_undo_and_that_is_the_reason(here: Dg) -> None:
    assert "nowhere.md cannot be read" in here("undo", "nowhere.md").stderr


def test_a_file_of_which_nothing_changes_is_not_touched(here: Dg, tmp_path: Path) -> None:
    file = tmp_path / "draft.md"
    file.write_text("One two three.\n")
    before = file.stat()
    fill(here, "draft.md", options=("--match", "two", "--strength", "0"))
    now = file.stat()
    assert (now.st_ino, now.st_mtime_ns, now.st_ctime_ns) == (before.st_ino, before.st_mtime_ns, before.st_ctime_ns)
    assert here("undo", "draft.md").code == 4  # there is nothing to take back


@pytest.mark.parametrize("named", [True, False])
def test_two_runs_are_undone_one_after_the_other(here: Dg, tmp_path: Path, named: bool) -> None:
    file = tmp_path / "draft.md"
    file.write_bytes(DRAFT)
    fill(here, "draft.md")
    between = file.read_bytes()
    fill(here, "draft.md", seed="2", options=("--lines", "1"))
    assert file.read_bytes() != between
    undo = ("undo", "draft.md") if named else ("undo",)
    assert (here(*undo).code, file.read_bytes()) == (0, between)
    assert (here(*undo).code, file.read_bytes()) == (0, DRAFT)


def test_what_dg_restyle_did_is_undone(here: Dg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def louder(session: object, passage: Passage, first_canvas: int) -> Generator[Event, None, Rewritten]:
        yield from ()
        return Rewritten(text=passage.text.upper())

    monkeypatch.setattr(restyling, "restyle", partial(restyling.restyle, rewrite=louder))
    file = tmp_path / "mail.txt"
    file.write_bytes(b"We go there now.\n\n7\n\nAnd it is good.\n")
    assert here("restyle", "-i", "mail.txt", "--register", "formal").code == 0
    assert b"WE GO" in file.read_bytes()
    [run] = json.loads(here("log", "--json").stdout)["runs"]
    assert (run["command"], run["files"][0]["changed"]) == ("restyle", 2)
    assert here("undo", "mail.txt").code == 0
    assert file.read_bytes() == b"We go there now.\n\n7\n\nAnd it is good.\n"


def test_a_file_that_has_changed_since_is_left_alone(here: Dg, tmp_path: Path) -> None:
    file = tmp_path / "draft.md"
    file.write_bytes(DRAFT)
    fill(here, "draft.md")
    with file.open("ab") as more:
        more.write(b"!")
    now = file.read_bytes()
    for arguments in (["undo", "draft.md"], ["undo"]):
        refused = here(*arguments)
        assert (refused.code, file.read_bytes()) == (4, now)
        assert "draft.md has changed since `dg infill -i`" in refused.stderr


def test_a_file_of_another_name_is_known_by_its_text(here: Dg, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    fill(here, "draft.md")
    (tmp_path / "draft.md").rename(tmp_path / "letter.md")
    gone = here("undo")
    assert gone.code == 4
    assert "draft.md is gone. If it has another name now, `dg undo NAME` finds it." in gone.stderr
    assert (here("undo", "letter.md").code, (tmp_path / "letter.md").read_bytes()) == (0, DRAFT)
    assert not (tmp_path / "draft.md").exists()
    assert here("undo").code == 4  # it is undone


def test_of_a_copy_and_its_original_both_can_be_undone(here: Dg, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    fill(here, "draft.md")
    (tmp_path / "copy.md").write_bytes((tmp_path / "draft.md").read_bytes())
    for name in ("copy.md", "draft.md"):
        assert (here("undo", name).code, (tmp_path / name).read_bytes()) == (0, DRAFT)


def test_the_last_run_is_undone_in_all_its_files_or_in_none(here: Dg, tmp_path: Path) -> None:
    names = ("a.md", "b.md", "c.md")
    for name in names:
        (tmp_path / name).write_bytes(DRAFT)
    fill(here, "c.md")
    before = (tmp_path / "c.md").read_bytes()
    fill(here, "a.md", "b.md")
    after = (tmp_path / "b.md").read_bytes()
    (tmp_path / "b.md").write_bytes(b"mine")
    filled = (tmp_path / "a.md").read_bytes()
    assert here("undo").code == 4
    assert (tmp_path / "a.md").read_bytes() == filled
    (tmp_path / "b.md").write_bytes(after)
    assert here("undo").code == 0
    assert [(tmp_path / name).read_bytes() for name in names] == [DRAFT, DRAFT, before]


def test_several_files_are_asked_about_on_a_terminal(here: Dg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Typed(io.BytesIO):
        def isatty(self) -> bool:
            return True

    for name in ("a.md", "b.md"):
        (tmp_path / name).write_bytes(DRAFT)
    fill(here, "a.md", "b.md")
    filled = (tmp_path / "a.md").read_bytes()
    asked: list[str] = []
    answers = iter([False, True])

    def confirm(question: str, **options: Any) -> None:
        import typer

        asked.append(question)
        if not next(answers):
            raise typer.Abort

    monkeypatch.setattr("typer.confirm", confirm)
    monkeypatch.setattr(io, "BytesIO", Typed)
    assert here("undo", terminal=True).code == 1
    assert (tmp_path / "a.md").read_bytes() == filled
    assert here("undo", terminal=True).code == 0
    assert (tmp_path / "a.md").read_bytes() == DRAFT
    assert asked == ["Undo `dg infill -i` in b.md, a.md?"] * 2


def test_the_log_tells_of_runs_and_shows_text_only_when_asked(here: Dg, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    fill(here, "draft.md", seed="7")
    lines = here("log").text.splitlines()
    assert [line.split()[2:4] for line in lines[1:]] == [["infill", "2"]]
    assert lines[1].endswith("draft.md")
    assert "three" not in here("log").text + here("log", "--json").text
    run = json.loads(here("log", "--json").stdout)["runs"][0]
    assert (run["command"], run["seed"]) == ("infill", 7)
    assert run["files"] == [{"file": str(tmp_path / "draft.md"), "changed": 2, "undone": False}]
    patch = here("log", "-p").text
    assert "-Four [[?~2]] six, no end\n" in patch
    assert "+Four" in patch
    assert here("log", "other.md").stdout == b""
    here("undo")
    assert here("log").text.splitlines()[1].endswith("draft.md (undone)")
    assert "+Four" in here("log", "-p").text


def test_nothing_is_kept_of_what_replaces_no_file(here: Dg, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    steps = ("--steps", "1")
    assert here("infill", "draft.md", "-o", "out.md", *steps).code in (0, 5)
    assert here("infill", "-", *steps, stdin=DRAFT).code in (0, 5)
    assert here("infill", "draft.md", "--diff", *steps).code in (0, 5)
    assert here("generate", "rain", *steps).code == 0
    assert not (tmp_path / "state").exists()
    assert here("log").stderr == "dg: no change by -i is kept.\n"


def test_nothing_is_kept_where_the_configuration_says_so(here: Dg, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    (tmp_path / "config.toml").write_text("undo = false\n")
    fill(here, "draft.md")
    assert not (tmp_path / "state").exists()
    refused = here("undo", "draft.md")
    assert refused.code == 4
    assert "undo = false" in refused.stderr


def test_all_is_forgotten(here: Dg, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    fill(here, "draft.md")
    filled = (tmp_path / "draft.md").read_bytes()
    (tmp_path / "state" / "dg" / "changes" / ".dg-abc.tmp").write_bytes(DRAFT)
    done = here("undo", "--forget")
    assert (done.code, kept_files(tmp_path)) == (0, [])
    assert "kept of 1 changes" in done.stderr
    assert (tmp_path / "draft.md").read_bytes() == filled
    assert here("undo", "--forget").code == 0


def test_a_change_that_cannot_be_kept_is_made_all_the_same(here: Dg, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    (tmp_path / "state").write_text("a file")
    done = fill(here, "draft.md")
    assert (tmp_path / "draft.md").read_bytes() != DRAFT
    assert "dg: `dg undo` will not know of" in done.stderr


def test_what_is_kept_is_checked_before_it_is_given_back(here: Dg, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    fill(here, "draft.md")
    filled = (tmp_path / "draft.md").read_bytes()
    [place] = kept_files(tmp_path)
    place.write_bytes(place.read_bytes().replace(b"Four", b"Five"))
    done = here("undo")
    assert (done.code, (tmp_path / "draft.md").read_bytes()) == (4, filled)
    assert "is damaged" in done.stderr


def environment(folder: Path) -> Environment:
    variables = {"XDG_STATE_HOME": str(folder)}
    return Environment(io.BytesIO(), io.BytesIO(), io.StringIO(), variables, lambda: 0.0, folder)


def change(file: str = "/a", run: int = 1) -> Change:
    return Change(run=run, command="infill", file=file, count=1, model="m", seed=0)


def test_what_is_kept_is_bounded_and_the_oldest_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = environment(tmp_path)
    monkeypatch.setattr(changes, "MOST", 3)
    for number in range(5):
        with kept(change(run=number), f"{number}", "x", env, quiet=False):
            pass
    assert [each.change.run for each in changes.changes(env)] == [4, 3, 2]
    monkeypatch.setattr(changes, "LARGEST", 2000)
    for number in (5, 6):
        with kept(change(run=number), "y" * 700, "x", env, quiet=False):
            pass
    assert [each.change.run for each in changes.changes(env)] == [6, 5]
    with kept(change(run=7), "y" * 2000, "x", env, quiet=False):
        pass
    assert [each.change.run for each in changes.changes(env)] == [6, 5]
    assert "larger than" in env.stderr.getvalue()  # type: ignore[attr-defined]


def test_a_change_that_fails_is_not_kept(tmp_path: Path) -> None:
    env = environment(tmp_path)
    with pytest.raises(InputError), kept(change(), "old", "new", env, quiet=False):
        raise InputError("no")
    assert changes.changes(env) == []


@pytest.mark.parametrize(
    ("system", "variables", "folder"),
    [
        ("linux", {"HOME": "/home/x"}, "/home/x/.local/state/dg/changes"),
        ("darwin", {"HOME": "/Users/x"}, "/Users/x/Library/Application Support/dg/changes"),
        ("darwin", {"HOME": "/Users/x", "XDG_STATE_HOME": "/s"}, "/s/dg/changes"),
        ("linux", {"HOME": "/home/x", "XDG_STATE_HOME": "here"}, "/home/x/.local/state/dg/changes"),
        ("linux", {}, None),
    ],
)
def test_where_it_is_kept(
    monkeypatch: pytest.MonkeyPatch, system: str, variables: dict[str, str], folder: str | None
) -> None:
    monkeypatch.setattr("sys.platform", system)
    assert folder_of_changes(variables) == (None if folder is None else Path(folder))


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(
    lambda text: text.replace("§", "\r\n").replace("¶", "\ufeff")
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(_TEXTS, min_size=2, max_size=4), lead=st.sampled_from(["", "\ufeff"]))
def test_any_text_comes_back_byte_for_byte(here: Dg, tmp_path: Path, texts: list[str], lead: str) -> None:
    """After any row of changes, undone one by one: every character, line end, byte-order mark, missing last newline."""
    file, env = tmp_path / "any.md", environment(tmp_path / "state")
    changes.forget(env)
    written = [lead + text for text in texts]
    file.write_bytes(written[0].encode())
    made = 0
    for number, (old, new) in enumerate(pairwise(written)):
        if old == new:  # -i leaves such a file alone
            continue
        source = Source(file, old, file.stat())
        with kept(change(os.path.realpath(file), run=number), old, new, env, quiet=False):
            replace(source, new)
        made += 1
    for _ in range(made):
        before = file.read_bytes()
        done = here("undo", "any.md")
        assert done.code == 0, done.stderr
        assert file.read_bytes() != before
    assert file.read_bytes() == written[0].encode()


def test_on_a_terminal_it_says_what_was_written_and_how_to_take_it_back(here: Dg, tmp_path: Path) -> None:
    """Where nothing is kept it does not promise that, and through a pipe it says nothing."""
    said = "dg: draft.md was written; `dg undo` takes it back."
    for options, expected in (((), said), (("-q",), None)):
        (tmp_path / "draft.md").write_bytes(DRAFT)
        done = here("infill", "-i", "draft.md", "--steps", "1", "--seed", "1", *options, terminal=True)
        assert (said in done.stderr) is (expected is not None), done.stderr
    (tmp_path / "draft.md").write_bytes(DRAFT)
    assert "was written" not in fill(here, "draft.md").stderr
