"""Whatever a file is or becomes, it is the old one or the new one, and nothing else is touched."""

from __future__ import annotations

import fcntl
import os
import re
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dgcli.cli import claims, reading, writing
from dgcli.errors import InputError
from dgcli.platform.environment import Environment
from dgcli.watch.trace import Trace
from tests.checkpoints import TINY
from tests.cli.conftest import Dg
from tests.reliability.process import DRAFT, FILLED, POWERLESS, run, sentence, shell, start

NOWHERE = Environment.of_process(Path("none"))


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    path = tmp_path / "draft.md"
    path.write_bytes(DRAFT)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def edit(path: Path) -> None:
    """What `dg infill -i --backup .old` does with a file."""
    writing.replace(reading.read(path, NOWHERE), "new", ".old")


def test_a_hard_link_keeps_the_old_text(draft: Path) -> None:
    """The new text is a new file, or it could not be written at once: see docs/reliability.md."""
    os.link(draft, draft.with_name("other.md"))
    edit(draft)
    assert draft.read_text() == "new"
    assert draft.with_name("other.md").read_bytes() == DRAFT


def test_links_to_links_stay_and_their_target_changes(draft: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "one").symlink_to("../two")
    (tmp_path / "two").symlink_to("draft.md")
    edit(folder / "one")
    assert os.readlink(folder / "one") == "../two"
    assert os.readlink(tmp_path / "two") == "draft.md"
    assert draft.read_text() == "new"
    assert (folder / "one.old").read_bytes() == DRAFT
    assert names(tmp_path) == ["draft.md", "folder", "two"]


def test_a_link_to_nowhere_and_a_loop_are_refused(dg: Dg, tmp_path: Path) -> None:
    (tmp_path / "nowhere").symlink_to("missing")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("nowhere", "loop"):
        outcome = dg("infill", "-i", name)
        assert outcome.code == 4
        assert f"{name} cannot be read" in outcome.stderr


def test_a_backup_is_as_private_as_its_file(draft: Path) -> None:
    draft.chmod(0o600)
    edit(draft)
    assert stat.S_IMODE(draft.with_name("draft.md.old").stat().st_mode) == 0o600


def test_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = shell("cat draft.md > pipe & dg infill -i pipe -q", _with_draft(tmp_path))
    assert done.returncode == 4
    assert "a pipe or a device, not a file" in sentence(done.stderr)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def _with_draft(folder: Path) -> Path:
    (folder / "draft.md").write_bytes(DRAFT)
    return folder


def _appended(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more\n")


def _replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"x" * len(DRAFT))
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)


CHANGES: list[Callable[[Path], object]] = [
    _appended,
    _replaced,
    lambda path: os.truncate(path, 0),
    lambda path: path.write_bytes(DRAFT[::-1]),
    Path.unlink,
    lambda path: (path.unlink(), path.mkdir()),
    lambda path: (path.unlink(), path.symlink_to("elsewhere")),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_meanwhile_is_left_as_it_then_is(draft: Path, change: Callable[[Path], object]) -> None:
    source = reading.read(draft, NOWHERE)
    change(draft)
    then = draft.read_bytes() if draft.is_file() else None
    with pytest.raises(InputError):
        writing.replace(source, "new", ".bak")
    assert (draft.read_bytes() if draft.is_file() else None) == then
    assert names(draft.parent) in (["draft.md"], [])


def test_of_two_that_edit_a_file_at_once_one_gives_way(draft: Path) -> None:
    one, other = reading.read(draft, NOWHERE), reading.read(draft, NOWHERE)
    writing.replace(one, "one")
    with pytest.raises(InputError, match="changed by something else"):
        writing.replace(other, "other")
    assert draft.read_text() == "one"


def test_a_file_that_is_locked_is_left_alone(draft: Path) -> None:
    source = reading.read(draft, NOWHERE)
    with draft.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="locked by another program"):
            writing.replace(source, "new")
    assert draft.read_bytes() == DRAFT


