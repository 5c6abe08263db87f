"""docs/architecture.md names modules that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_modules_of_each_command_are_there() -> None:
    """Each once in its table; a name without a folder stands in that of the name before it."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    walks = text.split("## The modules of each command")[1].split("\n## ")[0]
    tables = re.split(r"\n\| --- \| --- \|\n", walks)[1:]
    assert len(tables) == 6
    for table in tables:
        seen: list[str] = []
        for cell in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE):
            folder = ""
            for name in re.findall(r"`([^`]+)`", cell):
                path = name if "/" in name or not folder else f"{folder}/{name}"
                folder = path.rpartition("/")[0]
                assert (ROOT / "dgcli" / f"{path}.py").exists(), path
                seen.append(path)
        assert len(seen) == len(set(seen)), table
