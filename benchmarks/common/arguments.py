"""Arguments that benchmarks and experiments share, and what they write where one of these names a file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from dgcli.cli.choose import BUNDLED


def described(doc: str | None) -> argparse.ArgumentParser:
    """A parser whose help is the script's own docstring, line for line."""
    return argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)


def add_model(parser: argparse.ArgumentParser, default: Path = BUNDLED) -> None:
    """`-m`, the folder of a checkpoint."""
    parser.add_argument("-m", "--model", type=Path, default=default, help="a checkpoint; default: the bundled one")


def add_files(parser: argparse.ArgumentParser) -> None:
    """Files with a passage in each line, and how many of them are taken."""
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, help="passages of each file at most")


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`, a file for all figures."""
    parser.add_argument("--json", type=Path, help="write all figures there")


def read_lines(file: Path, limit: int | None = None) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines, at most so many."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()[:limit]]


def write_json(file: Path | None, figures: Any) -> None:
    """Write figures to the file that `--json` named, if it named one."""
    if file is not None:
        file.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
