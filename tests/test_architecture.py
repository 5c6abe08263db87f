"""docs/architecture.md names the modules that are there, all of them."""

from __future__ import annotations

import ast
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


def test_every_module_is_listed_with_what_it_says_of_itself() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("## Every module")[1]
    listed: dict[str, str] = {}
    for folder, below in re.findall(r"^### `([\w/]+)`\n(.*?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL):
        listed |= {f"{folder}{name}.py": says for name, says in re.findall(r"^- `(\w+)`: (.*)$", below, re.MULTILINE)}
    modules = {str(path.relative_to(ROOT)): path for path in (ROOT / "dgcli").rglob("*.py") if path.stem != "__init__"}
    assert listed == {name: _said(path) for name, path in modules.items()}


def _said(module: Path) -> str:
    """The first paragraph of a module's docstring."""
    said = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    return " ".join(said.split("\n\n")[0].split())
