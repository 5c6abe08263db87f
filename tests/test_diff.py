from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgcli.diff import coloured, unified


def test_a_diff() -> None:
    assert unified("one\ntwo\nthree", "one\n2\nthree", "x.md") == (
        "--- a/x.md\n+++ b/x.md\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n\\ No newline at end of file\n"
    )
    assert unified("same", "same", "x") == ""


def test_colours_are_added_around_the_lines() -> None:
    diff = unified("a\n", "b\n", "x")
    assert "\x1b[31m-a\x1b[0m\n\x1b[32m+b\x1b[0m\n" in coloured(diff)


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
