"""The docs name files that are there, and every link in them leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dgcli.platform.toml import parse_toml

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    str(page.relative_to(ROOT))
    for page in (
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        ROOT / "experiments/README.md",
        ROOT / "training/README.md",
    )
)


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_are_there(page: str) -> None:
    """Paths from the root, in backticks, and modules that are run by `python -m`."""
    text = (ROOT / page).read_text(encoding="utf-8")
    paths = re.findall(r"`((?:dgcli|tests|benchmarks|experiments|training|examples|docs|fuzz)/[\w./-]+)`", text)
    modules = re.findall(r"python -m ((?:benchmarks|experiments|training)[\w.]+)", text)
    named = [*paths, *(f"{module.replace('.', '/')}.py" for module in modules)]
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_of_a_page_lead_somewhere(page: str) -> None:
    """Files and headings of other pages, and of its own."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for target, heading in re.findall(r"\]\((?!\w+:)([^)#\s]*)#?([^)\s]*)\)", text):
        there = (ROOT / page).parent / target if target else ROOT / page
        assert there.exists(), target
        assert not heading or heading in _headings(there), f"{target}#{heading}"


def test_the_archive_of_the_source_has_all_that_pages_link_to() -> None:
    project = parse_toml((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packed = {"LICENSE", "pyproject.toml", *project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]}
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!\w+:)([^)#\s]+)", text):
            top = ((ROOT / page).parent / target).resolve().relative_to(ROOT).parts[0]
            assert top in packed, f"{page} links to {target}"
    assert {page.split("/")[0] for page in PAGES} <= packed


def _headings(page: Path) -> set[str]:
    """As GitHub names them."""
    lines = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}
