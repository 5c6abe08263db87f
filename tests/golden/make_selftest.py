"""Make the checkpoint of `dg doctor --selftest`, and what is computed from it in float32 on the CPU.

Run by hand:  python -m tests.golden.make_selftest [FOLDER]
Writes into dgcli/bundled/selftest/, or FOLDER:
  config.json, model.safetensors   the checkpoint of the tests, its layers toned down, packed to four and eight bits
  expected.safetensors             what `dgcli.cli.selftest.computed` makes of it
With layers that add little to what they read, and routers whose choices are clear, rounding stays small: what is wrong
stands out.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from dgcli.checkpoint.convert import convert
from dgcli.cli import selftest
from dgcli.platform.backend import mx
from tests import checkpoints

_NORMS, _ROUTER = 0.3, 4.0  # what norms behind a part, and the routers' matrices, are multiplied by


def make(folder: Path) -> None:
    """Write both into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        source = checkpoints.copy(Path(temporary) / "source")
        toned = {name: _toned(name, array).astype(mx.bfloat16) for name, array in checkpoints.tensors().items()}
        checkpoints.save(source / checkpoints.WEIGHTS, toned)
        made = convert(source, Path(temporary) / "made", "4bit").folder
        for name in ("config.json", checkpoints.WEIGHTS):
            shutil.copyfile(made / name, folder / name)
    engine = selftest.load(folder, mx.float32, expand=False)
    checkpoints.save(folder / selftest.EXPECTED, selftest.computed(engine))


def _toned(name: str, array: mx.array) -> mx.array:
    if ".post_" in name:
        return array * _NORMS
    return array * _ROUTER if name.endswith("router.proj.weight") else array


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else selftest.FOLDER)
