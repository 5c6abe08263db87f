from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgcli.platform.environment import visible
from dgcli.text.diff import coloured, unified


def test_a_diff() -> None:
    assert unified("one\ntwo\nthree", "one\n2\nthree", "x.md") == (
        "--- a/x.md\n+++ b/x.md\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n\\ No newline at end of file\n"
    )
    assert unified("same", "same", "x") == ""


def test_colours_are_added_around_the_lines() -> None:
    diff = unified("a\n", "b\n", "x")
    assert "\x1b[31m-a\x1b[0m\n\x1b[32m+b\x1b[0m\n" in coloured(diff)


def test_of_lines_that_are_alike_the_words_that_differ_stand_out() -> None:
    shown = coloured(unified("a\nThe mill stands.\nThere.\n", "a\nThe old mill stood.\nThere.\n", "x"))
    assert "\x1b[31m-The mill \x1b[0m\x1b[31;1;4mstands\x1b[0m\x1b[31m.\x1b[0m\n" in shown
    assert (
        "\x1b[32m+The \x1b[0m\x1b[32;1;4mold\x1b[0m\x1b[32m mill \x1b[0m\x1b[32;1;4mstood\x1b[0m\x1b[32m.\x1b[0m\n"
        in shown
    )


@given(st.lists(st.sampled_from(["one ", "two", "\n", "-- ", "++", "@@", ".\r\n", " "])), st.data())
def test_colours_add_nothing_but_colours(words: list[str], data: st.DataObject) -> None:
    """Without them the diff is the same, whatever its lines begin with."""
    other = data.draw(st.permutations(words))
    diff = unified("".join(words), "".join(other), "x")
    plain = re.sub(r"\x1b\[[\d;]*m", "", coloured(diff))
    assert plain == "".join("\t".join(map(visible, diff.split("\t"))))


texts = st.lists(st.sampled_from(["a\n", "b\r\n", "\n", " c\n", "-d\n", "+e\n", "\x0c\u2028f\n", "@@\n"])).map("".join)


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts, texts, st.sampled_from(["", "end", "end\r"]))
def test_patch_makes_the_new_text_of_the_old_one(tmp_path: Path, old: str, new: str, end: str) -> None:
    file = tmp_path / "x"
    file.write_bytes((old + end).encode())
    diff = unified(old + end, new + end + "!", "x")
    command = ["patch", "--binary", "--quiet", "-p1", "--no-backup-if-mismatch", str(file)]
    subprocess.run(command, input=diff.encode(), check=True, capture_output=True)
    assert file.read_bytes() == (new + end + "!").encode()


# Names of files

NAMES = [
    *("plain.md", "my draft.md", " leading", "trailing ", "two  blanks", 'a "quoted" one', "back\\slash", "it's"),
    *(
        "tab\tin it",
        "new\nline",
        "return\rin it",
        "escape\x1b[31m",
        "café.md",
        "日本 語.md",
        "no\u00a0break",
        "\u202eturned",
    ),
    *("-dash", "x 2020-01-01 00:00:00", "folder/my draft.md", "dev/null", "caf\udce9.md"),
]
APPLIERS = [["patch", "-p1", "--dry-run"], ["git", "apply", "--check"]]


@pytest.mark.parametrize("command", APPLIERS, ids=["patch", "git"])
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_of_any_kind_is_found_by_what_applies_diffs(tmp_path: Path, name: str, command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("old\n")
    diff = unified("old\n", "new\n", name)
    done = subprocess.run(command, input=diff.encode(), cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done


@given(st.binary(min_size=1, max_size=20).filter(lambda name: not {*b"/\0"} & {*name}))
def test_no_name_makes_another_line_or_steers_a_terminal(name: bytes) -> None:
    lines = unified("old\n", "new\n", os.fsdecode(name)).encode().split(b"\n")
    assert len(lines) == 6
    header = "".join(lines[0].decode().split("\t"))
    assert visible(header) == header
