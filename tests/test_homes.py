"""The tests use and change nothing that whoever runs them has in their home."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from dgcli.cli.changes import folder_of_changes
from tests.checkpoints import TINY


def test_each_test_has_a_home_of_its_own(own_home: Path, homes: Path) -> None:
    assert Path.home() == own_home
    assert own_home.parent == homes
    assert not [name for name in os.environ if name.startswith("XDG_")]


def test_what_a_test_changes_is_kept_in_its_own_home(own_home: Path, tmp_path: Path) -> None:
    """Also by a `dg` in a process that knows no more than this one."""
    (tmp_path / "draft.md").write_text("One [[?]] three.\n")
    command = [sys.executable, "-m", "dgcli", "infill", "-i", "draft.md", "-m", str(TINY), "--steps", "1", "-q"]
    subprocess.run(command, cwd=tmp_path, check=True)
    kept = folder_of_changes(os.environ)
    assert kept is not None
    assert own_home in kept.parents
    assert len(list(kept.iterdir())) == 1
