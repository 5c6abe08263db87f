from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgcli import api
from dgcli.errors import DgError, ExitCode
from dgcli.tasks.infill.filled import Infilled
from tests.broken_marks import broken_documents, is_whole
from tests.checkpoints import TINY
from tests.cli.conftest import Dg

DRAFT = b"One [[?]] three.\n\nFour [[?~9 a number]] six.\n"
HARD = "\ufeffOne [[?]] three.\r\n\r\n- A\r\n\t- Four  [[?~9]] six. \r\nno newline at the end".encode()

MANY = int(os.environ.get("DG_BROKEN_MARKS", "300"))


def around(source: bytes) -> re.Pattern[bytes]:
    """Matches every text that differs from `source` in its holes only."""
    return re.compile(b"(.*)".join(re.escape(part) for part in re.split(rb"\[\[\?.*?\]\]", source)), re.DOTALL)


@pytest.mark.parametrize("source", [DRAFT, HARD])
def test_stdin_to_stdout(dg: Dg, source: bytes) -> None:
    outcome = dg("infill", "-", "--seed", "1", stdin=source)
    assert outcome.code == 0
    assert around(source).fullmatch(outcome.stdout)
    assert b"[[?" not in outcome.stdout


@pytest.mark.parametrize("flags", [[], ["--animate", "always"], ["--record", "t.jsonl"], ["-q"], ["-v"]])
def test_the_same_seed_gives_the_same_bytes(dg: Dg, flags: list[str]) -> None:
    silent = dg("infill", "-", "--seed", "5", "--animate", "never", stdin=DRAFT)
    for terminal in (False, True):
        assert dg("infill", "-", "--seed", "5", *flags, stdin=DRAFT, terminal=terminal).stdout == silent.stdout


def test_another_seed_gives_another_text(dg: Dg) -> None:
    assert len({dg("infill", "-", "--seed", str(seed), stdin=DRAFT).stdout for seed in range(4)}) > 1


def test_a_fresh_seed_is_named_and_can_be_used_again(dg: Dg) -> None:
    first = dg("infill", "-", stdin=DRAFT)
    match = re.search(r"seed (\d+)", first.stderr)
    assert match is not None
    assert dg("infill", "-", "--seed", match.group(1), stdin=DRAFT).stdout == first.stdout


def test_in_place(dg: Dg, tmp_path: Path) -> None:
    file, link = tmp_path / "draft.md", tmp_path / "link.md"
    file.write_bytes(HARD)
    file.chmod(0o640)
    link.symlink_to(file)
    outcome = dg("infill", "-i", "link.md", "--seed", "1")
    assert (outcome.code, outcome.stdout) == (0, b"")
    assert link.is_symlink()
    assert around(HARD).fullmatch(file.read_bytes())
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["draft.md", "link.md"]


