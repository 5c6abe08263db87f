"""What each conversion of the 26B model takes, task by task, and on which Macs it fits: the tables of docs/memory.md.

    python -m benchmarks.mac_memory [--write docs/memory.md]

Nothing is measured or loaded. Weights are counted by the shapes of the released config and the recipes of `dg convert`,
all else as `dg` reckons it before it loads a model (`dgcli/checkpoint/memory.py`), which the tests compare with what a
step takes.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from benchmarks.common.arguments import described
from benchmarks.convert_memory import TEXT_CONFIG
from dgcli.checkpoint.config import ModelConfig, read_config
from dgcli.checkpoint.memory import CONTEXT, Batch, Need, reckoned
from dgcli.checkpoint.recipes import RECIPES, formats
from dgcli.checkpoint.tensors import tensor_table
from dgcli.platform.wired_limit import enough_for

MACS = (16, 18, 24, 32, 36, 48, 64)  # GiB
LAYERS, CANVAS, BFLOAT16 = 30, 256, 2
TASKS = {
    "infill: a sentence of a long document": (CONTEXT, Batch(canvases=5, width=CANVAS, free=108)),
    "restyle: a paragraph": (1000, Batch(canvases=8, width=96, free=CANVAS)),
    "generate: 256 tokens for a prompt of 1,000": (1256, Batch(canvases=1, width=CANVAS, free=CANVAS)),
}
"""The tokens that a task's prompts have, and the largest batch that it denoises."""
BEGIN, END = "<!-- made by benchmarks/mac_memory.py -->\n\n", "\n<!-- end -->\n"


def released() -> ModelConfig:
    """The released shape."""
    layers = ["full_attention" if (index + 1) % 6 == 0 else "sliding_attention" for index in range(LAYERS)]
    text = TEXT_CONFIG | {"num_hidden_layers": LAYERS, "layer_types": layers}
    with tempfile.TemporaryDirectory() as folder:
        config = {"model_type": "diffusion_gemma", "canvas_length": CANVAS, "text_config": text}
        Path(folder, "config.json").write_text(json.dumps(config), encoding="utf-8")
        return read_config(Path(folder))


def weights(config: ModelConfig, recipe: str) -> int:
    """Bytes of the text stack's weights in a recipe's formats."""
    chosen = formats(config, RECIPES[recipe])
    parts = (part for each in tensor_table(config).values() for part in each.parts(chosen.get(each.module)))
    return sum(part.nbytes(BFLOAT16) for part in parts)


def default_limit(total: int) -> int:
    """Bytes that macOS lets Metal use of so many, unless it is told otherwise.

    As reported for machines of 16 to 128 GB, up to macOS 15. Some reports of macOS 26 have more.
    """
    return total * 2 // 3 if total <= 32 * 2**30 else total * 3 // 4


def verdict(needed: int, total: int) -> str:
    """Whether it fits, or with which limit, and what that leaves."""
    if needed <= default_limit(total):
        return "fits"
    limit = enough_for(needed, total)
    return "no" if limit is None else f"{limit.mebibytes} ({limit.left / 1e9:.1f})"


def tables() -> str:
    """Both tables, as Markdown."""
    config = released()
    needs: dict[str, dict[str, Need]] = {}
    for recipe in RECIPES:
        bytes_of = weights(config, recipe)
        tasks = {task: reckoned(config, bytes_of, BFLOAT16, *load) for task, load in TASKS.items()}
        needs[recipe] = tasks | {"any": reckoned(config, bytes_of, BFLOAT16)}
    recipes = sorted(needs, key=lambda recipe: needs[recipe]["any"].weights)
    lines = [f"| conversion | weights | {' | '.join(TASKS)} | anything |", f"|---|{'--:|' * (len(TASKS) + 2)}"]
    for recipe in recipes:
        first = needs[recipe]["any"].weights
        row = " | ".join(f"{one.total / 1e9:.2f}" for one in needs[recipe].values())
        lines.append(f"| {recipe} | {first / 1e9:.2f} | {row} |")
    lines += ["", f"| memory | default limit | {' | '.join(recipes)} |", f"|--:|--:|{'---|' * len(recipes)}"]
    for size in MACS:
        total = size * 2**30
        row = " | ".join(verdict(needs[recipe]["any"].total, total) for recipe in recipes)
        lines.append(f"| {size} GB | {default_limit(total) / 1e9:.1f} GB | {row} |")
    return "\n".join(lines) + "\n"


def replaced(page: str) -> str:
    """The page with the tables in their place."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + tables() + END + rest.partition(END)[2]


def main() -> None:
    """Print the tables, or write them into the page."""
    parser = described(__doc__)
    parser.add_argument("--write", type=Path, help="the page that has them")
    if (page := parser.parse_args().write) is None:
        print(tables(), end="")
    else:
        page.write_text(replaced(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
