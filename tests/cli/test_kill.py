"""Whatever happens while a file is written, it is the old one or the new one."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dgcli.cli.writing import write_atomically
from dgcli.errors import InputError
from tests.limits import files_of_at_most

OLD, NEW = "old\n" * 40_000, "new text\n" * 50_000
WRITER = """
import sys
from pathlib import Path
from dgcli.cli.writing import write_atomically
old, new = "old\\n" * 40_000, "new text\\n" * 50_000
print("ready", flush=True)
while True:
    write_atomically(Path(sys.argv[1]), new)
    write_atomically(Path(sys.argv[1]), old)
"""


def test_a_kill_at_any_moment_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "draft.md"
    file.write_text(OLD)
    rng = random.Random(1)
    for _ in range(12):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(rng.uniform(0, 0.02))
            writer.kill()
        assert file.read_text() in (OLD, NEW)
        assert all(
            path == file or (path.name.startswith(".draft.md.") and path.suffix == ".dg") for path in tmp_path.iterdir()
        )


@pytest.mark.parametrize("most", [0, 4096, len(NEW) - 1])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, most: int) -> None:
    file = tmp_path / "draft.md"
    file.write_text(OLD)
    with files_of_at_most(most), pytest.raises(InputError, match="File too large"):
        write_atomically(file, NEW)
    assert file.read_text() == OLD
    assert list(tmp_path.iterdir()) == [file]