def test_several_files_in_place(dg: Dg, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(DRAFT)
    assert dg("infill", "-i", "a", "b", "--seed", "1").code == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() != DRAFT


def test_a_file_without_marks_stops_all_before_anything_is_written(dg: Dg, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(DRAFT)
    (tmp_path / "b").write_bytes(b"nothing")
    outcome = dg("infill", "-i", "a", "b")
    assert outcome.code == 4
    assert "b has no mark" in outcome.stderr
    assert (tmp_path / "a").read_bytes() == DRAFT


def test_a_file_that_changed_meanwhile_is_left_alone(dg: Dg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dgcli.engine import loading

    file = tmp_path / "draft.md"
    file.write_bytes(DRAFT)
    load = loading.load

    def slow_load(path: str | Path, **options: bool) -> loading.LoadedModel:
        file.write_bytes(b"something else [[?]]")
        return load(path, **options)

    monkeypatch.setattr(loading, "load", slow_load)
    outcome = dg("infill", "-i", "draft.md")
    assert outcome.code == 4
    assert "changed by something else" in outcome.stderr
    assert file.read_bytes() == b"something else [[?]]"


def test_output_file(dg: Dg, tmp_path: Path) -> None:
    (tmp_path / "out.md").write_text("old")
    outcome = dg("infill", "-", "-o", "out.md", "-f", "--seed", "1", stdin=DRAFT)
    assert (outcome.code, outcome.stdout) == (0, b"")
    assert (tmp_path / "out.md").read_bytes() == dg("infill", "-", "--seed", "1", stdin=DRAFT).stdout


@pytest.mark.parametrize("command", [["infill", "-"], ["generate", "x"]])
def test_an_output_named_with_a_dash_is_stdout_and_no_file(dg: Dg, tmp_path: Path, command: list[str]) -> None:
    outcomes = [dg(*command, "--seed", "1", *flags, stdin=DRAFT) for flags in ([], ["-o", "-"])]
    assert outcomes[0].code == outcomes[1].code == 0
    assert outcomes[0].stdout == outcomes[1].stdout != b""
    assert list(tmp_path.iterdir()) == []


def test_an_output_folder_that_is_not_there(dg: Dg) -> None:
    outcome = dg("infill", "-", "-o", "no/where.md", stdin=DRAFT)
    assert outcome.code == 4
    assert "cannot be written" in outcome.stderr


def test_json(dg: Dg) -> None:
    outcome = dg("infill", "-", "--seed", "1", "--json", stdin=DRAFT)
    value = json.loads(outcome.text)
    assert outcome.text.count("\n") == 1
    assert value["text"].encode() == dg("infill", "-", "--seed", "1", stdin=DRAFT).stdout
    assert [span["old"] for span in value["spans"]] == ["[[?]]", "[[?~9 a number]]"]
    draft = DRAFT.decode()
    shift = 0
    for span in value["spans"]:
        assert draft[span["start"] : span["end"]] == span["old"]
        start = span["start"] + shift
        assert value["text"][start : start + len(span["new"])] == span["new"]
        shift += len(span["new"]) - len(span["old"])
    assert value["seed"] == 1
    assert {"steps_used", "converged", "stop_reason", "tokens", "seconds", "model"} <= value.keys()


def test_a_run_that_does_not_converge_says_so_and_is_done(dg: Dg) -> None:
    outcome = dg("infill", "-", "--seed", "1", "--steps", "1", "--json", stdin=DRAFT)
    assert outcome.code == 0
    assert "settled before its steps ran out" in outcome.stderr
    assert json.loads(outcome.text)["converged"] is False


def test_a_hole_that_no_fill_fits_is_left_and_named(dg: Dg, tmp_path: Path) -> None:
    """A fill of a program that does not parse is not taken, nor is it mended; the file keeps the mark."""
    (tmp_path / "a.json").write_text('{"a": [[?]],\n "b": "so [[?]] it"}\n')
    outcome = dg("infill", "-i", "a.json", "--seed", "1", "-m", str(TINY))
    text = (tmp_path / "a.json").read_text()
    assert outcome.code == 5
    assert "dg: a.json, line 1: the hole was left, as every fill breaks the file as JSON." in outcome.stderr
    assert text.startswith('{"a": [[?]],\n "b": "so ')
    assert json.loads(text.replace("[[?]]", "1"))["a"] == 1
    assert "the hole was left" not in dg("infill", "-q", "a.json", "--seed", "1").stderr


def test_another_marker(dg: Dg) -> None:
    outcome = dg("infill", "-", "--marker", r"TODO\((?P<hint>.*?)\)", stdin=b"One TODO(what) three [[?]].")
    assert re.fullmatch(rb"One .* three \[\[\?\]\]\.", outcome.stdout)


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "message"),
    [
        (["-"], b"no marks", 4, "stdin has no mark to fill"),
        (["-"], b"", 4, "stdin has no mark to fill"),
        (["-"], b"\xff [[?]]", 4, "not UTF-8"),
        (["missing.md"], b"", 4, "missing.md cannot be read"),
        (["."], b"", 4, "cannot be read"),
        (["-"], b"a [[?~900]] b", 4, "asks for 900 words"),
        (["-", "-i"], b"[[?]]", 2, "stdin cannot be edited in place"),
        (["a", "b"], b"", 2, "without -i"),
        (["-i", "-o", "x", "a"], b"", 2, "-i and -o"),
        (["-", "--diff", "--json"], b"[[?]]", 2, "--diff and --json"),
        (["-", "--marker", "["], b"", 2, "not a regular expression"),
        (["-", "-m", "nowhere"], b"a [[?]] b", 3, "nowhere"),
        (["-", "--steps", "0"], b"a [[?]] b", 2, ""),
        (["-"], b"a\n b [[? c\n\nd ]]", 4, "line 2, column 4 of stdin is not closed"),
        (["-", "--marker", "_*"], b"a ___ b", 2, "'_*' of --marker matches even where there is nothing"),
        (["-", "--match", r"\b"], b"a b", 4, "matches nothing at line 1, column 1 of stdin"),
        (["-", "--match", "[^.]+[.]"], b"a\n\nb.", 4, "line 1, column 1 of stdin runs over a blank line"),
    ],
)
def test_what_goes_wrong_is_said_in_a_sentence(
    dg: Dg, arguments: list[str], stdin: bytes, code: int, message: str
) -> None:
    outcome = dg("infill", *arguments, stdin=stdin)
    assert (outcome.code, outcome.stdout) == (code, b"")
    assert message in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_file_names_cannot_steer_the_terminal(dg: Dg) -> None:
    outcome = dg("infill", "\x1b[2Jx")
    assert "\x1b" not in outcome.stderr


def test_an_interrupt_leaves_the_file_and_exits_130(dg: Dg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dgcli import api

    def interrupted(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "infill", interrupted)
    (tmp_path / "a").write_bytes(DRAFT)
    assert dg("infill", "-i", "a").code == 130
    assert (tmp_path / "a").read_bytes() == DRAFT


def test_a_fault_is_one_sentence_and_a_traceback_only_when_asked(dg: Dg, monkeypatch: pytest.MonkeyPatch) -> None:
    from dgcli import api

    def broken(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError("x")

    monkeypatch.setattr(api, "infill", broken)
    short = dg("infill", "-", stdin=DRAFT)
    assert (short.code, "Traceback" in short.stderr) == (1, False)
    assert "Traceback" in dg("infill", "-", "-v", stdin=DRAFT).stderr


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    command = f"'{sys.executable}' -c 'from dgcli.cli.app import main; main()' infill - -q | true"
    environment = {**os.environ, "DG_MODEL": str(TINY)}
    done = subprocess.run(["bash", "-c", command], input=DRAFT, capture_output=True, env=environment, check=False)
    assert done.stderr == b""


def test_exit_codes_are_those_documented() -> None:
    kinds = [cls for cls in DgError.__subclasses__() if cls.__module__ == DgError.__module__]
    codes = {cls.__name__: cls.exit_code for cls in kinds}
    assert codes == {
        "UsageError": 2,
        "ModelError": 3,
        "InputError": 4,
        "PackageError": 1,
        "PromiseBrokenError": 1,
    }
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    [told] = re.findall(r"^Exit codes: (.*?130 \w+)\.", readme, re.MULTILINE | re.DOTALL)
    assert [int(code) for code in re.findall(r"(?:^|,\s)(\d+) \w", told)] == list(ExitCode) == [0, 1, 2, 3, 4, 5, 130]


def test_the_old_file_can_be_kept(dg: Dg, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_bytes(HARD)
    assert dg("infill", "-i", "--backup", ".bak", "draft.md", "--seed", "1").code == 0
    assert (tmp_path / "draft.md.bak").read_bytes() == HARD
    assert around(HARD).fullmatch((tmp_path / "draft.md").read_bytes())


@pytest.mark.parametrize("source", [DRAFT, HARD])
def test_patch_makes_the_result_of_the_diff(dg: Dg, tmp_path: Path, source: bytes) -> None:
    (tmp_path / "draft.md").write_bytes(source)
    diff = dg("infill", "--diff", "draft.md", "--seed", "1").stdout
    assert b"\x1b" not in diff
    assert (tmp_path / "draft.md").read_bytes() == source
    dg("infill", "draft.md", "-o", "done.md", "--seed", "1")
    subprocess.run(["patch", "--binary", "-p1"], input=diff, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "draft.md").read_bytes() == (tmp_path / "done.md").read_bytes()


def _applied(folder: Path, diff: bytes) -> int:
    return subprocess.run(["patch", "-p1"], input=diff, cwd=folder, check=False, capture_output=True).returncode


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed")
@pytest.mark.parametrize(
    "given", ["my draft.md", "./my draft.md", "sub/../my draft.md", "link.md", "{here}/my draft.md"]
)
def test_a_file_below_the_working_folder_is_patched_from_there_however_it_was_named(
    dg: Dg, tmp_path: Path, given: str
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "my draft.md").write_bytes(DRAFT)
    (tmp_path / "link.md").symlink_to("my draft.md")
    outcome = dg("infill", "--diff", given.format(here=tmp_path), "--seed", "1")
    assert (outcome.code, "patch" in outcome.stderr) == (0, False)
    assert _applied(tmp_path, outcome.stdout) == 0
    assert around(DRAFT).fullmatch((tmp_path / "my draft.md").read_bytes())


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed")
def test_files_elsewhere_are_patched_from_the_folder_that_is_said(
    dg: Dg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "one.md").write_bytes(DRAFT)
    (tmp_path / "other one.md").write_bytes(DRAFT)
    monkeypatch.chdir(here)
    outcome = dg("infill", "--diff", "one.md", "../other one.md", "--seed", "1")
    assert f"patch -p1 -d {tmp_path}`" in outcome.stderr
    assert _applied(tmp_path, outcome.stdout) == 0
    for name in ("here/one.md", "other one.md"):
        assert around(DRAFT).fullmatch((tmp_path / name).read_bytes())


def test_a_diff_of_what_is_no_file_says_how_to_apply_it(dg: Dg) -> None:
    outcome = dg("infill", "--diff", "-", stdin=DRAFT)
    assert "not a file; apply it with `patch FILE`" in outcome.stderr
    assert dg("infill", "--diff", "-", "-q", stdin=DRAFT).stderr == ""


def test_alternatives_are_listed_in_one_order(dg: Dg) -> None:
    """The best first, as laws of a hole say."""
    outcome = dg("infill", "-", "-n", "3", "--seed", "1", stdin=DRAFT)
    assert outcome.text.startswith("line 1: [[?]]\n   1. ")
    assert "line 3: [[?~9 a number]]\n" in outcome.text
    value = json.loads(dg("infill", "-", "-n", "3", "--seed", "1", "--json", stdin=DRAFT).text)
    for span in value["spans"]:
        others = span.get("alternatives", ())  # rounds of noise may come to the same fill
        texts = [span["new"], *(other["new"] for other in others)]
        assert "\n".join(f"   {number}. {text}" for number, text in enumerate(texts, 1)) in outcome.text
        assert len(set(texts)) == len(texts) <= 3


@pytest.mark.parametrize(
    ("flags", "result"),
    [
        (["--lines", "2"], rb"one cat\n.*\nthree cat\n"),
        (["--match", "cat"], rb"one .*\ntwo .*\nthree .*\n"),
        (["--match", "cat", "--count", "1"], rb"one .*\ntwo cat\nthree cat\n"),
        (["--span", "4:7", "--hint", "an animal"], rb"one .*\ntwo cat\nthree cat\n"),
    ],
)
def test_text_can_be_chosen_without_marks(dg: Dg, flags: list[str], result: bytes) -> None:
    outcome = dg("infill", "-", *flags, "--seed", "1", stdin=b"one cat\ntwo cat\nthree cat\n")
    assert outcome.code == 0
    assert re.fullmatch(result, outcome.stdout, re.DOTALL)
    assert outcome.stdout != b"one cat\ntwo cat\nthree cat\n"


def test_how_much_of_chosen_text_may_change(dg: Dg) -> None:
    source = b"one cat\r\ntwo cats\tand a dog"
    results = [
        dg("infill", "-", "--lines", "2", "--strength", strength, "--seed", "1", stdin=source).stdout
        for strength in ("0", "0.5", "1")
    ]
    assert results[0] == source
    assert all(result.startswith(b"one cat\r\n") for result in results)
    assert len(set(results)) == 3


@pytest.mark.parametrize("name", ["draft.md", "draft.txt", "draft", "draft.tex", "DRAFT.MD"])
def test_a_file_of_words_with_an_open_mark_stops_all_before_anything_is_written(
    dg: Dg, tmp_path: Path, name: str
) -> None:
    """Whatever way the result is to go."""
    source = b"# Plan\r\n\r\nOur plan is [[? what it is\r\n\r\nSee [[Budget]] and [[?]].\r\n"
    (tmp_path / "a.md").write_bytes(DRAFT)
    (tmp_path / name).write_bytes(source)
    for flags in (["-i", "a.md"], ["-i", "--backup", ".bak", "a.md"], ["-i"], ["-o", "out"], ["--diff"], ["--force"]):
        outcome = dg("infill", *flags, name)
        assert (outcome.code, outcome.stdout) == (4, b"")
        assert f"line 3, column 13 of {name} is not closed" in outcome.stderr
    assert (tmp_path / name).read_bytes() == source
    assert (tmp_path / "a.md").read_bytes() == DRAFT
    assert {path.name for path in tmp_path.iterdir()} == {"a.md", name}


@pytest.mark.parametrize("name", ["x.py", "x.js", "x.yaml", "script", "x.unheardof"])
def test_in_a_program_what_is_no_mark_stays(dg: Dg, tmp_path: Path, name: str) -> None:
    source = b"#!/bin/x\nP = r'[[?]+x'\n# [[? why]] done [[? open\nq = a[b[0]]\n"
    (tmp_path / name).write_bytes(source)
    outcome = dg("infill", name, "--seed", "1")
    assert outcome.code == 0
    assert around(source.replace(b"[[?]+", b"[@?]+").replace(b"[[? open", b"[@? open")).fullmatch(
        outcome.stdout.replace(b"[[?]+", b"[@?]+").replace(b"[[? open", b"[@? open")
    )
    assert f"dg: {name} has 1 mark; 2 that are in code, from line 2 on, are left as they are.\n" in outcome.stderr


def test_a_run_says_how_many_holes_it_found(dg: Dg) -> None:
    for arguments, source, told in (
        ([], DRAFT, "stdin has 2 marks."),
        ([], b"a [[?]] b `[[? c]]`", "stdin has 1 mark; what is in code in line 1 is left as it is."),
        (["--match", "One|Four"], DRAFT, "stdin has 2 matches."),
        (["--match", "One"], DRAFT, "stdin has 1 match."),
        (["--marker", "three"], DRAFT, "stdin has 1 mark."),
    ):
        assert f"dg: {told}\n" in dg("infill", "-", *arguments, stdin=source).stderr
        assert dg("infill", "-", "-q", *arguments, stdin=source).stderr == ""


@pytest.mark.parametrize("flags", [[], ["--lines", "1"], ["--span", "0:2100"], ["--match", "x+"], ["--marker", "x+"]])
def test_a_hole_that_would_remove_more_than_a_hint_is_refused(dg: Dg, tmp_path: Path, flags: list[str]) -> None:
    """However it was chosen: a slip of the pen in a number or a pattern removes as much as one in a mark."""
    source = "[[? " + "x" * 2100 + "]]\n"
    (tmp_path / "draft.md").write_text(source)
    outcome = dg("infill", "-i", "draft.md", *flags)
    assert outcome.code == 4
    assert re.search(r"at line 1, column [15] of draft.md would remove 2\d\d\d characters. Add --force", outcome.stderr)
    assert (tmp_path / "draft.md").read_text() == source


def test_force_fills_a_hole_of_any_size(dg: Dg) -> None:
    source = b"a [[? " + b"x" * 2100 + b"]] b\n"
    outcome = dg("infill", "-", "--force", "--seed", "1", stdin=source)
    assert outcome.code == 0
    assert around(source).fullmatch(outcome.stdout)


@settings(max_examples=MANY // 30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(broken_documents(), st.sampled_from(["draft.md", "draft.txt", "draft.py"]))
def test_a_broken_mark_changes_no_byte_outside_of_whole_ones(dg: Dg, tmp_path: Path, text: str, name: str) -> None:
    file, source = tmp_path / name, text.encode()
    file.write_bytes(source)
    outcome = dg("infill", "--json", "--seed", "1", "--steps", "1", name)
    assert outcome.code in (0, 4, 5)
    assert outcome.code != 4 or outcome.stdout == b""
    assert dg("infill", "-i", "--seed", "1", "--steps", "1", name).code == outcome.code
    if outcome.code == 4:
        assert file.read_bytes() == source
        return
    spans = json.loads(outcome.stdout)["spans"]
    filled, end = "", 0
    for span in spans:
        assert text[span["start"] : span["end"]] == span["old"]
        assert is_whole(span["old"]) or (span["new"] == "" and is_whole(span["old"][1:]) and span["old"][0] == " ")
        filled += text[end : span["start"]] + span["new"]
        end = span["end"]
    assert file.read_bytes() == (filled + text[end:]).encode()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.rst", "One [[?]] two::\n\n    r'[[?]+x'\n    [[?]]\n\nEnd.\n"),
        ("a.org", "One [[?]] two =[[?]]=.\n#+begin_src c\n[[? x\n#+end_src\n"),
        ("a.adoc", "One [[?]] two.\n\n----\n[[?]] [[?\n----\n"),
        ("a.tex", "One [[?]] two \\verb|[[?]]|.\n\\begin{verbatim}\n[[?\n\\end{verbatim}\n"),
        ("a.wiki", "One [[?]] two <code>[[?]]</code>.\n"),
        ("a.typ", "One [[?]] two `[[?]]`.\n"),
    ],
)
def test_marks_in_literal_text_are_left_alone(dg: Dg, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    outcome = dg("infill", name, "--seed", "1")
    assert outcome.code in (0, 5)
    before, behind = text.split("[[?]]", 1)
    assert outcome.text.startswith(before)
    assert outcome.text.endswith(behind)
    assert f"{name} has 1 mark; " in outcome.stderr


def test_marks_in_code_are_left_alone_in_markdown(dg: Dg, tmp_path: Path) -> None:
    source = b"Text [[?]] and `code [[?]]`.\n"
    assert re.fullmatch(rb"Text .* and `code \[\[\?\]\]`\.\n", dg("infill", "-", stdin=source).stdout)
    assert b"[[?]]" not in dg("infill", "-", "--in-code", stdin=source).stdout
    (tmp_path / "x.py").write_bytes(source)
    assert b"[[?]]" not in dg("infill", "x.py").stdout


@pytest.mark.parametrize(
    "flags",
    [
        ["--lines", "1", "--span", "0:1"],
        ["--count", "1"],
        ["--hint", "x"],
        ["--strength", "0.5"],
        ["--lines", "1", "--strength", "1.5"],
        ["--diff", "-o", "x"],
        ["-n", "2", "--diff"],
        ["--backup", ".bak"],
        ["-i", "--backup", "a/b"],
    ],
)
def test_options_that_do_not_fit_together(dg: Dg, flags: list[str]) -> None:
    outcome = dg("infill", "draft.md", *flags)
    assert (outcome.code, outcome.stdout) == (2, b"")


def test_that_no_word_came_at_first_is_counted_and_told_on_request(
    dg: Dg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once: Callable[..., Infilled] = api.infill

    def again(*arguments: Any, **options: Any) -> Infilled:
        result = once(*arguments, **options)
        first, second = result.fills
        return replace(result, fills=(replace(first, again=2), replace(second, again=0)))

    monkeypatch.setattr(api, "infill", again)
    outcome = dg("infill", "-", "--seed", "1", "--json", "-v", "--record", "t", stdin=DRAFT)
    assert [span.get("tried_again") for span in json.loads(outcome.text)["spans"]] == [2, None]
    assert "dg: stdin, line 1: the first fills had no words; the hole was tried again 2 times.\n" in outcome.stderr
    assert "had no words" not in dg("infill", "-", "--seed", "1", stdin=DRAFT).stderr
    assert "holes were tried again 2 times" in dg("explain", "t").text
