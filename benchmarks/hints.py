"""Whether fills say what their hints ask for, and in words of their own.

    python -m benchmarks.hints [benchmarks/data/hints.jsonl] [-m MODEL] [--limit N] [--seed N]

Each line of the file has a text, the hint of its hole, and words of which nearly every fill that does what the hint
asks for has one (`about`; a plural counts as its word). Given are the share of such fills, which a reader may put a
little higher, and the share of those that say a hint of two words or more as it stands.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import dgcli
from benchmarks.common.arguments import add_model, described, read_lines
from dgcli.tasks.infill.judge import repeats

DATA = Path(__file__).with_name("data") / "hints.jsonl"


def main() -> None:
    parser = described(__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=DATA)
    add_model(parser)
    parser.add_argument("--adapter", action="append", default=[], help="a LoRA adapter, as of dg")
    parser.add_argument("--limit", type=int, help="lines at most")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    model = dgcli.load(options.model, adapters=options.adapter)
    items = read_lines(options.file, options.limit)
    kept = said = 0
    for item in items:
        draft = f"{item['left']}[[? {item['hint']}]]{item['right']}"
        (fill,) = dgcli.infill(model, draft, seed=options.seed).fills
        text = "" if fill.skipped else fill.text
        kept += (about := is_about(text, item))
        said += (verbatim := repeats(text, item["hint"]))
        signs = f"{'+' if about else '-'}{'=' if verbatim else ' '}"
        print(f"{signs} {item['left']}[{text}]{item['right']}  ({item['hint']})", flush=True)
    print(f"{kept / len(items):.2f} do what the hint asks for, {said / len(items):.2f} repeat it, of {len(items)}")


def is_about(text: str, item: dict[str, Any]) -> bool:
    """Whether a fill has one of the words that belong to its hint."""
    words = set(re.findall(r"[\w-]+", text.casefold()))
    words |= {word.removesuffix("s") for word in words}
    return bool(words & set(item["about"]))


if __name__ == "__main__":
    main()