def test_two_commands_on_one_file_leave_one_whole_result(tmp_path: Path) -> None:
    home = _with_draft(tmp_path)
    line = "for seed in 1 2; do dg infill -i draft.md -q --seed $seed & done; wait"
    said = shell(line, home).stderr.decode()
    assert re.fullmatch(FILLED, (home / "draft.md").read_bytes())
    assert names(home) == ["draft.md"]
    # One was first. The other found the file changed or locked, or without marks.
    assert re.search("changed by something else|locked by another|has no mark", sentence(said.encode()))


@pytest.mark.skipif(not POWERLESS and os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    home = _with_draft(tmp_path)
    home.chmod(0o555)
    ends = {
        ("infill", "-i", "draft.md"): "draft.md",
        ("infill", "draft.md", "-q", "--record", "r.jsonl"): "r.jsonl",
        ("restyle", "draft.md", "--register", "formal", "-o", "new.md"): "new.md",
        ("generate", "x", "-o", "new.md"): "new.md",
        ("replay", "no.jsonl", "--export", "new.txt"): "new.txt",
        ("convert", str(TINY), "made"): "made",
        ("models", "set-default", str(TINY)): "config",
    }
    try:
        # Where files of a model would be read, it is looked at first: there is none.
        more = {"DG_MODEL": "no such model"}
        done = {command: run(*command, home=home, before=POWERLESS, more=more) for command in ends}
    finally:
        home.chmod(0o755)
    for command, name in ends.items():
        said = sentence(done[command].stderr)
        assert name in said
        assert "Permission denied" in said
        assert done[command].returncode == (1 if command[0] in ("convert", "models") else 4)
    assert (home / "draft.md").read_bytes() == DRAFT
    assert names(home) == ["draft.md"]


PLACES = {
    "missing/out.md": "No such file or directory",
    "draft.md/out.md": "Not a directory",
    "folder": "Is a directory",
    "link": "No such file or directory",
    "x" * 300: "File name too long",
}
WRITERS: tuple[tuple[str, ...], ...] = (
    ("infill", "draft.md", "-o"),
    ("infill", "draft.md", "--record"),
    ("restyle", "draft.md", "--register", "formal", "-o"),
    ("generate", "x", "-o"),
)


@pytest.mark.parametrize("command", WRITERS, ids=lambda command: f"{command[0]} {command[-1]}")
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place[:20])
def test_a_place_that_cannot_be_written_is_refused_before_a_model_is_looked_for(
    dg: Dg, draft: Path, tmp_path: Path, command: tuple[str, ...], place: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("missing/out.md")
    outcome = dg(*command, place, model="no such model")
    assert (outcome.code, outcome.stdout) == (4, b"")
    assert f"{place} cannot be written ({PLACES[place]})" in outcome.stderr
    assert names(tmp_path) == ["draft.md", "folder", "link"]
    assert list((tmp_path / "folder").iterdir()) == []


def test_an_export_that_cannot_be_written_is_refused_before_the_recording_is_read(dg: Dg, tmp_path: Path) -> None:
    outcome = dg("replay", "no.jsonl", "--export", "a.txt", "--export", "missing/b.txt")
    assert outcome.code == 4
    assert "missing/b.txt cannot be written (No such file or directory)" in outcome.stderr
    assert names(tmp_path) == []


def test_a_record_over_a_document_is_refused_before_a_model_is_looked_for(dg: Dg, draft: Path) -> None:
    outcome = dg("generate", "x", "--record", "draft.md", model="no such model")
    assert outcome.code == 4
    assert "draft.md already exists and is not a recording" in outcome.stderr
    assert draft.read_bytes() == DRAFT


@pytest.mark.parametrize("command", [each for each in WRITERS if each[-1] == "-o"], ids=lambda command: command[0])
def test_a_text_that_is_there_is_not_replaced_unasked(
    dg: Dg, draft: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Where there is no terminal to ask on: it stays, and that is said before a model is looked for."""
    there = tmp_path / "there.md"
    there.write_text("old")
    refused = dg(*command, "there.md", model="no such model")
    assert (refused.code, refused.stdout, there.read_text()) == (2, b"", "old")
    assert "there.md already exists. Add --force" in refused.stderr
    assert dg(*command, "there.md", "--force", "--seed", "1", "--steps", "1").code in (0, 5)
    assert there.read_text() != "old"


def test_nothing_is_lost_where_nothing_was_there(dg: Dg, draft: Path, tmp_path: Path) -> None:
    """An empty file, as mktemp makes one, is no text."""
    (tmp_path / "empty.md").touch()
    assert dg("infill", "draft.md", "-o", "empty.md", "--seed", "1", "--steps", "1").code in (0, 5)
    assert (tmp_path / "empty.md").read_bytes() != b""


TWICE: dict[str, tuple[str, ...]] = {
    "a new file": ("infill", "draft.md", "-o", "new", "--record", "new"),
    "a link to it": ("infill", "draft.md", "-o", "new", "--record", "link"),
    "a recording that is read": ("infill", "old", "-o", "new", "--record", "old"),
    "another name of it": ("infill", "old", "--record", "hard"),
    "a backup": ("infill", "-i", "draft.md", "--backup", ".old", "--record", "draft.md.old"),
    "a restyled text": ("restyle", "--register", "formal", "draft.md", "-o", "new", "--record", "./new"),
    "an answer": ("generate", "x", "-o", "folder/../new", "--record", "new"),
    "a prompt": ("generate", "-f", "old", "--record", "hard"),
}


@pytest.mark.parametrize("kind", TWICE)
def test_a_recording_and_another_file_are_never_one(dg: Dg, draft: Path, tmp_path: Path, kind: str) -> None:
    """That is said before a model is looked for; through links, too, and where it is not there yet."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("new")
    record(tmp_path / "old")
    os.link(tmp_path / "old", tmp_path / "hard")
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    outcome = dg(*TWICE[kind], model="no such model")
    assert (outcome.code, outcome.stdout) == (2, b"")
    assert "also the file of --record" in outcome.stderr
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_a_recording_is_not_exported_to_itself(dg: Dg, tmp_path: Path) -> None:
    record(tmp_path / "run.txt")
    (tmp_path / "link.txt").symlink_to("run.txt")
    before = (tmp_path / "run.txt").read_bytes()
    for target in ("run.txt", "link.txt"):
        assert dg("replay", "run.txt", "--export", target, "--force").code == 2
    assert (tmp_path / "run.txt").read_bytes() == before


def test_what_is_no_file_can_be_written_to(draft: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("new.md")
    (tmp_path / "old").symlink_to("draft.md")
    for place in (draft, tmp_path / "link", tmp_path / "old", Path("new.md"), Path("/dev/stdout"), Path("/dev/null")):
        claims.check_writable(place)
        claims.check_writable(place, renames=False)


def test_a_name_as_long_as_a_name_can_be(tmp_path: Path) -> None:
    for letter in ("x", "é", "日"):
        path = tmp_path / (letter * (255 // len(letter.encode())))
        writing.write_atomically(path, "text")
        assert path.read_text() == "text"
    assert all(len(name) > 80 for name in names(tmp_path))


def record(path: Path) -> None:
    with Trace(path, dict) as trace:
        trace.finish({})


def test_a_recording_does_not_replace_what_is_no_recording(draft: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("draft.md")
    for name in ("draft.md", "link"):
        with pytest.raises(InputError, match=f"{name} already exists and is not a recording"):
            record(tmp_path / name)
    assert draft.read_bytes() == DRAFT
    for _ in range(2):
        record(tmp_path / "r.jsonl")


def test_a_recording_is_for_its_owner_only(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").touch(0o666)
    for name in ("r.jsonl", "new.jsonl"):
        record(tmp_path / name)
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def _edited_in_place(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"EDIT")


def _saved_by_an_editor(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"EDIT" + DRAFT[4:])
    other.replace(path)


POINTS = {
    "before the backup": ("write_atomically", 1),
    "before the new text": ("write_atomically", 2),
    "while the backup is written": ("_bytes", 1),
    "while the new text is written": ("_bytes", 2),
    "while its mode is set": ("_take_over", 2),
    "when it is written": ("_take_the_place", 1),
    "right before it takes its place": ("exchange", 1),
}


@pytest.mark.parametrize("change", [_edited_in_place, _saved_by_an_editor, _appended])
@pytest.mark.parametrize("point", POINTS)
def test_an_edit_at_any_moment_of_writing_survives(
    draft: Path, monkeypatch: pytest.MonkeyPatch, point: str, change: Callable[[Path], object]
) -> None:
    """The clock stands still for the file, as it may for two edits in one tick: its bytes tell."""
    name, at = POINTS[point]
    original, calls = getattr(writing, name), []
    source = reading.read(draft, NOWHERE)

    def edits_first(*given: object, **named: object) -> object:
        calls.append(name)
        if len(calls) == at:
            change(draft)
            os.utime(draft, ns=(source.status.st_atime_ns, source.status.st_mtime_ns))
        return original(*given, **named)

    monkeypatch.setattr(writing, name, edits_first)
    with pytest.raises(InputError, match="changed by something else"):
        writing.replace(source, "new", ".old")
    assert draft.read_bytes() in (b"EDIT" + DRAFT[4:], DRAFT + b"more\n")
    assert set(names(draft.parent)) <= {"draft.md", "draft.md.old"}
    assert len(calls) >= at


def test_where_names_cannot_change_places_a_file_is_looked_at_right_before(
    draft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "exchange", lambda one, other: False)
    edit(draft)
    assert draft.read_text() == "new"
    source, original = reading.read(draft, NOWHERE), writing._take_the_place
    monkeypatch.setattr(writing, "_take_the_place", lambda *given: (_appended(draft), original(*given)))
    with pytest.raises(InputError, match="changed by something else"):
        writing.replace(source, "newer")
    assert draft.read_text() == "newmore\n"


def test_a_file_that_is_gone_at_the_last_moment_stays_away(draft: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = writing.exchange
    monkeypatch.setattr(writing, "exchange", lambda *given: (draft.unlink(), original(*given))[1])
    with pytest.raises(InputError):
        writing.replace(reading.read(draft, NOWHERE), "new")
    assert names(draft.parent) == []


READERS: tuple[tuple[str, ...], ...] = (
    ("infill",),
    ("infill", "-i"),
    ("restyle", "--register", "formal"),
    ("generate", "-f"),
    ("explain",),
    ("replay", "--export", "new.txt"),
)


@pytest.mark.skipif(not POWERLESS and os.getuid() == 0, reason="root may read anything")
@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_what_cannot_be_read_is_one_line_and_a_documented_code(tmp_path: Path, command: tuple[str, ...]) -> None:
    home = _with_draft(tmp_path)
    (home / "secret.md").write_bytes(DRAFT)
    (home / "secret.md").chmod(0)
    (home / "folder").mkdir()
    (home / "closed").mkdir(0)
    reasons = {
        "secret.md": "Permission denied",
        "folder": "Is a directory",
        "missing.md": "No such file",
        "draft.md/x": "Not a directory",
        "closed/x": "Permission denied",
    }
    for name, reason in reasons.items():
        done = run(*command, name, home=home, before=POWERLESS, more={"DG_MODEL": "no such model"})
        assert done.returncode == 4
        assert reason in sentence(done.stderr)
    assert done.stdout == b""


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero", "/dev/full"])
def test_a_device_is_no_document(dg: Dg, monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    monkeypatch.setattr(reading, "LARGEST", 1000)
    for arguments in (["infill", device], ["infill", "-i", device], ["generate", "-f", device]):
        outcome = dg(*arguments, model="no such model")
        assert (outcome.code, outcome.stderr.count("\n")) == (4, 1), outcome


def test_a_pipe_that_nobody_writes_to_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with start("infill", "pipe", home=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert b"waiting for text from pipe" in process.stderr.readline()
        (tmp_path / "pipe").write_bytes(DRAFT)
        assert re.fullmatch(FILLED, process.communicate()[0])
